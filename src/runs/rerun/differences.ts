import { fileError } from '../../platform/files'
import { readFile } from '../../platform/fileSystem'
import path from '../../platform/path'
import { DataError } from '../../base/errors'
import { decodeCheckpoint } from '../../training/checkpoint'
import { listCheckpoints, type RunRecord } from '../../training/runFolder'
import type { EpochRow } from '../../training/history'
import type { Checkpoint } from '../../training/state'

/** The last checkpoint of a finished run. */
export function lastOf(folder: string): Checkpoint {
  const name = listCheckpoints(folder).at(-1)
  if (name === undefined)
    throw new DataError(`${folder} has no checkpoint to compare with. Name the folder of a training.`)
  const file = path.join(folder, 'checkpoints', name)
  // The optimiser's state is not compared: it has no effect any more.
  return decodeCheckpoint(bytesOf(file), [], file)
}

function bytesOf(file: string): Buffer {
  try {
    return readFile(file)
  } catch (error) {
    throw fileError(error, file, 'Name the folder of a training.')
  }
}

/** The differences between two trainings as text: none if history and weights are the same, bit for bit. */
export function differencesOf(before: Checkpoint, now: Checkpoint): string[] {
  return [...historyDifferences(before.position.rows, now.position.rows), ...weightDifferences(before, now)]
}

function historyDifferences(before: readonly EpochRow[], now: readonly EpochRow[]): string[] {
  if (before.length !== now.length) return [`history: ${before.length} epochs were ${now.length} now`]
  const numbers = ({ seconds: _, ...row }: EpochRow): string => JSON.stringify(row)
  const at = before.findIndex((row, i) => numbers(row) !== numbers(now[i]))
  if (at < 0) return []
  const losses = [before[at], now[at]].map(({ loss }) => loss)
  const what = losses[0] === losses[1] ? '' : `, whose loss was ${losses[0]} and is ${losses[1]}`
  return [`history: other numbers from epoch ${at + 1}${what}`]
}

function weightDifferences(before: Checkpoint, now: Checkpoint): string[] {
  const [was, is] = [before, now].map(endOf)
  const names = Object.keys(was)
  let [others, greatest] = [0, 0]
  for (const name of names) {
    const [a, b] = [was[name], is[name] as Float32Array | undefined]
    const far = !b || b.length !== a.length ? Infinity : distance(a, b)
    if (far > 0) others++
    greatest = Math.max(greatest, far)
  }
  return others === 0
    ? []
    : [`weights: ${others} of ${names.length} are others, by ${greatest.toPrecision(2)} at most`]
}

/** The weights that a finished training leaves: with `keepBest` those of the best epoch. */
const endOf = ({ weights, best }: Checkpoint): Checkpoint['weights'] => ({ ...weights, ...best })

const distance = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0)

/** What was different when a run was made, if it can change its digits. */
export function conditionsOf(before: RunRecord, now: RunRecord): string[] {
  const of = ({ engine, versions, machine }: RunRecord): Record<string, string | undefined> => ({
    engine: engine && `${engine.engine} ${engine.version ?? ''}`.trim(),
    threads: engine?.threads && JSON.stringify(engine.threads),
    processor: machine?.cpu,
    ...versions,
  })
  const [a, b] = [of(before), of(now)]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((name) => a[name] !== b[name])
    .map((name) => `${name} was ${a[name] ?? 'not recorded'}, is ${b[name] ?? 'none'}`)
}
