import fs from 'node:fs'
import path from 'node:path'
import { errorCode, fileError, writeWhole } from '../../data/files'
import { DataError } from '../../errors'
import type { Estimate } from '../../metrics/estimate'
import { placeOf, type Cell } from './cell'

/** One cell of the table as it was measured, and all that is needed to make it again. */
export interface CellRecord {
  /** Name of the data set. */
  readonly data: string
  /** Which builder made the model. */
  readonly model: string
  /** Name of the method. */
  readonly method: string
  /** `'quick'`, `'local'` or `'paper'`. */
  readonly size: string
  /** Seed of starting weights, batches, binarisation and sampling. */
  readonly seed: number
  /** `au`, `kl`, `mi`, `flatness` and `inferenceGap` are about this variable. */
  readonly variable: 'w' | 'z'
  /** By name, each with value, standard error and estimator; nats a data point. */
  readonly metrics: Readonly<Record<string, Estimate>>
  /** What `diagnose` said, a sentence a variable. */
  readonly verdict: readonly string[]
  /** Epochs of training. */
  readonly epochs: number
  /** Updates of the weights in all epochs. */
  readonly updates: number
  /** Wall-clock seconds of training, interruptions not counted. */
  readonly seconds: number
  /** Bytes of memory the process held when the cell was done. */
  readonly memory: number
  /** Which engine ran. */
  readonly engine: string
  /** Its thread settings, native only. */
  readonly threads?: { readonly intra: string; readonly inter: string }
  /** Of lidvae, Node, TensorFlow.js and what computes. */
  readonly versions: Readonly<Record<string, string>>
  /** Processor, cores, memory, system. */
  readonly machine: Readonly<Record<string, unknown>>
  /** Of the files, or of the generated data. */
  readonly dataChecksum: string
  /** Commit of the code that ran. */
  readonly commit: string
  /** The command that makes this record. */
  readonly command: string
  /** The training loss and its parts, a row an epoch. */
  readonly curve: readonly CurveRow[]
}

/** An epoch of a record's curve, nats a data point. */
export interface CurveRow {
  /** Epochs done, from 1. */
  readonly epoch: number
  /** Mean training loss. */
  readonly loss: number
  /** E_q log p(x|z). */
  readonly reconstruction: number
  /** KL(q(z|x) ‖ p(z)). */
  readonly klZ: number
  /** KL(q(w|x) ‖ p(w)); 0 without w. */
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
