import Papa from 'papaparse'
import { ArgumentError } from '../../base/errors'
import type { DecimalMark } from './cells'

/** Signs between the cells of a line; a space stands for any number of spaces and tabs. */
export const SEPARATORS = ['\t', ';', '|', ',', ' '] as const
/** Lines by which the separator is recognised. */
const SOME = 60

/** The cells of the first lines. */
export const firstRows = (text: string, separator: string, most = SOME): string[][] =>
  Papa.parse<string[]>(text, { delimiter: separator, newline: '\n', preview: most, skipEmptyLines: true })
    .data

/**
 * The sign that divides the first lines into equally many cells: tab, semicolon, bar, comma, then spaces. A line
 * such as `0,5;1,5` has as many commas as semicolons, and it is the semicolon that separates.
 */
export function separatorOf(text: string): string {
  const found = SEPARATORS.map((separator) => {
    const counts = firstRows(separator === ' ' ? withSingleSpaces(headOf(text)) : text, separator).map(
      (row) => row.length,
    )
    const common = counts[counts.length - 1] ?? 0
    return { separator, least: Math.min(...counts), even: counts.every((count) => count === common) }
  }).filter(({ least }) => least > 1)
  return (found.find(({ even }) => even) ?? found[0])?.separator ?? ','
}

const headOf = (text: string): string => text.slice(0, 1 << 16)

/** Runs of spaces and tabs outside quotes as one space, without those at the ends of lines. */
export const withSingleSpaces = (text: string): string =>
  text.replace(/"[^"]*"|[ \t]+/g, (part) => (part.startsWith('"') ? part : ' ')).replace(/^ | $/gm, '')

const COMMA = /^\s*[+-]?\d[\d.]*,\d+\s*$/
const THOUSANDS = /^\s*[+-]?[1-9]\d{0,2}(,\d{3})+\s*$/
const POINT = /^\s*[+-]?\d*\.\d+\s*$/

/**
 * Whether commas or points separate fractions.
 *
 * @throws ArgumentError where `1,234` may be either a thousand or one and a fraction
 */
export function decimalOf(rows: readonly (readonly string[])[], separator: string): DecimalMark {
  if (separator === ',') return '.'
  const cells = rows.flat()
  const commas = cells.filter((cell) => COMMA.test(cell))
  if (
    commas.length === 0 ||
    cells.some((cell) => POINT.test(cell) && !THOUSANDS.test(cell.replace('.', ',')))
  )
    return '.'
  if (commas.every((cell) => THOUSANDS.test(cell)))
    throw new ArgumentError(
      'from({ decimal })',
      undefined,
      `given, since ${commas[0].trim()} may be a thousand or a fraction`,
      "Give decimal: ',' where commas separate fractions; where they separate thousands, remove them.",
    )
  return ','
}
