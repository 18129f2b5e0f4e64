import { isNamedLabel, looksLikeIndex, type Column } from './columns'
import { losesDigits } from './singles'
import type { LeftOut } from './table'

interface Known {
  /** All columns of the table. */
  all: readonly string[]
  label?: string
  shape?: readonly number[]
  /** Whether the user named the columns. */
  fixed: boolean
  /** The kinds of columns, as their file names them. */
  types?: ReadonlyMap<string, string>
}

/** What the user should know of the columns: which became x, which not and why, and what looks odd. */
export function remarksOnColumns(taken: readonly Column[], left: readonly LeftOut[], known: Known): string[] {
  const { all, label, shape, fixed, types } = known
  const typed = ({ name }: Column): string => [shown(name), types?.get(name) ?? []].flat().join(' ')
  const remarks = [`x: ${listed(taken.map(typed))}`]
  if (left.length > 0) remarks.push(`left out: ${listed(left.map(reasonOf))}`)
  const others = fixed ? all.filter((name) => name !== label && !taken.some((one) => one.name === name)) : []
  if (others.length > 0) remarks.push(`left out: ${list(others)}`)
  const counting = taken.filter((column) => looksLikeIndex(column, column.name === all[0]) !== undefined)
  for (const { name } of counting)
    remarks.push(`${shown(name)} numbers the rows: if it is an index, name the other columns in columns`)
  const labels = left.filter(({ why }) => why === 'labels').map(({ column }) => column.name)
  const named = all.filter((name) => isNamedLabel(name) && name !== label && !labels.includes(name))
  if (label === undefined && labels.length === 0 && named.length > 0)
    remarks.push(`${named[0]} looks like labels: label: '${named[0]}' takes it as such`)
  const still = taken.filter(({ numbers }) => isConstant(numbers!))
  if (still.length > 0 && still.length < 4)
    remarks.push(
      `${list(still.map(({ name }) => name))} ${still.length === 1 ? 'is' : 'are'} the same in every row`,
    )
  const coarse = taken.filter(({ numbers }) => losesDigits(numbers!))
  if (coarse.length > 0)
    remarks.push(
      `${list(coarse.map(({ name }) => name))} ${coarse.length === 1 ? 'has' : 'have'} large numbers that differ little, and float32 keeps 7 digits: subtract the smallest`,
    )
  if (shape === undefined) remarks.push(...asImages(taken))
  return remarks
}

function reasonOf({ column, why }: LeftOut): string {
  const { kind, different, numbers, missing } = column
  const name = shown(column.name)
  if (why === 'labels') return `${name} (looks like labels: label: '${name}' takes it as such)`
  if (why === 'index') return `${name} (numbers the rows)`
  if (kind !== 'text') return `${name} (${kind})`
  const size = (numbers?.length ?? 0) || column.others + missing
  const first = column.firstOther?.value
  if (typeof first === 'string' && /^\W?\d+([.,]\d+)?\s*[^\d\s:./-]+$/.test(first.trim()))
    return `${name} (text such as '${first.trim()}': write numbers without units)`
  return different === column.others && different === size && size > 4
    ? `${name} (text, each different: an id?)`
    : `${name} (text, ${different} different)`
}

function isConstant(numbers: Float64Array): boolean {
  return numbers.length > 1 && numbers.every((value) => value === numbers[0] || Number.isNaN(value))
}

/** Many columns with numbered names may be the pixels of square images. */
function asImages(taken: readonly Column[]): string[] {
  const side = Math.sqrt(taken.length)
  const numbered = taken.every(({ name }) => /\d+$/.test(name))
  if (!Number.isInteger(side) || side < 4 || !numbered) return []
  const most = taken.reduce((a, { numbers }) => Math.max(a, largestWhole(numbers!)), 0)
  const bytes = most < 256 ? `, and values: 'bytes' if 255 is white (the largest here is ${most})` : ''
  return [`for images of ${side} × ${side} give shape: [${side}, ${side}]${bytes}`]
}

/** The largest of integers ≥ 0; infinite where there are other numbers. */
function largestWhole(numbers: Float64Array): number {
  let most = 0
  for (const value of numbers) {
    if (!(Number.isInteger(value) && value >= 0)) return Infinity
    if (value > most) most = value
  }
  return most
}

/** A name that could be taken for several in quotes. */
const shown = (name: string): string =>
  name.trim() === '' ? 'unnamed' : /[,;]/.test(name) ? `'${name}'` : name

const list = (given: readonly string[]): string => {
  return listed(given.map(shown))
}

const listed = (names: readonly string[], most = 12): string => {
  if (names.length <= most) return names.join(', ')
  return `${names.slice(0, 3).join(', ')} … ${names[names.length - 1]} (${names.length})`
}
