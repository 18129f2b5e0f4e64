/** What files write where a value is missing. */
const MISSING = new Set([
  '',
  '?',
  'na',
  'n/a',
  '#n/a',
  '<na>',
  'nan',
  '-nan',
  'null',
  'none',
  '-',
  '.',
  'nil',
])

/** True for an empty cell and for words such as NA, nan, null and ?. */
export const isMissingText = (text: string): boolean => MISSING.has(text.trim().toLowerCase())

const WITH_POINT = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
/** Points between thousands, a comma before the fraction. */
const WITH_COMMA = /^[+-]?(\d{1,3}(\.\d{3})+|\d+)?(,\d*)?(e[+-]?\d+)?$/i

/** The sign that separates the fraction of a number. */
export type DecimalMark = '.' | ','

/**
 * The number that a cell holds; NaN where it holds none. `0x10`, `Infinity`, `3 kg` and `1,234` (with a decimal
 * point) are no numbers, nor are whole ones from 2^53 on without a point or exponent: those are hashes and
 * identifiers, whose digits would not survive.
 */
export function numberOfText(text: string, decimal: DecimalMark = '.'): number {
  const value = anyNumberOfText(text, decimal)
  return Math.abs(value) >= 2 ** 53 && isLongInteger(text) ? NaN : value
}

/** True for a text of digits alone whose number is 2^53 or more, and for such an integer of 64 bits. */
export const isLongInteger = (value: unknown): boolean =>
  (typeof value === 'bigint' || (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value))) &&
  Math.abs(Number(value)) >= 2 ** 53

function anyNumberOfText(text: string, decimal: DecimalMark): number {
  const withPoint = decimal === '.'
  const plain = (withPoint ? longNumber(text) : undefined) ?? plainNumber(text, withPoint)
  if (plain !== undefined) return plain
  // A true minus sign is one too.
  const cell = text.trim().replace('\u2212', '-')
  if (decimal === '.') return WITH_POINT.test(cell) ? finite(Number(cell)) : NaN
  if (cell === '' || !/\d/.test(cell) || !WITH_COMMA.test(cell)) return NaN
  return finite(Number(cell.replace(/\./g, '').replace(',', '.')))
}

const finite = (value: number): number => (Number.isFinite(value) ? value : NaN)

/** Digits that a double holds for certain. */
const EXACT_DIGITS = 15

/**
 * The number of a cell with more digits than `plainNumber` adds up; undefined for all others, and for what begins
 * like no decimal number. Of what begins like one, `Number` takes what the grammar takes.
 */
function longNumber(text: string): number | undefined {
  if (text.length <= EXACT_DIGITS + 2) return undefined
  const [first, second] = [text.charCodeAt(0), text.charCodeAt(1)]
  // 0x, 0b and 0o are numbers to JavaScript.
  if (first > ZERO + 9 || first < MINUS || (first === ZERO && second > ZERO + 9)) return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

/**
 * The number of a cell of nothing but a sign, digits and a point, as almost all cells of large files are;
 * undefined for all others. With up to 15 digits it is an integer divided by a power of ten, both exact, so that
 * the quotient is the nearest double.
 */
function plainNumber(text: string, withPoint: boolean): number | undefined {
  const { length } = text
  const start = text.charCodeAt(0) === MINUS ? 1 : 0
  let [value, digits, point] = [0, 0, -1]
  for (let i = start; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code === POINT && withPoint && point < 0) point = i
    else if (code >= ZERO && code <= ZERO + 9) {
      value = 10 * value + code - ZERO
      digits++
    } else return undefined
  }
  if (digits === 0) return undefined
  if (digits > EXACT_DIGITS) return finite(Number(text))
  const size = point < 0 ? value : value / 10 ** (length - 1 - point)
  return start === 1 ? -size : size
}

const [MINUS, POINT, ZERO] = [45, 46, 48]

/** 1 and 0 for true and false, which tables write in several ways; undefined for all else. */
export function truthOfText(text: string): 0 | 1 | undefined {
  const word = text.trim().toLowerCase()
  return word === 'true' ? 1 : word === 'false' ? 0 : undefined
}
