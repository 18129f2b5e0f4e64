import { native, type NativeEngine } from './native'

/**
 * The native engine of this edition of the library. This is the one file through which the rest of the
 * library reaches `compute/native`: a bundle for browsers replaces it by one without that engine.
 */
export const nativeEngine = (): NativeEngine | undefined => native

/**
 * Registers the WebAssembly backend with tfjs; loaded only when it is the engine: it costs 0.2 s and 20 MB.
 */
export async function loadWasm(): Promise<void> {
  await import('@tensorflow/tfjs-backend-wasm')
}
