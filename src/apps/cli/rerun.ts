import path from 'node:path'
import pc from 'picocolors'
import { startEngine, type EngineName } from '../../compute/engine'
import { fromStart } from '../../platform/places'
import { EngineError } from '../../base/errors'
import { rerun as repeat } from '../../runs/rerun/rerun'
import { readRun } from '../../training/runFolder'
import { seconds } from './say'

/**
 * `lidvae rerun`: repeats a training from its folder, on its engine and threads if available, and compares; 1
 * if it differs.
 */
export async function rerun(given: string, { json = false }: { json?: boolean }): Promise<number> {
  const folder = fromStart(given)
  // Only JSON on the standard output.
  const say = (line: string): void => (json ? console.error(line) : console.log(line))
  const recorded = readRun(path.join(folder, 'run.json'))?.engine?.engine as EngineName | undefined
  const { engine } = await start(recorded, folder)
  say(`lidvae: ${given} again, on the ${engine} engine`)
  const { same, differences, conditions, history } = await repeat(folder, {
    verbose: !json && process.stdout.isTTY,
  })
  if (json) console.log(JSON.stringify({ same, differences, conditions, seconds: history.seconds }, null, 2))
  else {
    say(
      same
        ? `${pc.green('✓')} the same weights and history, bit for bit   (${seconds(history.seconds)})`
        : `${pc.red('✗')} not as recorded:`,
    )
    for (const difference of differences) say(`  ${difference}`)
    if (conditions.length > 0) say(`  other conditions: ${conditions.join('; ')}`)
  }
  return same ? 0 : 1
}

/** The engine of the run with its threads, otherwise the best available. */
async function start(engine: EngineName | undefined, run: string): ReturnType<typeof startEngine> {
  try {
    return await startEngine({ engine, run, quiet: true })
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    console.warn(`lidvae: ${error.message}`)
    return startEngine({ run, quiet: true })
  }
}
