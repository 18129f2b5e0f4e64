import path from '../../../platform/path'
import { exists, list, readText } from '../../../platform/fileSystem'
import { errorCode, fileError, writeWhole } from '../../../platform/files'
import { DataError, NumericalError } from '../../../base/errors'
import type { Estimate } from '../../../base/estimate'
import { count, parseJson, problemIn, z } from '../../../storage/schema'
import type { ZodTypeAny } from 'zod'
import { placeOf, type Cell } from './cell'
import { tableMetrics } from './metrics'

/** One cell of the table as it was measured, and everything needed to reproduce it. */
export interface CellRecord {
  /** Name of the data set. */
  readonly data: string
  /** Which builder made the model. */
  readonly model: string
  /** Name of the method. */
  readonly method: string
  /**
   * Version of the rule by which training ended: 2, until converged; absent in records of the earlier rule, a number of
   * epochs.
   */
  readonly rule?: number
  /** Whether training ended by the rule, before the most epochs; rule 2 only. */
  readonly converged?: boolean
  /** The same training at the update at which plain's ended; rule 2 only, not for plain. */
  readonly atPlain?: AtPlain
  /** `'quick'`, `'local'` or `'paper'`. */
  readonly size: string
  /** Seed of starting weights, batches, binarisation and sampling. */
  readonly seed: number
  /** `au`, `kl`, `mi`, `flatness` and `inferenceGap` are about this variable. */
  readonly variable: 'w' | 'z'
  /** By name, each with value, standard error and estimator; nats per data point. */
  readonly metrics: Readonly<Record<string, Estimate>>
  /** Verdicts of `diagnose`, one sentence per variable. */
  readonly verdict: readonly string[]
  /** Epochs of training. */
  readonly epochs: number
  /** Updates of the weights in all epochs. */
  readonly updates: number
  /** Wall-clock seconds of training, interruptions not counted. */
  readonly seconds: number
  /** Wall-clock seconds of all evaluations; rule 2 only. */
  readonly evaluationSeconds?: number
  /** Bytes of memory the process held when the cell was done. */
  readonly memory: number
  /** Which engine ran. */
  readonly engine: string
  /** Its thread settings, native only. */
  readonly threads?: { readonly intra: string; readonly inter: string }
  /** Of lidvae, Node, TensorFlow.js and what computes. */
  readonly versions: Readonly<Record<string, string>>
  /** Version of the evaluation that measured it; absent in records older than its versions. */
  readonly evaluation?: number
  /** Processor, cores, memory, system. */
  readonly machine: Readonly<Record<string, unknown>>
  /** Of the files, or of the generated data. */
  readonly dataChecksum: string
  /** Commit of the code. */
  readonly commit: string
  /** The command that makes this record. */
  readonly command: string
  /** The training loss and its parts, one row per epoch. */
  readonly curve: readonly CurveRow[]
}

/** A training on its way, measured at plain's number of updates. */
export interface AtPlain {
  /** Epochs of plain. */
  readonly epochs: number
  /** Updates of the weights until then. */
  readonly updates: number
  /** Wall-clock seconds of training until then. */
  readonly seconds: number
  /** Wall-clock seconds of this evaluation. */
  readonly evaluationSeconds: number
  /** As those of the record. */
  readonly metrics: Readonly<Record<string, Estimate>>
}

/** An epoch of a record's curve, nats per data point. */
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
  /** ELBO of the validation data; rule 2 only. */
  readonly validation?: number
  /** Learning rate at the epoch's last update; rule 2 only. */
  readonly rate?: number
}

/** The rule by which training ends now. */
export const RULE_VERSION = 2

/** Whether a record was made by the present rule. */
export const isPresent = (record: CellRecord | undefined): record is CellRecord & { readonly rule: number } =>
  record?.rule === RULE_VERSION

/** The file of a cell's record under a folder of results. */
export const recordFile = (results: string, cell: Cell): string => path.join(results, `${placeOf(cell)}.json`)

