import fs from 'node:fs'
import path from 'node:path'
import { errorCode, fileError, writeWhole } from '../../data/files'
import { DataError } from '../../errors'
import type { Estimate } from '../../metrics/estimate'
import { placeOf, type Cell } from './cell'

/** One cell of the table as it was measured, and all that is needed to make it again. */
export interface CellRecord {
  readonly data: string
  /** Which builder made the model. */
  readonly model: string
  readonly method: string
  readonly size: string
  readonly seed: number
  /** `au`, `kl`, `mi`, `flatness` and `inferenceGap` are about this variable. */
  readonly variable: 'w' | 'z'
  readonly metrics: Readonly<Record<string, Estimate>>
  readonly verdict: readonly string[]
  /** Epochs of training, and updates of the weights in them. */
  readonly epochs: number
  readonly updates: number
  /** Wall-clock seconds of training, interruptions not counted. */
  readonly seconds: number
  /** Bytes of memory the process held when the cell was done. */
  readonly memory: number
  readonly engine: string
  readonly threads?: { readonly intra: string; readonly inter: string }
  readonly versions: Readonly<Record<string, string>>
  readonly machine: Readonly<Record<string, unknown>>
  readonly dataChecksum: string
  readonly commit: string
  readonly command: string
  /** The training loss and its parts, a row an epoch. */
  readonly curve: readonly CurveRow[]
}

/** An epoch of a record's curve, nats a data point. */
export interface CurveRow {
  readonly epoch: number
  readonly loss: number
  readonly reconstruction: number
  readonly klZ: number
  readonly klW: number
}

/** The file of a cell's record under a folder of results. */
export const recordFile = (results: string, cell: Cell): string => path.join(results, `${placeOf(cell)}.json`)

/** The record of a cell; undefined where there is none. @throws DataError for a file that is none. */
export function readRecord(results: string, cell: Cell): CellRecord | undefined {
  const file = recordFile(results, cell)
  let text: string
  try {
    text = fs.readFileSync(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw fileError(error, file, 'Name another folder of results.')
  }
  const record = parsed(text)
  if (record?.metrics && record.method === cell.method && record.seed === cell.seed) return record
  throw new DataError(`${file}: is no record of this cell. Delete it, and the cell is run again.`)
}

/** Writes a record whole or not at all. */
export const writeRecord = (results: string, cell: Cell, record: CellRecord): string =>
  writeWhole(recordFile(results, cell), `${JSON.stringify(record, null, 2)}\n`)

const parsed = (text: string): CellRecord | undefined => {
  try {
    return JSON.parse(text) as CellRecord
  } catch {
    return undefined
  }
}

/** The metrics whose values are not the same in both records, bit for bit. */
export const differences = (a: CellRecord, b: CellRecord): string[] =>
  [...new Set([...Object.keys(a.metrics), ...Object.keys(b.metrics)])].filter(
    (name) => a.metrics[name]?.value !== b.metrics[name]?.value,
  )
