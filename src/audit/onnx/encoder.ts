import { DataError } from '../../base/errors'
import { openOnnx, type OnnxModel, type OnnxValue } from '../../platform/onnxRuntime'
import { ARRAY_NAMES, deviations } from '../arrays'
import {
  finiteNumbers,
  isFixed,
  listOf,
  pick,
  requireDynamicBatch,
  requireNoOthers,
  runBatch,
  tensorFor,
} from './values'

/** What the second output of an encoder is. */
export type AuditScale = 'logVariance' | 'sd'

/** Rows as an encoder reads them. */
export interface EncoderRows {
  readonly x: Float32Array
  readonly size: number
  /** Shape of one row. */
  readonly shape: readonly number[]
}

/** Moments of q(z|x), `[N, latent]`. */
export interface Moments {
  readonly mean: Float32Array
  readonly sd: Float32Array
  readonly latent: number
}

const INPUT_NAMES = [
  'x',
  'input',
  'inputs',
  'image',
  'images',
  'data',
  'tokens',
  'inputids',
  'text',
  'batch',
  'features',
]
const BATCH = 256

/** Runs an encoder over rows, in batches. */
export async function encodeRows(
  file: string,
  rows: EncoderRows,
  scale: AuditScale | undefined,
  between: () => Promise<void>,
): Promise<Moments> {
  const model = await openOnnx(file)
  try {
    const input = pick(model, model.inputs, INPUT_NAMES, 'x')
    if (!input)
      throw new DataError(
        `${file}: which input is x, of ${listOf(model.inputs)}? Export it with input_names=['x'].`,
      )
    requireNoOthers(model, [input.name], 'the encoder')
    requireDynamicBatch(model, input)
    const shape = rowShape(file, input, rows.shape)
    const outputs = outputsOf(model)
    const width = rows.shape.reduce((a, b) => a * b, 1)
    const [means, scales]: Float32Array[][] = [[], []]
    for (let start = 0; start < rows.size; start += BATCH) {
      await between()
      const count = Math.min(BATCH, rows.size - start)
      const part = rows.x.slice(start * width, (start + count) * width)
      const feeds = { [input.name]: tensorFor(input, part, [count, ...shape], file) }
      const found = await runBatch(model, feeds, outputs.names)
      const numbers = found.map((tensor, i) => finiteNumbers(model, outputs.names[i], tensor, start))
      if (outputs.names.length === 1) {
        const [left, right] = halves(model, outputs.names[0], numbers[0], count)
        means.push(left)
        scales.push(right)
      } else {
        if (numbers[0].length !== numbers[1].length)
          throw new DataError(
            `${file}: outputs ${outputs.names.join(' and ')} have shapes [${found.map(({ dims }) => dims.join(', ')).join('] and [')}]; they must agree. Export mean and log-variance of each unit.`,
          )
        means.push(numbers[0])
        scales.push(numbers[1])
      }
    }
    const mean = joined(means)
    const latent = mean.length / rows.size
    return {
      mean,
      latent,
      sd: spreads(model, outputs, { shape: [rows.size, latent], values: joined(scales) }, scale),
    }
  } finally {
    await model.release()
  }
}

/** The shape in which a row enters: that of the file where it is fixed, else that of the data. */
function rowShape(file: string, input: OnnxValue, shape: readonly number[]): readonly number[] {
  const wanted = input.shape.slice(1)
  const count = (of: readonly number[]) => of.reduce((a, b) => a * b, 1)
  if (!wanted.every(isFixed)) return wanted.length === 1 ? [count(shape)] : shape
  if (count(wanted) !== count(shape))
    throw new DataError(
      `${file}: input ${input.name} takes rows of [${wanted.join(', ')}], the data have rows of [${shape.join(', ')}]. Give the data as the encoder was trained on them.`,
    )
  return wanted
}

interface Outputs {
  /** Mean and scale; or one output with both. */
  readonly names: readonly string[]
  /** What the scale is by its name. */
  readonly scale?: AuditScale
}

/** Which outputs are mean and scale: by name, or the only two; further ones are left out. */
function outputsOf(model: OnnxModel): Outputs {
  const { outputs, file } = model
  const named = (names: readonly string[]) =>
    outputs.length > 1 ? pick(model, outputs, names, 'mean or scale') : undefined
  const mean = named(ARRAY_NAMES.mean)
  const logVariance = named(ARRAY_NAMES.logVariance)
  const sd = named(ARRAY_NAMES.sd)
  if (mean && logVariance) return { names: [mean.name, logVariance.name], scale: 'logVariance' }
  if (mean && sd) return { names: [mean.name, sd.name], scale: 'sd' }
  if (outputs.length === 1) return { names: [outputs[0].name] }
  if (outputs.length === 2) {
    const names =
      mean && mean.name === outputs[1].name
        ? [outputs[1].name, outputs[0].name]
        : outputs.map(({ name }) => name)
    return { names }
  }
  throw new DataError(
    `${file}: which outputs are mean and log-variance, of ${listOf(outputs)}? Export it with output_names=['mean', 'logvar'].`,
  )
}

function halves(
  { file }: OnnxModel,
  name: string,
  values: Float32Array,
  count: number,
): [Float32Array, Float32Array] {
  const width = values.length / count
  if (width % 2)
    throw new DataError(
      `${file}: its one output ${name} has ${width} numbers a row, which cannot be means and log-variances. Export both, with output_names=['mean', 'logvar'].`,
    )
  const latent = width / 2
  const take = (from: number) =>
    Float32Array.from(
      { length: count * latent },
      (_, i) => values[Math.floor(i / latent) * width + from + (i % latent)],
    )
  return [take(0), take(latent)]
}

const joined = (parts: readonly Float32Array[]): Float32Array => {
  const out = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Standard deviations from the second output. */
function spreads(
  { file }: OnnxModel,
  { names, scale: byName }: Outputs,
  array: { shape: readonly number[]; values: Float32Array },
  asked: AuditScale | undefined,
): Float32Array {
  const scale = asked ?? byName
  const name = names.length === 1 ? `the second half of output ${names[0]}` : `output ${names[1]}`
  if (scale === undefined && array.values.every((value) => value > 0))
    throw new DataError(
      `${file}: ${name} is positive everywhere: is it sd, or the log-variance? Say --scale sd or --scale logVariance, or name it.`,
    )
  if (scale !== 'sd') return deviations(name, undefined, array).values
  const negative = array.values.find((value) => value < 0)
  if (negative !== undefined)
    throw new DataError(
      `${file}: ${name} is taken for sd, but has the negative value ${Number(negative.toPrecision(3))}, so it looks like the log-variance. Say --scale logVariance, or name it logvar.`,
    )
  return deviations(`${file}: ${name}`, array, undefined).values
}
