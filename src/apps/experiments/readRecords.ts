import { exists, list, readText } from '../../platform/fileSystem'
import path from '../../platform/path'
import { DataError } from '../../base/errors'
import { fileError } from '../../platform/files'
import { fromStart, packageRoot } from '../../platform/places'

/**
 * A folder of records: the one that is named, else `results/NAME` where the command was started, otherwise
 * the one of the project.
 *
 * @throws DataError if the named folder does not exist.
 */
export function recordsFolder(results: string | undefined, name: string): string {
  if (results !== undefined) {
    const folder = fromStart(results)
    if (exists(folder)) return folder
    throw new DataError(`results: the folder ${folder} does not exist. Name the folder of the records.`)
  }
  const own = fromStart(path.join('results', name))
  return exists(own) ? own : path.join(packageRoot(), 'results', name)
}

/**
 * The records of a folder's files, in the order of their names; empty if the folder does not exist.
 *
 * @param folder with files of JSON.
 * @param metrics that each must have, besides a seed.
 * @throws DataError for an invalid record.
 */
export function readRecords<Record extends { seed: number; metrics: object }>(
  folder: string,
  metrics: readonly (keyof Record['metrics'])[],
): Record[] {
  if (!exists(folder)) return []
  return list(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const file = path.join(folder, name)
      const record = parsed<Record>(file)
      const missing = metrics.filter((metric) => (record?.metrics?.[metric] ?? undefined) === undefined)
      if (typeof record?.seed === 'number' && missing.length === 0) return record as Record
      const problem = missing.length > 0 ? `it has no ${missing.join(', ')}` : 'it has no seed'
      throw new DataError(
        `${file}: is not a record of this kind: ${problem}. Delete it and run the experiment again.`,
      )
    })
}

function parsed<T>(file: string): Partial<T> | undefined {
  let text: string
  try {
    text = readText(file)
  } catch (error) {
    throw fileError(error, file, 'Name another folder of results.')
  }
  try {
    return JSON.parse(text) as Partial<T>
  } catch {
    return undefined
  }
}
