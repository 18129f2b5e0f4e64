import { execFile } from 'node:child_process'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

/** TensorFlow's two thread settings: within an operation, and operations side by side. */
export interface ThreadSettings {
  intra: number
  inter: number
}

/** A setting and what a training step took under it, milliseconds, median. */
export interface MeasuredThreads extends ThreadSettings {
  stepMs: number
}

const FILE = 'threads.json'

/** The settings that were fastest on this machine when the engine was prepared, or undefined before that. */
export function storedThreads(engineFolder: string): ThreadSettings | undefined {
  const file = path.join(engineFolder, FILE)
  if (!existsSync(file)) return undefined
  try {
    const { best } = JSON.parse(readFileSync(file, 'utf8')) as { best: ThreadSettings }
    return best.intra > 0 && best.inter > 0 ? best : undefined
  } catch {
    return undefined
  }
}

/** Hands the stored settings to TensorFlow, which reads them when its library loads; settings in the environment win. */
export function applyThreads(engineFolder: string): void {
  if (process.env.TF_NUM_INTRAOP_THREADS ?? process.env.TF_NUM_INTEROP_THREADS) return
  const stored = storedThreads(engineFolder)
  if (!stored) return
  process.env.TF_NUM_INTRAOP_THREADS = String(stored.intra)
  process.env.TF_NUM_INTEROP_THREADS = String(stored.inter)
}

/** The settings worth trying: few threads within an operation often win, since operations run side by side in a graph. */
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
 * Measures a training step under each setting, each in a process of its own, two rounds in turn, and stores the fastest beside the engine.
 *
 * @returns what was measured, fastest first; nothing when the step does not run.
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
  const file = path.join(engineFolder, FILE)
  try {
    writeFileSync(`${file}.partial`, JSON.stringify({ best: measured[0], measured }, undefined, 2) + '\n')
    renameSync(`${file}.partial`, file)
  } catch {
    // A folder that may not be written: TensorFlow's own settings serve, and the next setup measures again.
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

/** The thread settings in the record of a run; undefined where there is none. */
export function recordedThreads(run: string): { intra: string; inter: string } | undefined {
  try {
    const { engine } = JSON.parse(readFileSync(path.join(run, 'run.json'), 'utf8')) as {
      engine?: { threads?: { intra: string; inter: string } }
    }
    return engine?.threads
  } catch {
    return undefined
  }
}
