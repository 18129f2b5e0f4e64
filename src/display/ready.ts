import { startEngine, type EngineInfo, type ReadyOptions } from '../compute/engine'
import { showTrainings } from './live'

/**
 * Chooses the engine and prints which one and why: native TensorFlow where it is prepared, else WebAssembly;
 * pure JavaScript only if requested by name. Call it first; calling it again without `engine` changes
 * nothing. From then on running trainings are displayed.
 *
 * @param options `{ engine?, run?, quiet? }`; the environment variable `LIDVAE_ENGINE` is used if `engine`
 *   is not given.
 * @returns which engine runs, its version, why, and the thread settings.
 * @throws ArgumentError for an unknown name, EngineError if the engine requested by name is not available.
 * @example
 * await lid.ready()                    // lidvae: native engine, TensorFlow 2.15.1 …
 * await lid.ready({ engine: 'wasm' })
 */
export async function ready(options: ReadyOptions = {}): Promise<EngineInfo> {
  showTrainings()
  return startEngine(options)
}
