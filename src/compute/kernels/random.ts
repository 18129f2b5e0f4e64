import * as tf from '@tensorflow/tfjs'
import type { NativeBackend } from '../backend'

interface RandomArguments {
  inputs: { key: tf.TensorInfo }
  attrs: { shape: number[] }
  backend: unknown
}

/** TensorFlow's own stateless operation, by its name. */
export function registerNativeRandom(kernelName: string): void {
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

/** The same numbers in plain JavaScript. */
export function registerPlainRandom(
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
