import * as tf from '@tensorflow/tfjs'
import type { NativeBackend } from './backend'
import { normals, uniforms } from './philox'

/**
 * Kernels that an engine lacks or does slowly, registered once for each backend: random draws from a key inside a step, the rank-2 matrix
 * product on native TensorFlow, the transposed one on WASM.
 */

interface MatMulArguments {
  inputs: { a: tf.TensorInfo; b: tf.TensorInfo }
  attrs: { transposeA: boolean; transposeB: boolean }
  backend: unknown
}

const registered = new Set<string>()

/** Registers this library's kernels for a tfjs backend; safe to repeat. */
export function registerKernels(backendName: 'tensorflow' | 'wasm' | 'cpu'): void {
  if (registered.has(backendName)) return
  registered.add(backendName)
  if (backendName === 'tensorflow') {
    registerNativeRandom('StatelessRandomNormal')
    registerNativeRandom('StatelessRandomUniform')
    replaceMatMul('tensorflow', nativeMatMul)
    replaceGather()
  } else {
    registerPlainRandom('StatelessRandomNormal', backendName, normals)
    registerPlainRandom('StatelessRandomUniform', backendName, uniforms)
    if (backendName === 'wasm') replaceMatMul('wasm', wasmMatMul)
  }
}

function replaceMatMul(
  backendName: string,
  make: (old: (args: MatMulArguments) => tf.TensorInfo) => (args: MatMulArguments) => tf.TensorInfo,
): void {
  const old = tf.getKernel('BatchMatMul', backendName).kernelFunc as unknown as (
    args: MatMulArguments,
  ) => tf.TensorInfo
  tf.unregisterKernel('BatchMatMul', backendName)
  tf.registerKernel({
    kernelName: 'BatchMatMul',
    backendName,
    kernelFunc: make(old) as unknown as tf.KernelFunc,
  })
}

/** `BatchMatMulV2` costs up to 2.5 times what `MatMul` does for matrices of rank 2. */
const nativeMatMul = (old: (args: MatMulArguments) => tf.TensorInfo) => (args: MatMulArguments) => {
  const { a, b } = args.inputs
  if (a.shape.length !== 2 || b.shape.length !== 2) return old(args)
  const backend = args.backend as NativeBackend
  const { TF_ATTR_BOOL, TF_ATTR_TYPE, TF_FLOAT } = backend.binding
  return backend.executeSingleOutput(
    'MatMul',
    [
      { name: 'transpose_a', type: TF_ATTR_BOOL, value: args.attrs.transposeA },
      { name: 'transpose_b', type: TF_ATTR_BOOL, value: args.attrs.transposeB },
      { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
    ],
    [a, b],
  )
}

/** On WASM a transposed product is 10 to 28 times slower than a transpose followed by a plain product. */
const wasmMatMul = (old: (args: MatMulArguments) => tf.TensorInfo) => (args: MatMulArguments) => {
  const { transposeA, transposeB } = args.attrs
  if (!transposeA && !transposeB) return old(args)
  const backend = args.backend as { disposeData(dataId: object): void }
  const transpose = tf.getKernel('Transpose', 'wasm').kernelFunc as unknown as (args: object) => tf.TensorInfo
  const flip = (x: tf.TensorInfo) => {
    const rank = x.shape.length
    const perm = Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i))
    return transpose({ inputs: { x }, attrs: { perm }, backend })
  }
  const a = transposeA ? flip(args.inputs.a) : args.inputs.a
  const b = transposeB ? flip(args.inputs.b) : args.inputs.b
  const out = old({ ...args, inputs: { a, b }, attrs: { transposeA: false, transposeB: false } })
  if (transposeA) backend.disposeData(a.dataId)
  if (transposeB) backend.disposeData(b.dataId)
  return out
}

interface GatherArguments {
  inputs: { x: tf.TensorInfo; indices: tf.TensorInfo }
  attrs: { axis: number; batchDims: number }
  backend: unknown
}

/** tfjs-node reads the indices to check them, which breaks a traced step; TensorFlow checks them itself. */
function replaceGather(): void {
  tf.unregisterKernel('GatherV2', 'tensorflow')
  const kernelFunc = ({ inputs, attrs, backend: any }: GatherArguments) => {
    const backend = any as NativeBackend
    const { TF_ATTR_TYPE, TF_ATTR_INT, TF_FLOAT, TF_INT32 } = backend.binding
    const type = (name: string, value: number) => ({ name, type: TF_ATTR_TYPE, value })
    const axis = tf.scalar(attrs.axis, 'int32')
    const out = backend.executeSingleOutput(
      'GatherV2',
      [
        { name: 'batch_dims', type: TF_ATTR_INT, value: attrs.batchDims },
        type('Tparams', inputs.x.dtype === 'int32' ? TF_INT32 : TF_FLOAT),
        type('Tindices', TF_INT32),
        type('Taxis', TF_INT32),
      ],
      [inputs.x, inputs.indices, axis],
    )
    axis.dispose()
    return out
  }
  tf.registerKernel({
    kernelName: 'GatherV2',
    backendName: 'tensorflow',
    kernelFunc: kernelFunc as unknown as tf.KernelFunc,
  })
}

interface RandomArguments {
  inputs: { key: tf.TensorInfo }
  attrs: { shape: number[] }
  backend: unknown
}

function registerNativeRandom(kernelName: string): void {
  const kernelFunc = ({ inputs, attrs, backend: any }: RandomArguments) => {
    const backend = any as NativeBackend
    const { TF_ATTR_TYPE, TF_FLOAT, TF_INT32 } = backend.binding
    const shape = tf.tensor1d(attrs.shape, 'int32')
    const out = backend.executeSingleOutput(
      kernelName,
      [
        { name: 'T', type: TF_ATTR_TYPE, value: TF_INT32 },
        { name: 'dtype', type: TF_ATTR_TYPE, value: TF_FLOAT },
        { name: 'Tseed', type: TF_ATTR_TYPE, value: TF_INT32 },
      ],
      [shape, inputs.key],
    )
    shape.dispose()
    return out
  }
  tf.registerKernel({
    kernelName,
    backendName: 'tensorflow',
    kernelFunc: kernelFunc as unknown as tf.KernelFunc,
  })
}

function registerPlainRandom(
  kernelName: string,
  backendName: string,
  draw: (key: number, counter: number, count: number) => Float32Array,
): void {
  const kernelFunc = ({ inputs, attrs, backend: any }: RandomArguments) => {
    const backend = any as {
      readSync(dataId: object): Int32Array
      write(v: Float32Array, s: number[], t: string): object
    }
    const [key, counter] = backend.readSync(inputs.key.dataId)
    const values = draw(key, counter, tf.util.sizeFromShape(attrs.shape))
    return {
      dataId: backend.write(values, attrs.shape, 'float32'),
      shape: attrs.shape,
      dtype: 'float32' as const,
    }
  }
  tf.registerKernel({ kernelName, backendName, kernelFunc: kernelFunc as unknown as tf.KernelFunc })
}
