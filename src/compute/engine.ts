import { warn } from '../base/note'
import * as tf from '@tensorflow/tfjs'
import { ArgumentError, EngineError, alternatives } from '../base/errors'
import { resolveOptions } from '../base/options'
import { askedEngine } from '../platform/environment'
import { withoutNewFatalListeners } from '../platform/machine'
import { nativeBackend } from './backend'
import { loadWasm, nativeEngine } from './engines'
import { useGraphs } from './graphs'
import { registerKernels } from './kernels'

/** The engines, best first: native TensorFlow, WebAssembly, pure JavaScript. */
export type EngineName = 'native' | 'wasm' | 'cpu'

/** Which engine runs, and why. */
export interface EngineInfo {
  /** `'native'`, `'wasm'` or `'cpu'`. */
  readonly engine: EngineName
  /** Version of what computes: TensorFlow's for native, tfjs's otherwise. */
  readonly version: string
  /** Why this one was chosen. */
  readonly why: string
  /** Current thread settings, native only: within an operation and between operations. */
  readonly threads?: { intra: string; inter: string }
}

/** Options of `ready`. */
export interface ReadyOptions {
  /** An engine by name; by default `LIDVAE_ENGINE`, otherwise native, then WASM. */
  engine?: EngineName
  /**
   * A run folder, whose recorded thread settings are used, so that a resumed or repeated run has the same
   * bits.
   */
  run?: string
  /** Print nothing. */
  quiet?: boolean
}

const BACKENDS = { native: 'tensorflow', wasm: 'wasm', cpu: 'cpu' } as const
const engineNames = Object.keys(BACKENDS) as EngineName[]

let current: EngineInfo | undefined

/** Chooses and starts the engine: see the public `ready`, which also turns on the live view of trainings. */
export async function startEngine(options: ReadyOptions = {}): Promise<EngineInfo> {
  const { engine, run, quiet } = resolveOptions('ready', options, {
    engine: undefined,
    run: undefined,
    quiet: false,
  })
  const asked = engine ?? (askedEngine() as EngineName | undefined)
  if (asked && !engineNames.includes(asked))
    throw new ArgumentError(engine ? 'engine' : 'LIDVAE_ENGINE', asked, alternatives(engineNames))
  if (current && (!engine || engine === current.engine)) {
    if (run !== undefined && nativeEngine()?.takeRecordedThreads(run, true))
      warn('the engine has started already: restart the kernel for the thread settings of that run.')
    return current
  }
  if (run !== undefined) nativeEngine()?.takeRecordedThreads(run, current !== undefined)
  const next = asked ? await start(asked, 'asked for by name') : await startBest()
  current = next
  if (!quiet) console.log(describeEngine(next))
  return next
}

/**
 * The engine in use.
 *
 * @returns which engine runs, its version, why, and the thread settings; undefined before `ready()`.
 * @example
 * lid.engineInfo()?.engine // 'native'
 */
export const engineInfo = (): EngineInfo | undefined => current

/** Describes an engine in one line. */
export function describeEngine(info: EngineInfo): string {
  const what = info.engine === 'native' ? `TensorFlow ${info.version}` : `TensorFlow.js ${info.version}`
  const name = { native: 'native', wasm: 'WebAssembly', cpu: 'pure JavaScript' }[info.engine]
  return `lidvae: ${name} engine, ${what} (${info.why})`
}

/** Throws unless `ready()` has run. */
export function requireEngine(caller: string): void {
  if (!current) throw new EngineError(`${caller}: no engine is chosen yet. Put \`await lid.ready()\` first.`)
}

async function startBest(): Promise<EngineInfo> {
  const native = nativeEngine()
  if (!native) return start('wasm', 'the fastest one here')
  const found = native.find()
  if (!found.found) return start('wasm', `${found.why}. ${found.remedy}`)
  try {
    return await start('native', 'the fastest one found')
  } catch (error) {
    return start('wasm', `native failed: ${(error as Error).message}`)
  }
}

async function start(engine: EngineName, why: string): Promise<EngineInfo> {
  if (engine === 'native') startNative()
  if (engine === 'wasm') await loadWasm()
  quietCpuBackend()
  // The WASM module listens for every uncaught error of the process, to throw it again with its own source in
  // front of the message.
  await withoutNewFatalListeners(async () => {
    if (!(await tf.setBackend(BACKENDS[engine])))
      throw new EngineError(`engine '${engine}' did not start. Run \`npx lidvae doctor\` to see why.`)
    await tf.ready()
  })
  registerKernels(BACKENDS[engine])
  const backend = nativeBackend()
  return {
    engine,
    version: backend ? backend.binding.TF_Version : tf.version['tfjs-core'],
    why,
    threads: backend && nativeEngine()?.threads(),
  }
}

function startNative(): void {
  const native = nativeEngine()
  if (!native) throw new EngineError("engine 'native' is not part of this edition. Ask for 'wasm'.")
  native.load()
  useGraphs(native.graphs)
}

/**
 * Keeps the JavaScript backend, which tfjs always registers, from printing an advertisement when first used.
 */
function quietCpuBackend(): void {
  const cpu = tf.findBackend('cpu') as unknown as { firstUse?: boolean } | null
  if (cpu) cpu.firstUse = false
}
