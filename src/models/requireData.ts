import type { DataSet } from '../data/dataset'
import { isTexts, type ModelData } from '../data/modelData'
import { isDark } from '../data/own/values'
import type { TextSet } from '../data/text/textSet'
import type { Vocabulary } from '../data/text/vocabulary'
import type { Likelihood } from '../distributions/likelihood'
import { ArgumentError, unquoted } from '../base/errors'

/** Throws unless the data are rows that fit this likelihood. */
export function requireRows(
  likelihood: Likelihood,
  data: ModelData,
  argument: string,
): asserts data is DataSet {
  if (typeof (data as DataSet | undefined)?.dim !== 'number')
    throw new ArgumentError(
      argument,
      data,
      'a DataSet',
      "Give a loader's train or test, or new lid.DataSet(…).",
    )
  const { dim, values } = data as DataSet
  if (dim !== likelihood.dim)
    throw new ArgumentError(
      argument,
      unquoted(`rows of ${dim}`),
      `rows of ${likelihood.dim} numbers, the likelihood's dimension`,
      "Build the model with a likelihood of the data's dimension.",
    )
  if (!likelihood.accepts.includes(values))
    throw new ArgumentError(
      argument,
      unquoted(`${values} values`),
      `${likelihood.accepts.join(' or ')} values for a ${likelihood.name} likelihood`,
      remedyFor(likelihood, data as DataSet),
    )
}

/**
 * What to do about data of another kind: for bytes of pictures to say so, else the likelihood that suits
 * them.
 */
function remedyFor({ name, dim }: Likelihood, { values, x }: DataSet): string {
  const suited = { count: 'poisson', real: 'gaussian', intensity: 'bernoulli', binary: 'bernoulli' }[values]
  const other = `lid.${suited}(${dim}) is a likelihood of ${values} values`
  const most = x.reduce((a, b) => Math.max(a, b), 0)
  if (name !== 'bernoulli' || values !== 'count' || most > 255) return `${other}.`
  if (isDark(most))
    return `The largest is ${most}: of pictures whose full value is ${most}, divide the numbers by ${most}; ${other}.`
  return `Bytes of pictures, 0 to 255, are read by lid.data.from(…, { values: 'bytes' }); ${other}.`
}

/** Throws unless the data are texts over this vocabulary. */
export function requireTexts(
  vocabulary: Vocabulary,
  data: ModelData,
  argument: string,
): asserts data is TextSet {
  if (!isTexts(data))
    throw new ArgumentError(
      argument,
      data,
      'a TextSet',
      "Give train or test of what lid.data.yelp or lid.data.syntheticText returns, or lid.data.text('my-texts.txt').",
    )
  const given = data.vocabulary
  if (given === vocabulary) return
  const at = vocabulary.tokens.findIndex((word, i) => given.tokens[i] !== word)
  if (at >= 0 || given.size !== vocabulary.size)
    throw new ArgumentError(
      argument,
      unquoted(`texts over ${given.size}`),
      `texts over the ${vocabulary.size} tokens of the model's vocabulary`,
      "Read them with the model's vocabulary: lid.data.text(file, { vocabulary: model.texts.vocabulary }).",
    )
}
