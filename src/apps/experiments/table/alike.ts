import { DataError } from '../../../base/errors'
import { tableMetrics } from './metrics'
import type { CellRecord } from './record'

/**
 * Throws if records do not belong in one table: rows of a data set need the same data, and those of one rule of
 * training the same draws for log-likelihoods; seeds of a row need the same training and evaluation. Older versions
 * may have used other settings.
 */
export function requireAlike(records: readonly CellRecord[]): void {
  same(records, ({ size, data }) => `${size}/${data}`, {
    'data (dataChecksum)': ({ dataChecksum }) => dataChecksum,
  })
  same(records, ({ size, data, rule }) => `${size}/${data}/${rule}`, {
    'version of the evaluation': ({ evaluation = 1 }) => String(evaluation),
    "log-likelihood's estimator": ({ metrics }) => metrics.ll.estimator,
  })
  same(records, ({ size, data, method, rule }) => `${size}/${data}/${method}/${rule}`, {
    // Until converged each seed takes its own number.
    updates: ({ updates, rule }) => (rule === undefined ? String(updates) : ''),
    model: ({ model, variable }) => `${model}, about ${variable}`,
    ...Object.fromEntries(
      tableMetrics.map((name) => [
        `${name}'s estimator`,
        ({ metrics }: CellRecord) => metrics[name].estimator,
      ]),
    ),
  })
}

function same(
  records: readonly CellRecord[],
  groupOf: (record: CellRecord) => string,
  properties: Readonly<Record<string, (record: CellRecord) => string>>,
): void {
  const first = new Map<string, CellRecord>()
  for (const record of records) {
    const group = groupOf(record)
    const other = first.get(group) ?? record
    first.set(group, other)
    for (const [what, of] of Object.entries(properties))
      if (of(record) !== of(other))
        throw new DataError(
          `${nameOf(record)} and ${nameOf(other)} do not belong in one table: their ${what} differ, ${of(record)} and ${of(other)}. Delete the record made with other settings, and lidvae table creates it again.`,
        )
  }
}

const nameOf = ({ size, data, method, seed }: CellRecord): string => `${size}/${data}/${method}/seed-${seed}`
