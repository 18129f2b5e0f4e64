import { readFileSync } from 'node:fs'
import path from 'node:path'
import { decodeCheckpoint } from '../../../training/checkpoint'
import { listCheckpoints, readRun } from '../../../training/runFolder'

/**
 * The epochs to go on with in a run folder: those it was given where it has converged within them, since `fit`
 * refuses more, which change nothing; otherwise those wanted.
 *
 * @param run the folder; it need not exist. @param wanted epochs.
 */
export function epochsFor(run: string, wanted: number): number {
  const [last] = listCheckpoints(run).slice(-1)
  const given = readRun(path.join(run, 'run.json'))?.settings.epochs
  if (!last || typeof given !== 'number') return wanted
  const file = path.join(run, 'checkpoints', last)
  const { position } = decodeCheckpoint(readFileSync(file), [], file)
  return position.until?.converged ? given : wanted
}
