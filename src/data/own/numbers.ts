import type * as tf from '@tensorflow/tfjs'
import { ArgumentError, unquoted } from '../../base/errors'
import { width, type Rows } from './rows'

/** Numbers in an array, in arrays of arrays, or in an array of typed arrays. */
export type NestedNumbers = ArrayLike<number> | readonly NestedNumbers[]

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))

/** Rows from arrays: the outermost axis counts the rows; a flat array needs the shape of a row. */
export function rowsOfArray(source: unknown, shape?: readonly number[]): Rows {
  const name = 'own data'
  if (!isList(source)) throw notData(source)
  const whole = shapeOf(source)
  const x = new Float32Array(width(whole))
  let at = 0
  const fill = (value: unknown, depth: number, where: string): void => {
    if (depth === whole.length) {
      x[at++] = numberAt(value, where)
      return
    }
    if (!isList(value) || value.length !== whole[depth])
      throw new ArgumentError(
        where,
        value,
        `${whole[depth]} ${depth === whole.length - 1 ? 'numbers' : 'rows'}, as in the first`,
      )
    for (let i = 0; i < value.length; i++) fill(value[i], depth + 1, `${where}[${i}]`)
  }
  fill(source, 0, 'from(source)')
  const source_ = `${source.constructor.name} in memory`
  return { x, shape: rowShape(whole, shape, source), name, source: source_ }
}

/** Rows from a tensor, which is not changed: the first axis counts the rows. */
export async function rowsOfTensor(source: tf.Tensor, shape?: readonly number[]): Promise<Rows> {
  if (source.isDisposed)
    throw new ArgumentError(
      'from(source)',
      source,
      'a tensor that is not disposed',
      'Read it before disposing of it.',
    )
  if (source.dtype !== 'float32' && source.dtype !== 'int32' && source.dtype !== 'bool')
    throw new ArgumentError(
      'from(source)',
      unquoted(`one of ${source.dtype}`),
      'a tensor of float32, int32 or bool',
      'Convert it with tf.cast.',
    )
  const whole =
    source.rank > 3 && source.shape[source.rank - 1] === 1 ? source.shape.slice(0, -1) : source.shape
  const row = rowShape(whole, shape, source)
  return {
    x: Float32Array.from(await source.data()),
    shape: row,
    name: 'own data',
    source: 'tensor in memory',
  }
}

/** The lengths along each axis, by the first elements. */
function shapeOf(source: ArrayLike<unknown>): number[] {
  const lengths: number[] = []
  for (let value: unknown = source; isList(value) && lengths.length < 8; value = value[0])
    lengths.push(value.length)
  return lengths
}

function numberAt(value: unknown, where: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'bigint') return Number(value)
  throw new ArgumentError(where, value, 'a finite number', 'Correct or leave out such rows.')
}

/** The shape of a row: as given, after a check, or the axes after the first. */
function rowShape(whole: readonly number[], given: readonly number[] | undefined, source: unknown): number[] {
  if (given !== undefined) {
    if (!Array.isArray(given) || !given.every((length) => Number.isInteger(length) && length >= 1))
      throw new ArgumentError(
        'from({ shape })',
        given,
        'the shape of one row, a list of integers ≥ 1',
        'Give shape: [28, 28] for images of 28 × 28.',
      )
    const values = width(whole)
    const fits = whole.length > 1 ? width(whole.slice(1)) === width(given) : values % width(given) === 0
    if (!fits)
      throw new ArgumentError(
        'from({ shape })',
        unquoted(
          `[${given.join(', ')}] for ${whole.length > 1 ? `rows of ${width(whole.slice(1))}` : values} numbers`,
        ),
        whole.length > 1
          ? 'a shape whose product is the length of a row'
          : 'a shape whose product divides the number of values',
      )
    return [...(given as readonly number[])]
  }
  if (whole.length < 2)
    throw new ArgumentError(
      'from(source)',
      source,
      'an array of rows, unless `shape` is given, the shape of one row',
      'Give { shape: [28, 28] } for images, { shape: [5] } for rows of five numbers.',
    )
  return whole.slice(1)
}

/** The error of `from` for an unknown type. */
export const notData = (source: unknown): ArgumentError =>
  new ArgumentError(
    'from(source)',
    source,
    'arrays of numbers, a typed array, a tensor, an arquero table, or the path of a file of data or of a folder of images',
    'Of objects make a table first: aq.from(objects).',
  )