/** The record of a cell; undefined if it does not exist. @throws DataError for an invalid file. */
export function readRecord(results: string, cell: Cell): CellRecord | undefined {
  const file = recordFile(results, cell)
  let text: string
  try {
    text = readText(file)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw fileError(error, file, 'Name another folder of results.')
  }
  const record = parseJson(text)
  const problem = problemOf(record, cell)
  if (problem === undefined) return record as CellRecord
  throw new DataError(`${file}: is not a record of this cell: ${problem}. Delete it to run the cell again.`)
}

/**
 * Writes a record completely or not at all. @throws NumericalError for NaN or infinity, which JSON cannot
 * store.
 */
export function writeRecord(results: string, cell: Cell, record: CellRecord): string {
  const wrong = notFinite(record)
  if (wrong.length > 0)
    throw new NumericalError(
      `${placeOf(cell)}: measured ${wrong.map((name) => `${name} ${record.metrics[name].value}`).join(', ')}. No record is written; look at its learning curve, and train with a smaller rate.`,
    )
  return writeWhole(recordFile(results, cell), `${JSON.stringify(record, null, 2)}\n`)
}

const number = z.number().finite()
const text = z.string().max(10_000)
const texts = z.array(text)
const metric = z.object({ value: number, standardError: number, estimator: text })
const metrics = z.object(Object.fromEntries(tableMetrics.map((name) => [name, metric]))).catchall(metric)
const fields: Record<keyof CellRecord, ZodTypeAny> = {
  data: text,
  model: text,
  method: text,
  size: text,
  seed: count,
  variable: z.enum(['w', 'z']),
  rule: count.optional(),
  converged: z.boolean().optional(),
  atPlain: z
    .object({
      epochs: count,
      updates: count,
      seconds: number.min(0),
      evaluationSeconds: number.min(0),
      metrics,
    })
    .optional(),
  metrics,
  verdict: texts,
  epochs: count,
  updates: count,
  seconds: number.min(0),
  evaluationSeconds: number.min(0).optional(),
  memory: number.min(0),
  engine: text,
  threads: z.object({ intra: text, inter: text }).optional(),
  versions: z.record(text),
  evaluation: count.optional(),
  machine: z.record(z.unknown()),
  dataChecksum: text,
  commit: text,
  command: text,
  curve: z.array(
    z.object({
      epoch: count,
      loss: number,
      reconstruction: number,
      klZ: number,
      klW: number,
      validation: number.optional(),
      rate: number.optional(),
    }),
  ),
}
const recordSchema = z.object(fields)

/** What is wrong with a record; undefined if nothing is. */
function problemOf(record: unknown, cell: Cell): string | undefined {
  const problem = problemIn(recordSchema, record)
  if (problem !== undefined) return problem
  const found = record as CellRecord
  const other = (['size', 'data', 'method', 'seed'] as const).find((name) => found[name] !== cell[name])
  return other && `its ${other} is ${found[other]}`
}

/** Names of metrics whose value or standard error is not finite. */
const notFinite = ({ metrics }: CellRecord): string[] =>
  Object.keys(metrics).filter((name) => {
    const { value, standardError } = metrics[name]
    return !(Number.isFinite(value) && Number.isFinite(standardError))
  })

/** The seeds that a data set and method have records of, in order. */
export function seedsOnRecord(results: string, cell: Cell): number[] {
  const folder = path.dirname(recordFile(results, cell))
  const names = exists(folder) ? list(folder) : []
  return names
    .flatMap((name) => /^seed-(\d+)\.json$/.exec(name)?.slice(1).map(Number) ?? [])
    .sort((a, b) => a - b)
}

/** The metrics whose values are not the same in both records, bit for bit. */
export function differences(a: CellRecord, b: CellRecord): string[] {
  const of = ({ metrics, atPlain }: CellRecord): Record<string, number> =>
    Object.fromEntries([
      ...Object.entries(metrics).map(([name, { value }]) => [name, value] as const),
      ...Object.entries(atPlain?.metrics ?? {}).map(
        ([name, { value }]) => [`${name} at plain's updates`, value] as const,
      ),
    ])
  const [one, other] = [of(a), of(b)]
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(
    (name) => one[name] !== other[name],
  )
}
