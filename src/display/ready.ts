import { startEngine, type EngineInfo, type ReadyOptions } from '../compute/engine'
import { showTrainings } from './live'

/**
 * Chooses the engine and says in one line which and why: native TensorFlow where it is prepared, else WebAssembly; pure JavaScript only
 * when asked for by name. Call it first; calling it again without `engine` changes
 * nothing. From then on trainings are shown as they happen.
 *
 * @param options `{ engine?, run?, quiet? }`; the environment variable `LIDVAE_ENGINE` is asked when `engine` is not given.
 * @returns which engine runs, its version, why, and the thread settings.
 * @throws ArgumentError for an unknown name, EngineError when the engine asked for by name is not to be had.
 * @example
 * await lid.ready()                    // lidvae: native engine, TensorFlow 2.15.1 …
 * await lid.ready({ engine: 'wasm' })
 */
export async function ready(options: ReadyOptions = {}): Promise<EngineInfo> {
  showTrainings()
  return startEngine(options)
}
