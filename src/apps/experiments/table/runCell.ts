import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { writeWhole } from '../../../platform/files'
import { readText } from '../../../platform/fileSystem'
import { DataError, StoppedError } from '../../../base/errors'
import { diagnose, type Diagnosis } from '../../../metrics/diagnose'
import { fit } from '../../../training/fit'
import type { History } from '../../../training/history'
import { listCheckpoints } from '../../../training/runFolder'
import { awaitForeignLock } from '../../../platform/lock'
import { untilConverged } from '../../../training/untilConverged'
import { commitHere } from './codeCommit'
import { commandOf, placeOf, settingOf, type Cell } from './cell'
import { epochsFor } from './epochsFor'
import { metricsOf, recordOf } from './measured'
import { methods } from './methods'
import { isPresent, writeRecord, type AtPlain, type CellRecord } from './record'
import type { TableData } from './setting'

/** Where a cell's files go. */
export interface Folders {
  /** Records, `SIZE/DATA/METHOD/seed-N.json`. */
  readonly results: string
  /** Run folders: checkpoints while a cell trains, its model afterwards. */
  readonly runs: string
}

/** What `runCell` may be told. */
export interface RunOptions {
  /** The record of plain with the same data and seed; not for plain itself. */
  plain?: CellRecord
  verbose?: boolean
  say?: (line: string) => void
}

/**
 * Trains and measures one cell and writes its record: until converged, and at least plain's updates, where it is
 * measured too. An interrupted cell resumes from its last checkpoint and ends with the same numbers.
 *
 * @param cell which one. @param data as its setting loads them. @param folders for the record and the
 *   checkpoints.
 * @returns the record.
 * @throws DataError without plain's record by the present rule, StoppedError when it was stopped; whatever `fit` and
 *   `diagnose` throw.
 */
export async function runCell(
  cell: Cell,
  data: TableData,
  folders: Folders,
  options: RunOptions = {},
): Promise<CellRecord> {
  const run = path.join(folders.runs, placeOf(cell))
  const least = leastEpochs(cell, options.plain)
  await awaitForeignLock(run, (line) => options.say?.(line))
  const [checkpoint] = listCheckpoints(run).slice(-1)
  const began = commitOf(run, checkpoint)
  if (checkpoint)
    options.say?.(`${cell.data}  ${cell.method}  seed ${cell.seed}:  resumes from ${checkpoint}`)
  const train = training(cell, data, run, least ?? 1, options.verbose ?? false)
  const atPlain = least === undefined ? undefined : await measuredAt(least, run, train)
  const { history, found, evaluationSeconds, model } = await train()
  const record = {
    ...recordOf(cell, data, model, history, found, saying(began)),
    converged: history.converged,
    ...(atPlain && { atPlain }),
    evaluationSeconds,
  }
  writeRecord(folders.results, cell, record)
  rmSync(path.join(run, 'checkpoints'), { recursive: true, force: true })
  rmSync(path.join(run, AT_PLAIN), { force: true })
  return record
}

/** Plain's epochs, before which no other method ends; undefined for plain itself. */
function leastEpochs(cell: Cell, plain: CellRecord | undefined): number | undefined {
  if (cell.method === 'plain') return undefined
  if (isPresent(plain)) return plain.epochs
  throw new DataError(
    `${placeOf(cell)} is trained for at least plain's updates, and plain has no record by the present rule. Make it first: ${commandOf({ ...cell, method: 'plain' })}`,
  )
}

interface Trained {
  history: History
  found: Diagnosis
  evaluationSeconds: number
  model: string
}

/** A cell's training, to its end or to a number of epochs, and what is found then. */
function training(cell: Cell, data: TableData, run: string, least: number, verbose: boolean) {
  const setting = settingOf(cell)
  const method = methods[cell.method]
  return async (epochs = epochsFor(run, Math.max(setting.fit.epochs, least))): Promise<Trained> => {
    const model = setting.build(method.pair, cell.seed, data, method.change?.(setting))
    try {
      const history = await fit(model, data.train, {
        checkpointEvery: cell.size === 'quick' ? 1 : 30,
        ...setting.fit,
        ...(typeof method.fit === 'function' ? method.fit(setting) : method.fit),
        validation: data.validation,
        until: untilConverged({ ...setting.until, least }),
        keepBest: true,
        epochs,
        seed: cell.seed,
        run,
        verbose,
      })
      if (history.stopped) throw new StoppedError('The table was stopped. The same command resumes it.')
      const began = performance.now()
      const measured = method.inEvaluation?.(model, setting) ?? model
      const found = await diagnose(measured, data.test, setting.evaluate)
      const evaluationSeconds = Math.round((performance.now() - began) / 100) / 10
      return { history, found, evaluationSeconds, model: model.kind }
    } finally {
      model.dispose()
    }
  }
}

const AT_PLAIN = 'at-plain.json'

/** What `measuredAt` wrote. @throws DataError for anything else. */
export function readAtPlain(file: string): AtPlain {
  let found: unknown
  try {
    found = JSON.parse(readText(file))
  } catch {
    // It is damaged, or no file.
  }
  const metrics = (found as { metrics?: unknown } | null | undefined)?.metrics
  if (typeof metrics === 'object' && metrics !== null) return found as AtPlain
  throw new DataError(`${file} is not what was written there. Delete it, and it is measured again.`)
}

/** The training at plain's number of epochs; kept in its folder, since it goes on from there. */
async function measuredAt(
  epochs: number,
  run: string,
  train: (epochs: number) => Promise<Trained>,
): Promise<AtPlain> {
  const file = path.join(run, AT_PLAIN)
  if (existsSync(file)) return readAtPlain(file)
  const { history, found, evaluationSeconds } = await train(epochs)
  const atPlain = {
    epochs: history.rows.length,
    updates: history.rows[history.rows.length - 1].step,
    seconds: Math.round(history.seconds),
    evaluationSeconds,
    metrics: metricsOf(found, found.w ? 'w' : 'z'),
  }
  writeWhole(file, `${JSON.stringify(atPlain)}\n`)
  return atPlain
}

/** The code that started a resumed run, stored in its folder; otherwise the current code. */
function commitOf(run: string, checkpoint?: string): string {
  const file = path.join(run, 'commit')
  if (!checkpoint) writeWhole(file, `${commitHere()}\n`)
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : 'earlier code'
}

const saying = (began: string): string =>
  began === commitHere() ? began : `${began}, ended by ${commitHere()}`
