import { execFile } from 'node:child_process'
import { cpus } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { replaceFile } from '../platform/files'
import { THREADS_FILE, type ThreadSettings } from '../compute/native/threads'

/** A thread setting and the median milliseconds of a training step with it. */
export interface MeasuredThreads extends ThreadSettings {
  stepMs: number
}

/**
 * The settings worth trying: few threads within an operation often win, since operations run side by side in
 * a graph.
 */
export function candidates(cores = cpus().length): ThreadSettings[] {
  const all = [
    { intra: 1, inter: cores },
    { intra: cores, inter: cores },
    { intra: cores, inter: 1 },
    { intra: Math.max(1, Math.floor(cores / 2)), inter: 2 },
  ]
  return all.filter((s, i) => all.findIndex((t) => t.intra === s.intra && t.inter === s.inter) === i)
}

/**
 * Measures a training step under each setting, each in a separate process, in two rounds, and stores the
 * fastest beside the engine.
 *
 * @returns the measurements, fastest first; empty if the step does not run.
 */
export async function measureThreads(engineFolder: string): Promise<MeasuredThreads[]> {
  const best = new Map<ThreadSettings, number>()
  const settings = candidates()
  for (let round = 0; round < 2; round++)
    for (const setting of settings) {
      const ms = await stepMs(setting)
      if (ms === undefined) return []
      best.set(setting, Math.min(ms, best.get(setting) ?? Infinity))
    }
  const measured = [...best].map(([s, ms]) => ({ ...s, stepMs: ms })).sort((a, b) => a.stepMs - b.stepMs)
  const file = path.join(engineFolder, THREADS_FILE)
  try {
    replaceFile(file, JSON.stringify({ best: measured[0], measured }, undefined, 2) + '\n')
  } catch {
    // The folder is not writable: TensorFlow's defaults are used, and the next setup measures again.
  }
  return measured
}

async function stepMs({ intra, inter }: ThreadSettings): Promise<number | undefined> {
  // From source the child needs the same loader as this process; compiled it needs none.
  const extension = path.extname(__filename)
  const loader = extension === '.ts' ? ['--import', pathToFileURL(require.resolve('tsx')).href] : []
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    TF_NUM_INTRAOP_THREADS: String(intra),
    TF_NUM_INTEROP_THREADS: String(inter),
  }
  try {
    const program = [...loader, path.join(__dirname, `threadsProbe${extension}`)]
    const { stdout } = await promisify(execFile)(process.execPath, program, { env, timeout: 60_000 })
    const ms = Number(stdout.trim().split('\n').pop())
    return Number.isFinite(ms) && ms > 0 ? ms : undefined
  } catch {
    return undefined
  }
}
