import * as tf from '@tensorflow/tfjs'
import type { NativeBackend } from '../backend'
import { worthHalving } from '../ops'
import { usesOneDnn } from './oneDnn'

let oneDnn: boolean | undefined

interface MatMulArguments {
  inputs: { a: tf.TensorInfo; b: tf.TensorInfo }
  attrs: { transposeA: boolean; transposeB: boolean }
  backend: unknown
}

/** Replaces tfjs's kernel of the matrix product. */
export function replaceMatMul(
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

/**
 * `BatchMatMulV2` costs up to 2.5 times what `MatMul` does for matrices of rank 2; and Eigen's `MatMul` with
 * a large transposed second factor costs two to three times what the transpose of the product in the other
 * order does, a Bᵀ = (B aᵀ)ᵀ; oneDNN's does not.
 */
export const nativeMatMul = (old: (args: MatMulArguments) => tf.TensorInfo) => (args: MatMulArguments) => {
  const [a, b] = [args.inputs.a as tf.Tensor, args.inputs.b as tf.Tensor]
  if (a.shape.length !== 2 || b.shape.length !== 2) return old(args)
  const { transposeA, transposeB } = args.attrs
  const backend = args.backend as NativeBackend
  // Its rows are independent, and half of them are multiplied as efficiently.
  if (transposeA || a.shape[0] < 64 || !worthHalving(2 * a.shape[0] * b.size))
    return product(backend, a, b, transposeA, transposeB)
  const half = Math.ceil(a.shape[0] / 2)
  return tf.tidy(() =>
    tf.concat(
      tf.split(a, [half, a.shape[0] - half]).map((rows) => product(backend, rows, b, false, transposeB)),
    ),
  )
}

function product(
  backend: NativeBackend,
  a: tf.Tensor,
  b: tf.Tensor,
  transposeA: boolean,
  transposeB: boolean,
): tf.Tensor {
  const { TF_ATTR_BOOL, TF_ATTR_TYPE, TF_FLOAT, TF_INT32 } = backend.binding
  const T = { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT }
  const plain = (x: tf.Tensor, y: tf.Tensor, transposeX: boolean, transposeY: boolean): tf.Tensor =>
    backend.executeSingleOutput(
      'MatMul',
      [
        { name: 'transpose_a', type: TF_ATTR_BOOL, value: transposeX },
        { name: 'transpose_b', type: TF_ATTR_BOOL, value: transposeY },
        T,
      ],
      [x, y],
    )
  oneDnn ??= usesOneDnn()
  if (oneDnn || !transposeB || transposeA || b.size < 4 * a.size) return plain(a, b, transposeA, transposeB)
  const flipped = plain(b, a, false, true)
  const order = tf.tensor1d([1, 0], 'int32')
  const out = backend.executeSingleOutput(
    'Transpose',
    [T, { name: 'Tperm', type: TF_ATTR_TYPE, value: TF_INT32 }],
    [flipped, order],
  )
  tf.dispose([flipped, order])
  return out
}

/**
 * On WASM a transposed product is 10 to 28 times slower than a transpose followed by a plain product. And the
 * engine prepares a second factor once for all its uses, whatever their shapes: where two tensors share data
 * that is a second factor in two shapes, as reshaped ones do, the later product would be wrong and write
 * outside of its memory. It gets a copy.
 */
export const wasmMatMul = (old: (args: MatMulArguments) => tf.TensorInfo) => {
  const widths = new WeakMap<object, number>()
  return (args: MatMulArguments): tf.TensorInfo => {
    const { transposeA, transposeB } = args.attrs
    const backend = args.backend as { disposeData(dataId: object): void }
    const run = (kernel: string, x: tf.TensorInfo, attrs: object): tf.TensorInfo =>
      (tf.getKernel(kernel, 'wasm').kernelFunc as unknown as (args: object) => tf.TensorInfo)({
        inputs: { x },
        attrs,
        backend,
      })
    const flip = (x: tf.TensorInfo): tf.TensorInfo => {
      const rank = x.shape.length
      const perm = Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i))
      return run('Transpose', x, { perm })
    }
    const unprepared = (x: tf.TensorInfo): tf.TensorInfo => {
      const width = x.shape[x.shape.length - 1]
      if ((widths.get(x.dataId) ?? width) !== width) return run('Identity', x, {})
      widths.set(x.dataId, width)
      return x
    }
    const a = transposeA ? flip(args.inputs.a) : args.inputs.a
    const b = transposeB ? flip(args.inputs.b) : unprepared(args.inputs.b)
    const out = old({ ...args, inputs: { a, b }, attrs: { transposeA: false, transposeB: false } })
    if (transposeA) backend.disposeData(a.dataId)
    if (b !== args.inputs.b) backend.disposeData(b.dataId)
    return out
  }
}
