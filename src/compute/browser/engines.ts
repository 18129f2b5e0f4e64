import * as tf from '@tensorflow/tfjs'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { EngineError } from '../../base/errors'
import type { NativeEngine } from '../native'

/** There is none in a browser. */
export const nativeEngine = (): NativeEngine | undefined => undefined

let folder: string | undefined

/** Sets the folder that the WebAssembly files are in. */
export const setWasmFolder = (url: URL): void => void (folder = url.href)

/**
 * One thread: two were slower for models of this size, they need special headers of the server, and a sum over
 * threads has other last bits.
 */
export async function loadWasm(): Promise<void> {
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')))
    throw new EngineError('this browser is too old: its WebAssembly has no SIMD. Use one of 2023 or later.')
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
  if (folder !== undefined) setWasmPaths(folder)
}
