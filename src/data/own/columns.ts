import { isLongInteger, isMissingText, numberOfText, truthOfText } from './cells'
import { UNNAMED } from './header'

/** What a column of a table holds. */
export interface Column {
  name: string
  /** One number per row; NaN where there is none. Absent where most values are no numbers. */
  numbers?: Float64Array
  /** How many values are missing. */
  missing: number
  /** The first row with a missing value, and that value. */
  firstMissing?: Place
  /** How many values are neither numbers nor missing, and the first of them. */
  others: number
  firstOther?: Place
  /** What the others are: 'text', 'dates' …. */
  kind: string
  /** Number of different values of a column without numbers. */
  different?: number
}

/** A row and what stands there. */
export interface Place {
  row: number
  value: unknown
}

/** Examines a column: numbers, also those written as text, missing values, and all else. */
export function columnOf(name: string, values: ArrayLike<unknown>, size: number): Column {
  // Most columns of files are such, and are not copied.
  if (values instanceof Float64Array && areFinite(values))
    return { name, missing: 0, others: 0, kind: 'numbers', numbers: values }
  const numbers = new Float64Array(size)
  const column: Column = { name, missing: 0, others: 0, kind: 'text' }
  let truths = 0
  for (let row = 0; row < size; row++) {
    const value = values[row]
    numbers[row] = numberOf(value)
    if (!Number.isNaN(numbers[row])) continue
    if (isMissing(value)) {
      column.missing++
      column.firstMissing ??= { row, value }
      continue
    }
    if (typeof value === 'string' && truthOfText(value) !== undefined) truths++
    column.others++
    column.firstOther ??= { row, value }
  }
  if (truths > 0 && truths + column.missing === size) return ofTruths(column, values, numbers)
  const count = size - column.missing - column.others
  if (count > column.others) return { ...column, numbers }
  return { ...column, kind: kindOf(column.firstOther?.value), different: differentOf(values, size) }
}

// A plain loop, as all loops over every number of a file: one over an iterator takes ten times as long.
function areFinite(values: Float64Array): boolean {
  for (let row = 0; row < values.length; row++) if (!Number.isFinite(values[row])) return false
  return true
}

function ofTruths(column: Column, values: ArrayLike<unknown>, numbers: Float64Array): Column {
  for (let row = 0; row < numbers.length; row++) numbers[row] = truthOfText(String(values[row])) ?? NaN
  return { ...column, numbers, others: 0, firstOther: undefined }
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return Number.isFinite(value) ? value : NaN
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'bigint') return isLongInteger(value) ? NaN : Number(value)
  return typeof value === 'string' ? numberOfText(value) : NaN
}

export const isMissing = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  (typeof value === 'number' && Number.isNaN(value)) ||
  (typeof value === 'string' && isMissingText(value))

function kindOf(value: unknown): string {
  if (value === undefined) return 'no values'
  if (typeof value === 'string') return 'text'
  return value instanceof Date ? 'dates' : `${typeof value}s`
}

function differentOf(values: ArrayLike<unknown>, size: number): number {
  const seen = new Set<unknown>()
  for (let row = 0; row < size; row++) if (!isMissing(values[row])) seen.add(String(values[row]))
  return seen.size
}

const LABEL = /^(labels?|class(es)?|targets?|species|digit|category|diagnosis|outcome)$/i
const INDEX = /^(id|index|idx|row|row ?names?|unnamed: ?\d+|nr|no|#)$|[_ .-]id$|[a-z]I[dD]$/i

/** True if a column is called as labels are. */
export const isNamedLabel = (name: string): boolean => LABEL.test(name.trim())

/** How a column of numbers looks like labels: 'labels' of few classes; undefined if it does not. */
export function looksLikeLabels({ name, numbers }: Column): boolean {
  if (numbers === undefined || !isNamedLabel(name)) return false
  const few = new Set<number>()
  for (const value of numbers) {
    if (Number.isNaN(value)) continue
    if (!Number.isInteger(value) || value < 0) return false
    if (few.add(value).size > Math.max(2, Math.min(1000, numbers.length / 2))) return false
  }
  return true
}

/**
 * Whether a column of numbers counts the rows or numbers them: 'index', also by name, 'counting', by its values alone.
 */
export function looksLikeIndex({ name, numbers }: Column, first: boolean): 'index' | 'counting' | undefined {
  if (numbers === undefined || numbers.length < 2) return undefined
  const start = numbers[0]
  const counts = (start === 0 || start === 1) && numbers.every((value, row) => value === start + row)
  if (counts && first && (name.trim() === '' || name.startsWith(UNNAMED))) return 'index'
  const named = INDEX.test(name.trim())
  if (counts) return named ? 'index' : numbers.length >= 5 ? 'counting' : undefined
  const unique = named && numbers.every(Number.isInteger) && new Set(numbers).size === numbers.length
  return unique ? 'index' : undefined
}
