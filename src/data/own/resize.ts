import * as tf from '@tensorflow/tfjs'
import type { Pixels } from './png'

/**
 * Resizes an image: bilinear interpolation to the smallest integer multiple k of the target size that is not
 * smaller than the image, then the mean of each k × k block, so that thin strokes survive; bilinear
 * interpolation only if it grows.
 *
 * @param pixels intensities, `[height, width]` or `[height, width, channels]`
 * @param size target `[height, width]`
 * @returns intensities at the target size
 */
export function resize({ height, width, values }: Pixels, size: readonly [number, number]): Pixels {
  const [rows, columns] = size
  if (height === rows && width === columns) return { height, width, values }
  const channels = values.length / (height * width)
  const block: [number, number] = [Math.ceil(height / rows), Math.ceil(width / columns)]
  let resized = new Float32Array(0)
  tf.tidy(() => {
    const image = tf.tensor4d(values, [1, height, width, channels])
    const large = tf.image.resizeBilinear(image, [rows * block[0], columns * block[1]], false, true)
    // Rounding must not leave [0, 1].
    const small = tf.clipByValue(tf.avgPool(large, block, block, 'valid'), 0, 1)
    resized = Float32Array.from(small.dataSync())
  })
  return { height: rows, width: columns, values: resized }
}
