import { native, type NativeEngine } from './native'

/**
 * The native engine, as this edition of the library has it. The one file through which the rest of the library reaches `compute/native`: a bundle for browsers puts another
 * in its place, which has none.
 */
export const nativeEngine = (): NativeEngine | undefined => native

/** Registers the WebAssembly backend with tfjs; loaded only when it is the engine: it costs 0.2 s and 20 MB. */
export async function loadWasm(): Promise<void> {
  await import('@tensorflow/tfjs-backend-wasm')
}
