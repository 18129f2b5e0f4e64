import { ArgumentError } from '../../base/errors'
import { naturalOrder } from './natural'

/** Labels of a data set. */
export interface CodedLabels {
  labels: Int32Array
  labelNames?: readonly string[]
}

/**
 * Labels as integers from 0. Integers ≥ 0 are kept; strings (and other numbers) are numbered in sorted order,
 * numbers by value, strings by character codes with the numbers in them by value, so that the numbering does
 * not depend on the order of rows.
 *
 * @param values one string or number per row
 * @param argument their name in error messages
 * @param names the names in their order, if given
 */
export function codeLabels(
  values: ArrayLike<string | number>,
  argument: string,
  names?: readonly string[],
): CodedLabels {
  const list = Array.from(values as ArrayLike<unknown>, (value) =>
    typeof value === 'boolean' ? String(value) : value,
  )
  list.forEach((value, row) => {
    if (typeof value !== 'string' && !(typeof value === 'number' && Number.isFinite(value)))
      throw new ArgumentError(
        `${argument}[${row}]`,
        value,
        'a string or a number',
        'Give every row a label, or leave such rows out.',
      )
  })
  const whole = list.every(
    (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31,
  )
  if (whole) return { labels: Int32Array.from(list as number[]), labelNames: names }
  const order = names ?? sortedNames(list as (string | number)[])
  const code = new Map(order.map((name, i) => [name, i]))
  const labels = Int32Array.from(list, (value, row) => {
    const found = code.get(String(value))
    if (found !== undefined) return found
    throw new ArgumentError(
      `${argument}[${row}]`,
      value,
      `one of labelNames: ${order.join(', ')}`,
      'Name every label, or leave labelNames out.',
    )
  })
  return { labels, labelNames: order }
}

function sortedNames(values: (string | number)[]): string[] {
  const distinct = [...new Set(values)]
  const numeric = distinct.every((value) => typeof value === 'number')
  if (numeric) return (distinct as number[]).sort((a, b) => a - b).map(String)
  return [...new Set(distinct.map(String))].sort(naturalOrder)
}
