import * as tf from '@tensorflow/tfjs'

/** The best of some products of two square matrices on the engine in use, in GFLOPS. */
export function matmulRate(size: number): number {
  return tf.tidy(() => {
    const [a, b] = [tf.randomNormal([size, size]), tf.randomNormal([size, size])]
    let best = Infinity
    for (let i = 0; i < 30; i++) {
      const began = performance.now()
      const product = tf.matMul(a, b)
      // One number read is enough to be sure that the product is there.
      product.slice([0, 0], [1, 1]).dataSync()
      best = Math.min(best, performance.now() - began)
      product.dispose()
    }
    return (2 * size ** 3) / best / 1e6
  })
}
