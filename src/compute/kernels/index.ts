import { normals, uniforms } from '../philox'
import { registerFilterGradient } from './convolution'
import { registerElementwise } from './elementwise'
import { replaceGather } from './gather'
import { nativeMatMul, replaceMatMul, wasmMatMul } from './matMul'
import { registerNativeRandom, registerPlainRandom } from './random'
import { registerSegmentSum } from './segmentSum'
import { replaceUnstack } from './unstack'

const registered = new Set<string>()

/**
 * Registers, once for each tfjs backend, the kernels that it lacks or that are slow: random draws from a key
 * inside a step, matrix products, look-ups that a trace can follow, derivatives in one operation. It can be
 * called again.
 */
export function registerKernels(backendName: 'tensorflow' | 'wasm' | 'cpu'): void {
  if (registered.has(backendName)) return
  registered.add(backendName)
  if (backendName === 'tensorflow') {
    registerNativeRandom('StatelessRandomNormal')
    registerNativeRandom('StatelessRandomUniform')
    replaceMatMul('tensorflow', nativeMatMul)
    replaceGather()
    registerElementwise()
  } else {
    registerPlainRandom('StatelessRandomNormal', backendName, normals)
    registerPlainRandom('StatelessRandomUniform', backendName, uniforms)
    if (backendName === 'wasm') {
      replaceMatMul('wasm', wasmMatMul)
      registerSegmentSum('wasm')
      registerFilterGradient('wasm')
      replaceUnstack()
    }
  }
}
