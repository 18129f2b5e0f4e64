import { DataError } from '../../base/errors'
import { short, type OnnxModel, type OnnxTensor, type OnnxValue } from '../../platform/onnxRuntime'
import { plainName } from '../arrays'

/** The input or output that is meant: by one of its usual names, or the only one. */
export function pick(
  { file }: OnnxModel,
  values: readonly OnnxValue[],
  names: readonly string[],
  what: string,
): OnnxValue | undefined {
  const named = values.filter(({ name }) => names.includes(plainName(name)))
  if (named.length > 1)
    throw new DataError(
      `${file}: ${named.map(({ name }) => name).join(' and ')} may both be ${what}. Export only one of them.`,
    )
  return named[0] ?? (values.length === 1 ? values[0] : undefined)
}

/** `x [batch, 784], z` */
export const listOf = (values: readonly OnnxValue[]): string =>
  values
    .map(({ name, shape }) => `${name} [${shape.map((n) => (n === '' || n === -1 ? '?' : n)).join(', ')}]`)
    .join(', ')

/** True for a length that is fixed in the file. */
export const isFixed = (length: number | string | undefined): length is number =>
  typeof length === 'number' && length > 0

/** Throws if the file takes only batches of one size. */
export function requireDynamicBatch({ file }: OnnxModel, { name, shape }: OnnxValue): void {
  if (isFixed(shape[0]))
    throw new DataError(
      `${file}: input ${name} takes batches of exactly ${shape[0]}. Export with dynamic_axes={'${name}': {0: 'batch'}} or dynamic_shapes.`,
    )
}

/** Throws unless every input of the model is given. */
export function requireNoOthers({ file, inputs }: OnnxModel, given: readonly string[], what: string): void {
  const others = inputs.filter(({ name }) => !given.includes(name))
  if (others.length)
    throw new DataError(
      `${file}: needs also ${listOf(others)}. Export ${what} alone: without noise, labels and flags among its inputs.`,
    )
}

/** Numbers as the model takes them. */
export function tensorFor(
  { type, name }: OnnxValue,
  values: Float32Array,
  dims: readonly number[],
  file: string,
): OnnxTensor {
  switch (type) {
    case 'float32':
      return { type, dims, data: values }
    case 'float64':
      return { type, dims, data: Float64Array.from(values) }
    case 'int64':
      return { type, dims, data: BigInt64Array.from(values, (value) => BigInt(Math.round(value))) }
    case 'int32':
      return { type, dims, data: Int32Array.from(values) }
    case 'uint8':
      return { type, dims, data: Uint8Array.from(values) }
    default:
      throw new DataError(`${file}: input ${name} is of type ${type}. Export it as float32.`)
  }
}

/** Runs a model on one batch; what goes wrong inside it is said in one line. */
export async function runBatch(
  model: OnnxModel,
  feeds: Record<string, OnnxTensor>,
  wanted: readonly string[],
): Promise<OnnxTensor[]> {
  const rows = Object.values(feeds)[0].dims[0]
  let out: Record<string, OnnxTensor>
  try {
    out = await model.run(feeds, wanted)
  } catch (error) {
    const why = short(error instanceof Error ? error.message : String(error))
    throw new DataError(
      `${model.file}: fails for a batch of ${rows} (${why}). If it works for one row, a batch size is fixed inside it: export it with dynamic_axes or dynamic_shapes, and reshape with -1.`,
    )
  }
  return wanted.map((name) => {
    const tensor = out[name]
    if (tensor.dims[0] !== rows)
      throw new DataError(
        `${model.file}: output ${name} has ${tensor.dims[0]} rows for a batch of ${rows}. Its first axis must be the batch: export it so, with dynamic_axes.`,
      )
    return tensor
  })
}

/** Numbers of an output as float32; NaN is refused, with its row. */
export function finiteNumbers(
  { file }: OnnxModel,
  name: string,
  { data, dims, type }: OnnxTensor,
  from: number,
): Float32Array {
  if (type !== 'float32' && type !== 'float64')
    throw new DataError(`${file}: output ${name} is of type ${type}. Export it as float32.`)
  const values = data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>)
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i])) {
      const row = from + Math.floor(i / (values.length / dims[0]))
      throw new DataError(
        `${file}: output ${name} has ${values[i]} in row ${row}, counted from 0. Look for NaN in the weights, and for that row in the data.`,
      )
    }
  return values
}
