import { ArgumentError, DataError, unquoted } from '../../base/errors'
import { countOf } from '../../data/readers/fileArray'
import { openOnnx, type OnnxModel } from '../../platform/onnxRuntime'
import {
  deviations,
  requireEqualWeights,
  readAuditArrays,
  readOneArray,
  requireFinite,
  requireShapeOf,
} from '../arrays'
import { ARRAY_NAMES, isWeights } from '../names'
import { priorOf } from '../fromArrays'
import { drawnPrior, normalPrior, type AuditPrior } from '../prior'
import { finiteNumbers, listOf, notUsed, pick, requireDynamicBatch, runBatch, tensorFor } from './values'

const BATCH = 4096
const MOST_DRAWS = 'Save draws of the prior, [count, latent], with np.save.'

/** The prior, and what frees it. */
export interface OpenPrior {
  readonly prior: AuditPrior
  readonly close: () => Promise<void>
  /** One line for each array or output that was not used. */
  readonly notes: readonly string[]
}

const open = (prior: AuditPrior, notes: readonly string[] = []): OpenPrior => ({
  prior,
  close: () => Promise.resolve(),
  notes,
})

/**
 * The prior of a model: N(0, 1) by default; means and standard deviations of a mixture's components, from arrays or as
 * outputs of an ONNX model; or an ONNX model z → log p(z), with draws of it.
 */
export async function readPrior(
  file: string | undefined,
  draws: string | undefined,
  latent: number,
): Promise<OpenPrior> {
  if (file === undefined) {
    if (draws !== undefined)
      throw new ArgumentError(
        'prior',
        unquoted('none'),
        'given with its draws',
        'It is an ONNX model z → log p(z).',
      )
    return open(normalPrior(latent))
  }
  if (!/\.onnx$/i.test(file)) {
    const { arrays, notes } = await readAuditArrays(file, true)
    const { mean, sd, logVariance, ...others } = arrays
    const moments = { priorMean: mean, priorSd: sd, priorLogVariance: logVariance, ...others }
    return open(priorOf(moments, latent), notes)
  }
  const model = await openOnnx(file)
  try {
    if (model.inputs.length === 0) {
      const { prior, notes } = await mixtureOf(model, latent)
      await model.release()
      return open(prior, notes)
    }
    return { prior: await densityOf(model, draws, latent), close: () => model.release(), notes: [] }
  } catch (error) {
    await model.release().catch(() => undefined)
    throw error
  }
}

/** A mixture whose moments are the outputs of a model without inputs. */
async function mixtureOf(
  model: OnnxModel,
  latent: number,
): Promise<{ prior: AuditPrior; notes: readonly string[] }> {
  const { file, outputs } = model
  const [mean, sd, logVariance] = [ARRAY_NAMES.mean, ARRAY_NAMES.sd, ARRAY_NAMES.logVariance].map((names) =>
    outputs.length > 1 ? pick(model, outputs, names, 'moments') : undefined,
  )
  const scale = sd ?? logVariance
  if (!mean || !scale)
    throw new DataError(
      `${file}: has no outputs mean and sd (or logvar), only ${listOf(outputs)}. Export both, [components, ${latent}].`,
    )
  const found = await model.run(
    {},
    outputs.map(({ name }) => name),
  )
  const others = outputs.filter((one) => one !== mean && one !== scale)
  const components = found[mean.name].dims[0]
  for (const { name } of others)
    if (isWeights(name) || (components > 1 && countOf(found[name].dims) === components))
      requireEqualWeights(
        `${file}: output ${name}`,
        finiteNumbers(model, name, found[name], 0),
        !isWeights(name),
      )
  const [m, s] = [mean, scale].map(({ name }) => ({
    shape: found[name].dims,
    values: finiteNumbers(model, name, found[name], 0),
  }))
  requireShapeOf(`${file}: output ${mean.name}`, m, ['K', latent])
  requireShapeOf(`${file}: output ${scale.name}`, s, [m.shape[0], latent])
  const spread = deviations(`${file}: output ${scale.name}`, sd ? s : undefined, sd ? undefined : s)
  return {
    prior: normalPrior(latent, m.values, spread.values),
    notes: notUsed(model, others),
  }
}

/** A density z → log p(z). */
async function densityOf(model: OnnxModel, draws: string | undefined, latent: number): Promise<AuditPrior> {
  const { file, inputs, outputs } = model
  const output = pick(model, outputs, ['logprob', 'logpz', 'logprior', 'logdensity', 'logp'], 'log p(z)')
  if (inputs.length !== 1 || !output)
    throw new DataError(
      `${file}: must take z and give log_prob; it has ${listOf(inputs)} and ${listOf(outputs)}. Export it with output_names=['log_prob'].`,
    )
  const [input] = inputs
  requireDynamicBatch(model, input)
  const logProb = async (z: Float32Array): Promise<Float64Array> => {
    const out = new Float64Array(z.length / latent)
    for (let start = 0; start < out.length; start += BATCH) {
      const count = Math.min(BATCH, out.length - start)
      const part = z.slice(start * latent, (start + count) * latent)
      const [found] = await runBatch(model, { [input.name]: tensorFor(input, part, [count, latent], file) }, [
        output.name,
      ])
      const values = finiteNumbers(model, output.name, found, start)
      if (values.length !== count)
        throw new DataError(
          `${file}: output ${output.name} has ${values.length / count} numbers for a code. Sum log p(z) over the units.`,
        )
      out.set(values, start)
    }
    return out
  }
  if (draws === undefined)
    return {
      ...normalPrior(latent),
      name: 'a density of its own',
      isNormal: false,
      isMixture: false,
      logProb,
      draw: undefined,
    }
  const array = await readOneArray(draws)
  requireShapeOf('priorDraws', array, ['count', latent], MOST_DRAWS)
  requireFinite('priorDraws', array, MOST_DRAWS)
  return drawnPrior(latent, array.values, logProb)
}
