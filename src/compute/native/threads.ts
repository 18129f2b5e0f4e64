import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** TensorFlow's two thread settings: within an operation, and operations side by side. */
export interface ThreadSettings {
  intra: number
  inter: number
}

/** Where the settings that were measured are kept, in the engine's folder. */
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

/** Hands the stored settings to TensorFlow, which reads them when its library loads; settings in the environment win. */
export function applyThreads(engineFolder: string): void {
  if (process.env.TF_NUM_INTRAOP_THREADS ?? process.env.TF_NUM_INTEROP_THREADS) return
  const stored = storedThreads(engineFolder)
  if (!stored) return
  process.env.TF_NUM_INTRAOP_THREADS = String(stored.intra)
  process.env.TF_NUM_INTEROP_THREADS = String(stored.inter)
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
