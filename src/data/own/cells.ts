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
 * point) are no numbers.
 */
export function numberOfText(text: string, decimal: DecimalMark = '.'): number {
  const whole = digitsOnly(text)
  if (whole >= 0) return whole
  // A true minus sign is one too.
  const cell = text.trim().replace('\u2212', '-')
  if (decimal === '.') return WITH_POINT.test(cell) ? finite(Number(cell)) : NaN
  if (cell === '' || !/\d/.test(cell) || !WITH_COMMA.test(cell)) return NaN
  return finite(Number(cell.replace(/\./g, '').replace(',', '.')))
}

const finite = (value: number): number => (Number.isFinite(value) ? value : NaN)

/** Most cells of large files are short integers; −1 for all others. */
function digitsOnly(text: string): number {
  const { length } = text
  if (length === 0 || length > 9) return -1
  let value = 0
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return -1
    value = 10 * value + digit
  }
  return value
}

/** 1 and 0 for true and false, which tables write in several ways; undefined for all else. */
export function truthOfText(text: string): 0 | 1 | undefined {
  const word = text.trim().toLowerCase()
  return word === 'true' ? 1 : word === 'false' ? 0 : undefined
}
