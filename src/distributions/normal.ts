import * as tf from '@tensorflow/tfjs'

const LOG_2PI = Math.log(2 * Math.PI)

/**
 * log N(x; mean, sd²), elementwise: −½((x − mean)/sd)² − log sd − ½ log 2π, in nats. Shapes broadcast.
 */
export const normalLogProb = (x: tf.Tensor, mean: tf.Tensor, sd: tf.Tensor): tf.Tensor =>
  tf.sub(tf.mul(-0.5, tf.square(tf.div(tf.sub(x, mean), sd))), tf.add(tf.log(sd), LOG_2PI / 2))

/**
 * KL(N(mean, sd²) ‖ N(priorMean, priorSd²)), elementwise, in nats:
 * log(priorSd/sd) + (sd² + (mean − priorMean)²)/(2 priorSd²) − ½. Shapes broadcast.
 */
export const normalKl = (
  mean: tf.Tensor,
  sd: tf.Tensor,
  priorMean: tf.Tensor,
  priorSd: tf.Tensor,
): tf.Tensor =>
  tf.sub(
    tf.add(
      tf.sub(tf.log(priorSd), tf.log(sd)),
      tf.div(tf.add(tf.square(sd), tf.square(tf.sub(mean, priorMean))), tf.mul(2, tf.square(priorSd))),
    ),
    0.5,
  )
