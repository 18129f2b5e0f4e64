import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { isThreadCount, setTensorFlowThreads, tensorFlowThreads } from '../../platform/environment'
import { readText } from '../../platform/fileSystem'

/** TensorFlow's two thread settings: within an operation, and between operations. */
export interface ThreadSettings {
  intra: number
  inter: number
}

/** The file of the measured settings, in the engine's folder. */
export const THREADS_FILE = 'threads.json'

/** The settings that were fastest on this machine when the engine was prepared, or undefined before that. */
export function storedThreads(engineFolder: string): ThreadSettings | undefined {
  const file = path.join(engineFolder, THREADS_FILE)
  if (!existsSync(file)) return undefined
  try {
    const { best } = JSON.parse(readFileSync(file, 'utf8')) as { best: ThreadSettings }
    return best.intra > 0 && best.inter > 0 ? best : undefined
  } catch {
    return undefined
  }
}

/**
 * Passes the stored settings to TensorFlow, which reads them when its library loads; environment variables
 * take precedence.
 */
export function applyThreads(engineFolder: string): void {
  const { intra, inter } = tensorFlowThreads()
  if (intra ?? inter) return
  const stored = storedThreads(engineFolder)
  if (stored) setTensorFlowThreads({ intra: String(stored.intra), inter: String(stored.inter) })
}

/** The thread settings in the record of a run; undefined if there is none. */
function recordedThreads(run: string): { intra: string; inter: string } | undefined {
  try {
    const { engine } = JSON.parse(readText(path.join(run, 'run.json'))) as {
      engine?: { threads?: { intra: string; inter: string } }
    }
    const { intra, inter } = engine!.threads!
    // What is no number of threads is no record of ours: the run itself is refused where it is read.
    return [intra, inter].every((one) => one === 'default' || isThreadCount(one))
      ? { intra, inter }
      : undefined
  } catch {
    return undefined
  }
}

/** The thread settings in force, as a run records them. */
export function threadsInForce(): { intra: string; inter: string } {
  const { intra = 'default', inter = 'default' } = tensorFlowThreads()
  return { intra, inter }
}

/**
 * Asks TensorFlow for a run's recorded thread settings, which it reads as its library loads.
 *
 * @param loaded whether it has loaded already, so that it is too late
 * @returns true if they differ from the current ones
 */
export function takeRecordedThreads(run: string, loaded: boolean): boolean {
  const wanted = recordedThreads(run)
  if (!wanted) return false
  const set = tensorFlowThreads()
  const names = ['intra', 'inter'] as const
  const differs = names.some((name) => (set[name] ?? 'default') !== wanted[name])
  if (loaded) return differs
  for (const name of names)
    if (wanted[name] !== 'default' && set[name] === undefined) setTensorFlowThreads({ [name]: wanted[name] })
  return differs
}
