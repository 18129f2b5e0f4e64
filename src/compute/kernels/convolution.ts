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
      const rows = x.shape[0] * outHeight * outWidth
      const cotangent = tf.reshape(dy, [rows, outputs])
      const every = phases(tf.pad(x, around), strideHeight, strideWidth)
      const seen = (i: number, j: number): tf.Tensor =>
        tf.slice(
          every[i % strideHeight][j % strideWidth],
          [0, Math.floor(i / strideHeight), Math.floor(j / strideWidth), 0],
          [x.shape[0], outHeight, outWidth, inputs],
        )
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

/**
 * The pixels of an image whose row and column leave each remainder, as images of their own: what tf.stridedSlice
 * picks, which is slow on WASM.
 */
function phases(image: tf.Tensor4D, strideHeight: number, strideWidth: number): tf.Tensor4D[][] {
  const [batch, height, width, channels] = image.shape
  const [rows, columns] = [Math.ceil(height / strideHeight), Math.ceil(width / strideWidth)]
  const full = tf.pad(image, [
    [0, 0],
    [0, rows * strideHeight - height],
    [0, columns * strideWidth - width],
    [0, 0],
  ])
  const byRow = tf.reshape(full, [batch * rows, strideHeight, columns * strideWidth * channels])
  return Array.from({ length: strideHeight }, (_, p) => {
    const row = tf.slice(byRow, [0, p, 0], [-1, 1, -1])
    const byColumn = tf.reshape(row, [batch * rows * columns, strideWidth, channels])
    return Array.from({ length: strideWidth }, (__, q) =>
      tf.reshape(tf.slice(byColumn, [0, q, 0], [-1, 1, -1]), [batch, rows, columns, channels]),
    )
  })
}
