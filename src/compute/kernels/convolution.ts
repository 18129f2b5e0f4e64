import * as tf from '@tensorflow/tfjs'

interface FilterGradientArguments {
  inputs: { x: tf.Tensor4D; dy: tf.Tensor4D }
  attrs: {
    strides: number | [number, number]
    pad: 'same' | 'valid' | number
    filterShape: [number, number, number, number]
    dimRoundingMode?: 'floor' | 'round' | 'ceil'
  }
}

/**
 * The gradient of a convolution in its filter, by one matrix product for each entry of the window: WASM lacks
 * it, so that tf.conv2d and tf.conv2dTranspose could be evaluated there but not trained.
 */
export function registerFilterGradient(backendName: string): void {
  const kernelFunc = ({ inputs: { x, dy }, attrs }: FilterGradientArguments): tf.Tensor =>
    tf.tidy(() => {
      const { strides, pad, filterShape, dimRoundingMode } = attrs
      const info = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad, dimRoundingMode)
      const { padInfo, strideHeight, strideWidth, outHeight, outWidth } = info
      const [height, width, inputs, outputs] = filterShape
      const around: [number, number][] = [
        [0, 0],
        [padInfo.top, padInfo.bottom],
        [padInfo.left, padInfo.right],
        [0, 0],
      ]
      const padded = tf.pad(x, around)
      const rows = x.shape[0] * outHeight * outWidth
      const cotangent = tf.reshape(dy, [rows, outputs])
      const seen = (i: number, j: number): tf.Tensor => {
        const [bottom, right] = [i + strideHeight * (outHeight - 1) + 1, j + strideWidth * (outWidth - 1) + 1]
        const end = [x.shape[0], bottom, right, inputs]
        return strideHeight === 1 && strideWidth === 1
          ? tf.slice(padded, [0, i, j, 0], [x.shape[0], outHeight, outWidth, inputs])
          : tf.stridedSlice(padded, [0, i, j, 0], end, [1, strideHeight, strideWidth, 1])
      }
      const products = Array.from({ length: height * width }, (_, at) => {
        const part = tf.reshape(seen(Math.floor(at / width), at % width), [rows, inputs])
        return tf.matMul(part, cotangent, true)
      })
      return tf.reshape(tf.stack(products), filterShape)
    })
  tf.registerKernel({
    kernelName: 'Conv2DBackpropFilter',
    backendName,
    kernelFunc: kernelFunc as unknown as tf.KernelFunc,
  })
}
