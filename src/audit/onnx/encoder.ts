import { DataError } from '../../base/errors'
import { openOnnx, type OnnxModel, type OnnxValue } from '../../platform/onnxRuntime'
import path from '../../platform/path'
import { deviations } from '../arrays'
import { asOption } from '../asOption'
import { componentWeights, type ComponentWeights } from '../components'
import type { Moments } from '../draws'
import { ARRAY_NAMES, plainName } from '../names'
import {
  finiteNumbers,
  isFixed,
  listOf,
  notUsed,
  pick,
  requireDynamicBatch,
  requireNoOthers,
  requireSameAgain,
  requireSameAxes,
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
): Promise<{ q: Moments; notes: readonly string[] }> {
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
    const [means, scales, weights]: Float32Array[][] = [[], [], []]
    let dims: readonly number[] = []
    for (let start = 0; start < rows.size; start += BATCH) {
      await between()
      const count = Math.min(BATCH, rows.size - start)
      const part = rows.x.slice(start * width, (start + count) * width)
      const feeds = { [input.name]: tensorFor(input, part, [count, ...shape], file) }
      const found = await runBatch(model, feeds, outputs.names)
      if (start === 0) await requireSameAgain(model, feeds, outputs.names, found)
      const numbers = found.map((tensor, i) => finiteNumbers(model, outputs.names[i], tensor, start))
      if (outputs.isOne) {
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
        dims = found[0].dims
      }
      if (outputs.w) weights.push(numbers.at(-1)!)
    }
    const mean = joined(means)
    const w = weightsOf(file, outputs, joined(weights), rows.size)
    const branches = w && dims.length === 3 && dims[1] === w.components ? w.components : 1
    const latent = mean.length / (rows.size * branches)
    const sd = spreads(
      model,
      outputs,
      { shape: [rows.size, branches, latent], values: joined(scales) },
      scale,
    )
    const others = model.outputs.filter(({ name }) => !outputs.names.includes(name))
    const notes = [...notUsed(model, others), ...outputs.notes]
    return { q: { mean, sd, latent, branches, ...(w && { w }) }, notes }
  } finally {
    await model.release()
  }
}

/** The shape in which a row enters: that of the file where it is fixed, else that of the data. */
function rowShape(file: string, input: OnnxValue, shape: readonly number[]): readonly number[] {
  const wanted = input.shape.slice(1)
  const count = (of: readonly number[]) => of.reduce((a, b) => a * b, 1)
  if (!wanted.every(isFixed)) {
    if (wanted.length === 1) return [count(shape)]
    if (input.shape.length > 0 && wanted.length !== shape.length)
      throw new DataError(
        `${file}: input ${listOf([input])} has ${wanted.length} axes beside the batch, the data have rows of [${shape.join(', ')}]. Save the data in that shape: np.save('x.npy', x.reshape(…)).`,
      )
    return shape
  }
  if (count(wanted) !== count(shape))
    throw new DataError(
      `${file}: input ${input.name} takes rows of [${wanted.join(', ')}], the data have rows of [${shape.join(', ')}]. Give the data as the encoder was trained on them.`,
    )
  requireSameAxes(`${file}: input ${input.name}`, wanted, shape)
  return wanted
}

interface Outputs {
  /** Mean and scale, or one output with both; then q(w|x), if there is one. */
  readonly names: readonly string[]
  /** True of one output with both. */
  readonly isOne: boolean
  /** What the output of q(w|x) has. */
  readonly w?: 'logits' | 'probabilities'
  /** What the scale is by its name. */
  readonly scale?: AuditScale
  /** What the names do not say. */
  readonly notes: readonly string[]
}

/** Which outputs are mean and scale: by name, or the only two; further ones are left out. */
function outputsOf(model: OnnxModel): Outputs {
  const { file } = model
  const ofW = (names: readonly string[]) =>
    model.outputs.length > 1 ? model.outputs.find(({ name }) => names.includes(plainName(name))) : undefined
  const logits = ofW(ARRAY_NAMES.logW)
  const weights = logits ?? ofW(ARRAY_NAMES.w)
  const outputs = model.outputs.filter((one) => one !== weights)
  const found = (names: readonly string[], scale?: AuditScale, notes: readonly string[] = []): Outputs => ({
    notes,
    names: [...names, ...(weights ? [weights.name] : [])],
    isOne: names.length === 1,
    ...(scale && { scale }),
    ...(weights && { w: logits ? 'logits' : 'probabilities' }),
  })
  const named = (names: readonly string[]) =>
    outputs.length > 1 ? pick(model, outputs, names, 'mean or scale') : undefined
  const mean = named(ARRAY_NAMES.mean)
  const logVariance = named(ARRAY_NAMES.logVariance)
  const sd = named(ARRAY_NAMES.sd)
  if (mean && logVariance) return found([mean.name, logVariance.name], 'logVariance')
  if (mean && sd) return found([mean.name, sd.name], 'sd')
  if (outputs.length === 1) return found([outputs[0].name])
  if (outputs.length === 2) {
    const names =
      mean && mean.name === outputs[1].name
        ? [outputs[1].name, outputs[0].name]
        : outputs.map(({ name }) => name)
    const [first, second] = names
    const taken = `${path.basename(file)}: ${first} was taken for the mean and ${second} for its spread, by their order.`
    return found(names, undefined, mean ? [] : [taken])
  }
  throw new DataError(
    `${file}: which outputs are mean and log-variance, of ${listOf(outputs)}? Export it with output_names=['mean', 'logvar'].`,
  )
}

/** q(w|x) of the encoder's third output. */
function weightsOf(
  file: string,
  { w, names }: Outputs,
  values: Float32Array,
  size: number,
): ComponentWeights | undefined {
  if (!w) return undefined
  const shape = [size, values.length / size]
  return componentWeights(`${file}: output ${names.at(-1)}`, { shape, values }, w === 'logits')
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
  { names, isOne, scale: byName }: Outputs,
  array: { shape: readonly number[]; values: Float32Array },
  asked: AuditScale | undefined,
): Float32Array {
  const scale = asked ?? byName
  const name = isOne ? `the second half of output ${names[0]}` : `output ${names[1]}`
  if (scale === undefined && array.values.every((value) => value >= 0))
    throw new DataError(
      `${file}: ${name} is nowhere negative: is it sd, the log-variance, or a variance? Say \`scale: 'sd'\` or ${asOption('scale', 'logVariance')}, or name it; of a variance export the logarithm.`,
    )
  if (scale !== 'sd') {
    const sd = deviations(name, undefined, array).values
    const at = sd.findIndex((value) => !(value > 0 && value < Infinity))
    if (at >= 0)
      throw new DataError(
        `${file}: ${name} has the log-variance ${Number(array.values[at].toPrecision(3))}, whose standard deviation is ${sd[at]} in float32. Clamp it, or say ${asOption('scale', 'sd')} if it is one.`,
      )
    return sd
  }
  const negative = array.values.find((value) => value < 0)
  if (negative !== undefined)
    throw new DataError(
      `${file}: ${name} is taken for sd, but has the negative value ${Number(negative.toPrecision(3))}, so it looks like the log-variance. Say ${asOption('scale', 'logVariance')}, or name it logvar.`,
    )
  return deviations(`${file}: ${name}`, array, undefined).values
}
