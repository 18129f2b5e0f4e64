import { DataError } from '../../base/errors'
import { short, type OnnxModel, type OnnxTensor, type OnnxValue } from '../../platform/onnxRuntime'
import path from '../../platform/path'
import { plainName } from '../names'

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

/** One line for each output that was not used. */
export const notUsed = ({ file }: OnnxModel, outputs: readonly OnnxValue[]): string[] =>
  outputs.map(({ name }) => `${path.basename(file)}: the output ${name} was not used.`)

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
  if (type.includes('int') && /^z|latent|code/.test(plainName(name)))
    throw new DataError(
      `${file}: input ${name} is of type ${type}, but codes are real. Export it as float32.`,
    )
  const broken = type.includes('int') ? values.find((value) => !Number.isInteger(value)) : undefined
  if (broken !== undefined)
    throw new DataError(
      `${file}: input ${name} is of type ${type}, but the data have ${Number(broken.toPrecision(3))}: pixels are given as numbers from 0 to 1. Export a float32 input, with what divides by 255 left out.`,
    )
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
    throw await whyNotRun(model, feeds, wanted, error)
  }
  return wanted.map((name) => {
    const tensor = out[name]
    if (tensor.dims.length === 0)
      throw new DataError(
        `${model.file}: output ${name} is a single number for a batch of ${rows}. Export it with a row for each of the batch: without the sum or mean over it.`,
      )
    if (tensor.dims[0] !== rows)
      throw new DataError(
        `${model.file}: output ${name} has ${tensor.dims[0]} rows for a batch of ${rows}. Its first axis must be the batch: export it so, with dynamic_axes.`,
      )
    return tensor
  })
}

/** Throws where the same batch gives other numbers: a draw of z, or dropout, is inside the model. */
export async function requireSameAgain(
  model: OnnxModel,
  feeds: Record<string, OnnxTensor>,
  wanted: readonly string[],
  found: readonly OnnxTensor[],
): Promise<void> {
  const again = await runBatch(model, feeds, wanted)
  wanted.forEach((name, i) => {
    const [a, b] = [found[i], again[i]].map(({ data }) => data as ArrayLike<number>)
    for (let at = 0; at < a.length; at++)
      if (Math.abs(a[at] - b[at]) > 1e-3 * (1 + Math.abs(a[at])))
        throw new DataError(
          `${model.file}: output ${name} is another each time, ${Number(a[at].toPrecision(3))} and then ${Number(b[at].toPrecision(3))}: noise or dropout is inside. Export it in evaluation mode (.eval() in PyTorch), with the mean instead of a draw.`,
        )
  })
}

/** Why a batch fails: its size, if one row alone does not. */
async function whyNotRun(
  model: OnnxModel,
  feeds: Record<string, OnnxTensor>,
  wanted: readonly string[],
  error: unknown,
): Promise<DataError> {
  const rows = Object.values(feeds)[0].dims[0]
  const why = short(error instanceof Error ? error.message : String(error))
  const first = Object.entries(feeds).map(([name, { type, dims, data }]): [string, OnnxTensor] => [
    name,
    { type, dims: [1, ...dims.slice(1)], data: (data as Float32Array).slice(0, data.length / rows) },
  ])
  const runs = await model.run(Object.fromEntries(first), wanted).then(
    () => true,
    () => false,
  )
  if (runs && rows > 1)
    return new DataError(
      `${model.file}: fails for a batch of ${rows} but not for one row (${why}): a batch size is fixed inside it. Export it with dynamic_axes or dynamic_shapes, and reshape with -1.`,
    )
  const given = Object.entries(feeds).map(
    ([name, { dims }]) => `${name} [${['batch', ...dims.slice(1)].join(', ')}]`,
  )
  const remedy = /indices|out of (data )?bounds/i.test(why)
    ? 'A token is outside its vocabulary: give the tokens that it was trained on, and fill texts up with one of them.'
    : 'Give the encoder, the decoder and the data of one model, the data in the shape in which it was trained.'
  return new DataError(`${model.file}: does not run for ${given.join(', ')} (${why}). ${remedy}`)
}

/** Throws where axes of images are exchanged, which a reshape would hide. */
export function requireSameAxes(what: string, wanted: readonly number[], shape: readonly number[]): void {
  const [a, b] = [wanted, shape].map((of) => of.filter((length) => length !== 1))
  if (a.length < 2 || b.length < 2 || a.join() === b.join()) return
  const order = wanted.length === 3 && shape.length === 3 && wanted[0] === shape[2] ? '0, 3, 1, 2' : '…'
  throw new DataError(
    `${what} has rows of [${wanted.join(', ')}], the data of [${shape.join(', ')}]. Save the data in that order of axes: np.save('x.npy', x.transpose(${order})).`,
  )
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
