import { ArgumentError, unquoted } from '../../base/errors'
import type { VegaLiteSpec } from '../../plots/spec'
import { curveQuantities, curvesOf, tradeOffOf } from './table/charts'
import type { Claim } from './table/claims'
import { claimsInMarkdown, rowsInMarkdown, unlikeThePaper } from './table/markdown'
import type { CellRecord } from './table/record'
import { RECORDS, ROWS, requireList, requireOne } from './table/require'
import type { TableRow } from './table/summary'

/**
 * The rows of Table 1 as Markdown, one table per data set: AU, KL, MI and LL as mean ± standard deviation
 * over seeds (nats per data point), updates, seconds, the paper's numbers, and for each metric whether the
 * row is on the same side of plain as there (✓ yes, ✗ no, · nothing to compare).
 *
 * @param rows from `tableRows`.
 * @returns the text, for `lid.show`.
 * @throws ArgumentError for an argument that is not an array.
 * @example
 * await lid.show(lid.experiments.tableInMarkdown(lid.experiments.tableRows(lid.experiments.tableRecords())))
 * @see Wang, Blei, Cunningham 2021, Table 1.
 */
export function tableInMarkdown(rows: readonly TableRow[]): string {
  requireList('rows', rows, ROWS)
  return rowsInMarkdown(rows)
}

/**
 * The trade-off of one data set of Table 1: log-likelihood against mutual information, one point per method,
 * bars of one standard deviation over seeds.
 *
 * @param rows from `tableRows`, those of one data set.
 * @returns a Vega-Lite specification, for `lid.show`.
 * @throws ArgumentError if there are no rows, or rows of several data sets.
 * @example
 * const rows = lid.experiments.tableRows(lid.experiments.tableRecords({ data: ['fashion-mnist'] }))
 * await lid.show(lid.experiments.tableTradeOff(rows))
 */
export function tableTradeOff(rows: readonly TableRow[]): VegaLiteSpec {
  requireOne('rows', rows, ROWS)
  return tradeOffOf(rows)
}

/**
 * The learning curves of one data set of Table 1: the KL of its variable over epochs, or over updates the ELBO of the
 * training data or of the validation data, which records of the earlier rule lack.
 *
 * @param records from `tableRecords`, those of one data set.
 * @param quantity `'kl'` by default, `'elbo'` or `'validation'`; nats per data point.
 * @returns a Vega-Lite specification, for `lid.show`.
 * @throws ArgumentError if there are no records, records of several data sets, or no such quantity.
 * @example
 * const records = lid.experiments.tableRecords({ data: ['fashion-mnist'], method: ['plain', 'lid'] })
 * await lid.show(lid.experiments.tableCurves(records, 'kl'))
 */
export function tableCurves(
  records: readonly CellRecord[],
  quantity: 'kl' | 'elbo' | 'validation' = 'kl',
): VegaLiteSpec {
  requireOne('records', records, RECORDS)
  if (!Object.hasOwn(curveQuantities, quantity))
    throw new ArgumentError('quantity', quantity, "'kl', 'elbo' or 'validation'")
  if (
    quantity === 'validation' &&
    !records.some(({ curve }) => curve.some((row) => row.validation !== undefined))
  )
    throw new ArgumentError('records', unquoted('records of the earlier rule'), 'some with validation data')
  return curvesOf(records, curveQuantities[quantity])
}

/**
 * The claims of Table 1 as a Markdown table: what is claimed of the identifiable model, whether it holds, and
 * the numbers it is decided by.
 *
 * @param claims from `tableClaims`.
 * @returns the text, for `lid.show`.
 * @throws ArgumentError for what is no array; nothing for what `tableClaims` returned.
 * @example
 * const rows = lid.experiments.tableRows(lid.experiments.tableRecords())
 * await lid.show(lid.experiments.tableClaimsInMarkdown(lid.experiments.tableClaims(rows)))
 */
export function tableClaimsInMarkdown(claims: readonly Claim[]): string {
  requireList('claims', claims, 'lid.experiments.tableClaims(rows)')
  return claimsInMarkdown(claims)
}

/**
 * The rows of Table 1 on another side of plain than in the paper.
 *
 * @param rows from `tableRows`, those of plain among them.
 * @returns one sentence per row that differs; empty if none does.
 * @throws ArgumentError for an argument that is not an array.
 * @example
 * console.log(lid.experiments.tableDifferences(lid.experiments.tableRows(lid.experiments.tableRecords())).join('\n'))
 */
export function tableDifferences(rows: readonly TableRow[]): string[] {
  requireList('rows', rows, ROWS)
  return unlikeThePaper(rows)
}
