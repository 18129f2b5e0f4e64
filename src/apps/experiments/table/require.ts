import { ArgumentError } from '../../../base/errors'

/** Where records come from. */
export const RECORDS = 'lid.experiments.tableRecords()'
/** Where rows come from. */
export const ROWS = `lid.experiments.tableRows(${RECORDS})`

/** Refuses what is not an array, and names the call that returns one. */
export function requireList(argument: string, given: unknown, source: string): asserts given is unknown[] {
  if (!Array.isArray(given))
    throw new ArgumentError(argument, given, 'an array', `Give what ${source} returns.`)
}

/** Something of one data set at one size. */
export function requireOne(
  argument: string,
  given: readonly { data: string; size: string }[],
  source: string,
): void {
  requireList(argument, given, source)
  const found = [...new Set(given.map(({ data, size }) => `${data} at ${size} size`))]
  if (found.length !== 1)
    throw new ArgumentError(
      argument,
      found,
      'rows of one data set at one size',
      `Filter what ${source} returns by data.`,
    )
}
