import * as tf from '@tensorflow/tfjs'
import { pieces, type ModelData, type Points } from '../data/modelData'
import { EvaluationStep } from '../compute/step'
import { streamKey } from '../compute/streams'
import type { Draws } from '../compute/draws'
import { turn } from '../platform/turn'
import type { Model } from '../models/model'
import { evaluationData } from '../models/evaluationData'

/**
 * Rows over which the aggregate posterior is formed; the estimate is at most the logarithm of this. Fewer
 * where q(z|x, w) has one normal per w.
 */
const ROWS = 500

/**
 * Mutual information of x with z and w under q on validation data, nats: Î(x; z) + Î(x; w), each E_x
 * KL(q(·|x) ‖ q(·)) with the aggregate posterior of 500 rows at a time and one draw of z per row, the same
 * draws each time. That suffices to compare epochs.
 *
 * @see He et al. 2019, section 4.2.
 */
export class Information {
  private readonly parts: Points[]
  private readonly size: number
  private readonly step: EvaluationStep<'sum'>

  constructor(
    model: Model,
    data: ModelData,
    private readonly seed: number,
  ) {
    this.size = data.size
    this.parts = pieces(evaluationData(model, data), () => Math.ceil(ROWS / model.posterior.branches))
    this.step = new EvaluationStep(({ x, weight }, draws) => ({
      sum: informationOf(model, x, draws, weight),
    }))
  }

  /** The estimate for the current weights; undefined when it was stopped. */
  async run(signal?: AbortSignal): Promise<number | undefined> {
    const calls = this.parts.map(({ x, weight }, i) => ({
      inputs: { x, ...(weight && { weight: { values: weight, shape: [weight.length] } }) },
      key: [streamKey(this.seed, 'sampling', 'information'), i] as const,
    }))
    let total = 0
    const between = async (): Promise<boolean> => {
      await turn()
      return !signal?.aborted
    }
    const done = await this.step.runAll(calls, ({ sum }) => (total += sum.values[0]), between)
    return done && !signal?.aborted ? total / this.size : undefined
  }

  /** Frees the step. */
  dispose(): void {
    this.step.dispose()
  }
}

/** Î(x; z) + Î(x; w) of the rows that count, times their number. */
export function informationOf(model: Model, x: tf.Tensor, draws: Draws, weight?: tf.Tensor): tf.Tensor {
  const { mean, sd, logW } = model.posterior.encode(x)
  const [rows, branches, latent] = mean.shape
  const counted = weight ?? tf.ones([rows])
  // A row that only fills up the batch is not part of the aggregate posterior.
  const share = tf.sub(tf.log(tf.add(counted, 1e-30)), tf.log(tf.sum(counted)))
  const aggregateW = tf.logSumExp(tf.add(logW, tf.expandDims(share, 1)), 0, true)
  const ofW = tf.sum(tf.mul(tf.exp(logW), tf.sub(logW, aggregateW)), 1)
  // One draw per branch, weighted by q(w|x). A flow is one map for all x, so that the information is that of
  // z₀.
  const z = tf.add(mean, tf.mul(sd, draws.normal('z', mean.shape)))
  const logBranch = branches === 1 ? tf.zeros([rows, 1]) : logW
  // log q(z|x_j), at the draw of each row and branch: the squares are expanded into two matrix products.
  const inverse = tf.square(tf.div(1, tf.reshape(sd, [-1, latent])))
  const flat = { z: tf.reshape(z, [-1, latent]), mean: tf.reshape(mean, [-1, latent]) }
  const squares = tf.add(
    tf.sub(
      tf.matMul(tf.square(flat.z), inverse, false, true),
      tf.mul(2, tf.matMul(flat.z, tf.mul(flat.mean, inverse), false, true)),
    ),
    tf.sum(tf.mul(tf.square(flat.mean), inverse), 1),
  )
  const constant = tf.add(tf.mul(0.5, tf.sum(tf.log(inverse), 1)), tf.reshape(logBranch, [-1]))
  const each = tf.reshape(tf.sub(constant, tf.mul(0.5, squares)), [rows, branches, rows, branches])
  const logQ = tf.logSumExp(each, 3)
  const aggregate = tf.logSumExp(tf.add(logQ, share), 2)
  const own = tf.sum(tf.mul(logQ, tf.reshape(tf.eye(rows), [rows, 1, rows])), 2)
  const ofZ = tf.sum(tf.mul(tf.exp(logBranch), tf.sub(own, aggregate)), 1)
  return tf.reshape(tf.sum(tf.mul(counted, tf.add(ofZ, ofW))), [1])
}
