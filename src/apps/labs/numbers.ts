/** A number, rows of numbers or a matrix, with its shape: `[]`, `[n]` or `[n, m]`. */
export interface Shaped {
  readonly value: number | number[] | number[][]
  readonly shape: readonly number[]
}

/** Answers may differ from the reference by rounding, also where float32 was used. */
const TOLERANCE = 1e-5

/** Numbers in a list; no answer is longer. */
const LONGEST = 10_000

/** A value as numbers, copied; undefined for other values, ragged arrays and far too long ones. */
export function shapeOf(value: unknown): Shaped | undefined {
  if (typeof value === 'number') return { value, shape: [] }
  const list = listOf(value)
  if (!list) return undefined
  if (list.every((one): one is number => typeof one === 'number'))
    return { value: list, shape: [list.length] }
  const rows = list.map(listOf)
  const width = rows[0]?.length
  const even = rows.every(
    (row) => row !== undefined && row.length === width && row.every((one) => typeof one === 'number'),
  )
  return even ? { value: rows as number[][], shape: [rows.length, width!] } : undefined
}

function listOf(value: unknown): unknown[] | undefined {
  if (!Array.isArray(value) && !(ArrayBuffer.isView(value) && !(value instanceof DataView))) return undefined
  // Element by element: a list may have methods of its own, elements that change, and holes.
  const list = value as ArrayLike<unknown>
  const { length } = list
  return length <= LONGEST ? Array.from({ length }, (_, i) => list[i]) : undefined
}

/** Every number, row by row. */
export const flat = ({ value }: Shaped): number[] => (Array.isArray(value) ? value.flat() : [value])

/** The same shape, and the same numbers to rounding; NaN and infinities are the same as themselves. */
export function same(one: Shaped, other: Shaped): boolean {
  if (one.shape.join() !== other.shape.join()) return false
  const [a, b] = [flat(one), flat(other)]
  return a.every(
    (value, i) => Object.is(value, b[i]) || Math.abs(value - b[i]) <= TOLERANCE * Math.max(1, Math.abs(b[i])),
  )
}

/** Numbers as they would be typed, five digits. */
export function formatNumbers({ value }: Shaped): string {
  return Array.isArray(value)
    ? `[${value.map((one: number | number[]) => formatNumbers({ value: one, shape: [] })).join(', ')}]`
    : String(Number(value.toPrecision(5)))
}
