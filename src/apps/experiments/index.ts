import { ArgumentError } from '../../base/errors'
import { resolveOptions } from '../../base/options'
import { recordsFolder } from './readRecords'
import { claimsOf, type Claim } from './table/claims'
import { cellsOf, commandOf, type Wanted } from './table/cell'
import { methods } from './table/methods'
import { missingCells } from './table/order'
import { readRecord, seedsOnRecord, type CellRecord } from './table/record'
import { rowsOf, type TableRow } from './table/summary'
import { RECORDS, ROWS, requireList } from './table/require'

export * from './tableViews'
export {
  flexibilityRecords,
  pinwheelRecords,
  type FlexibilityRecord,
  type PinwheelRecord,
} from './pinwheelRecords'
export { strongRecords, type RecordedImages, type StrongMetrics, type StrongRecord } from './strongRecords'
export { textRecords, type RecordedTexts, type TextMetrics, type TextRecord } from './textRecords'
export { rerun, type Rerun } from '../../runs/rerun/rerun'
export { formatSummary } from './table/summary'
export type { Claim } from './table/claims'
export type { TableMetric } from './table/metrics'
export type { Direction, Summary, TableRow } from './table/summary'
export type { AtPlain, CellRecord, CurveRow } from './table/record'
export type { PaperNumbers } from './table/paper'
export type { Wanted } from './table/cell'

/**
 * The records of Table 1 that `lidvae table` has written, ablations among them.
 *
 * @param wanted `{ size = 'local', data, method, seeds, results }`: which cells, by default all on record;
 *   `results` is the folder of the records, `results/table` by default: where the command was
 *   started, otherwise the one of the project.
 * @returns one record per cell that has one, in the table's order.
 * @throws ArgumentError for an unknown name, DataError for an invalid record or a missing folder.
 * @example
 * const records = lid.experiments.tableRecords({ size: 'local', data: ['fashion-mnist'] })
 */
export function tableRecords(wanted: Wanted & { results?: string } = {}): CellRecord[] {
  const { size, results, data, method, seeds } = resolveOptions('tableRecords', wanted, {
    size: 'local',
    data: undefined,
    method: Object.keys(methods),
    seeds: undefined,
    results: undefined,
  })
  for (const [name, given] of Object.entries({ data, method, seeds }))
    if (given !== undefined && !Array.isArray(given))
      throw new ArgumentError(name, given, 'a list', `Write { ${name}: [${JSON.stringify(given)}] }.`)
  const folder = recordsFolder(results, 'table')
  return cellsOf({ size, data, method, seeds: seeds ?? [0] }).flatMap((cell) =>
    (seeds ? [cell.seed] : seedsOnRecord(folder, cell)).flatMap(
      (seed) => readRecord(folder, { ...cell, seed }) ?? [],
    ),
  )
}

/**
 * What Table 1 still lacks: the cells without a record by the present rule of training, in the order of what they
 * decide.
 *
 * @param wanted `{ size = 'local', data, method, seeds, results }` as for `tableRecords`; by default all data sets,
 *   methods and ablations with their usual seeds.
 * @returns the command that makes each; empty if nothing is missing.
 * @throws ArgumentError for an unknown name, DataError for an invalid record or a missing folder.
 * @example
 * console.log(lid.experiments.tableMissing({ data: ['fashion-mnist'] }).join('\n'))
 */
export function tableMissing(wanted: Wanted & { results?: string } = {}): string[] {
  const { results, ...cells } = resolveOptions('tableMissing', wanted, {
    size: 'local',
    data: undefined,
    method: undefined,
    seeds: undefined,
    results: undefined,
  })
  return missingCells(recordsFolder(results, 'table'), cells).map(commandOf)
}

/**
 * The rows of Table 1 from its records: mean and standard deviation over seeds, the paper's numbers, and
 * whether each row is on the same side of plain as there.
 *
 * @param records from `tableRecords`.
 * @returns one row per size, data set and method, in the table's order.
 * @throws ArgumentError for an argument that is not an array, DataError for records that do not belong in
 *   one table: of other data, or trained or measured with other settings.
 * @example
 * for (const { data, title, metrics } of lid.experiments.tableRows(lid.experiments.tableRecords())) console.log(data, title, metrics.mi.mean)
 * @see Wang, Blei, Cunningham 2021, Table 1.
 */
export function tableRows(records: readonly CellRecord[]): TableRow[] {
  requireList('records', records, RECORDS)
  return rowsOf(records)
}

/**
 * The claims about the identifiable model, decided from the rows: its active units (AU ≥ 0.9), its mutual
 * information among the methods whose log-likelihood is within 1 nat (text) or 2 % (images)
 * of the best, and, for Omniglot's Gaussian pair, a log-likelihood 8 nats above plain. Each is a paired t-test over
 * seeds, with an effect size, corrected by Holm for the number of claims; above 0.05 it is not decided.
 *
 * @param rows from `tableRows`.
 * @returns one claim per data set and question, with the numbers it is decided by.
 * @throws ArgumentError for an argument that is not an array.
 * @example
 * const claims = lid.experiments.tableClaims(lid.experiments.tableRows(lid.experiments.tableRecords()))
 * @see Wang, Blei, Cunningham 2021, section 4; Holm 1979; Hedges 1981.
 */
export function tableClaims(rows: readonly TableRow[]): Claim[] {
  requireList('rows', rows, ROWS)
  return claimsOf(rows)
}
