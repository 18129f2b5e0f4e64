import * as tf from '@tensorflow/tfjs'

interface UnpackArguments {
  inputs: { value: tf.TensorInfo }
  attrs: { axis: number }
  backend: unknown
}

/** tfjs's WASM backend, as far as this kernel uses it. */
interface WasmBackend {
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array | Int32Array | Uint8Array
}

/**
 * Rows of a tensor as tensors of their own. On WASM tfjs copies the whole tensor for each row, so that a text
 * of 800 tokens takes four times what one of 400 does; here each row is
 * copied once. Other axes are left to tfjs.
 */
export function replaceUnstack(): void {
  const old = tf.getKernel('Unpack', 'wasm').kernelFunc as unknown as (
    args: UnpackArguments,
  ) => tf.TensorInfo[]
  const kernelFunc = (args: UnpackArguments): tf.TensorInfo[] => {
    const { value } = args.inputs
    if (args.attrs.axis !== 0 || value.dtype === 'string') return old(args)
    const backend = args.backend as WasmBackend
    const [rows, ...shape] = value.shape
    const size = tf.util.sizeFromShape(shape)
    return Array.from({ length: rows }, (_, row) => {
      const out = backend.makeOutput(shape, value.dtype)
      // The views are taken anew: what made room for the row may have moved the heap.
      const all = backend.typedArrayFromHeap(value)
      backend.typedArrayFromHeap(out).set(all.subarray(row * size, (row + 1) * size))
      return out
    })
  }
  tf.unregisterKernel('Unpack', 'wasm')
  tf.registerKernel({
    kernelName: 'Unpack',
    backendName: 'wasm',
    kernelFunc: kernelFunc as unknown as tf.KernelFunc,
  })
}
