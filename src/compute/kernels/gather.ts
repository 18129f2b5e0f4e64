import * as tf from '@tensorflow/tfjs'
import type { NativeBackend } from '../backend'

interface GatherArguments {
  inputs: { x: tf.TensorInfo; indices: tf.TensorInfo }
  attrs: { axis: number; batchDims: number }
  backend: unknown
}

/** tfjs-node reads the indices to check them, which breaks a traced step; TensorFlow checks them itself. */
export function replaceGather(): void {
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
