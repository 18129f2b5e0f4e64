import * as tf from '@tensorflow/tfjs'
import type { Spec } from './spec'

/**
 * The four models in plain tfjs as a person would write them: tf.matMul, tfjs's own gradients, no kernels of
 * lidvae. The Brenier map stands in closed form, since tfjs cannot differentiate a gradient that went through
 * leaky ReLU. Names and shapes of weights are lidvae's.
 */
export class PlainModel {
  constructor(
    private readonly spec: Spec,
    private readonly weights: Map<string, tf.Tensor>,
  ) {}

  private weight(name: string): tf.Tensor {
    const found = this.weights.get(name)
    if (!found) throw new Error(`there is no weight ${name}`)
    return found
  }

  private mlp(name: string, x: tf.Tensor): tf.Tensor {
    let h = x
    for (let layer = 0; this.weights.has(`${name}/${layer}/W`); layer++) {
      const input = layer ? tf.relu(h) : h
      h = tf.add(tf.matMul(input, this.weight(`${name}/${layer}/W`)), this.weight(`${name}/${layer}/b`))
    }
    return h
  }

  /** g = ∇f + u of an input-convex network of two hidden layers. */
  private brenier(name: string, u: tf.Tensor): tf.Tensor {
    const [A0, A1, b0, b1, V, v, a] = ['A0', 'A1', 'b0', 'b1', 'V1', 'v', 'a'].map((part) =>
      this.weight(`${name}/${part}`),
    )
    const W = tf.div(tf.softplus(V), V.shape[0])
    const [first, second] = [tf.add(tf.matMul(u, A0), b0), tf.add(tf.matMul(u, A1), b1)]
    const h = tf.square(tf.leakyRelu(first, 0.2))
    const s0 = tf.mul(tf.leakyRelu(first, 0.04), 2)
    const s1 = tf.add(tf.mul(tf.sigmoid(tf.add(tf.matMul(h, W), second)), 0.8), 0.2)
    const d1 = tf.mul(s1, tf.softplus(v))
    const d0 = tf.mul(tf.matMul(d1, W, false, true), s0)
    const sum = tf.add(tf.matMul(d0, A0, false, true), tf.matMul(d1, A1, false, true))
    return tf.add(tf.add(sum, a), u)
  }

  /** B + (s I − B Qᵀ) Q. */
  private fullRank(name: string, scale: number): tf.Tensor {
    const [B, Q] = [this.weight(`${name}/B`), this.weight(`${name}/Q`)]
    const inside = tf.sub(tf.mul(tf.eye(B.shape[0]), scale), tf.matMul(B, Q, false, true))
    return tf.add(B, tf.matMul(inside, Q))
  }

  /** η(z), rows of z. */
  private decode(z: tf.Tensor): tf.Tensor {
    if (!this.weights.has('decoder/beta/B')) return this.mlp('decoder', z)
    const u = this.brenier('decoder/g1', z)
    const v = tf.add(tf.matMul(u, this.fullRank('decoder/beta', 1)), this.weight('decoder/beta/c'))
    return this.brenier('decoder/g2', v)
  }

  private encode(x: tf.Tensor): [tf.Tensor, tf.Tensor] {
    const [mean, free] = tf.split(this.mlp('encoder/z', x), 2, 1)
    return [mean, tf.add(tf.softplus(free), 1e-3)]
  }

  /** −ELBO in nats a data point. @param noise `[batch, latent]` */
  loss(x: tf.Tensor, noise: tf.Tensor): tf.Scalar {
    const [mean, sd] = this.encode(x)
    const eta = this.decode(tf.add(mean, tf.mul(sd, noise)))
    const reconstruction = tf.sum(tf.sub(tf.mul(x, eta), tf.softplus(eta)), 1)
    const kl = this.spec.components > 1 ? this.mixtureKl(x, mean, sd) : standardKl(mean, sd)
    return tf.mean(tf.sub(kl, reconstruction))
  }

  /** KL of q(w|x) and, averaged over it, of q(z|x). */
  private mixtureKl(x: tf.Tensor, mean: tf.Tensor, sd: tf.Tensor): tf.Tensor {
    const logW = tf.logSoftmax(this.mlp('encoder/w', x))
    const [m, s] = [tf.expandDims(mean, 1), tf.expandDims(sd, 1)]
    const priorSd = tf.add(tf.softplus(this.weight('prior/gamma')), 0.3)
    const priorMean = this.weights.has('prior/means')
      ? this.weight('prior/means')
      : this.fullRank('prior/means', 2)
    const spread = tf.div(
      tf.add(tf.square(s), tf.square(tf.sub(m, priorMean))),
      tf.mul(tf.square(priorSd), 2),
    )
    const kl = tf.sum(tf.sub(tf.add(tf.sub(tf.log(priorSd), tf.log(s)), spread), 0.5), 2)
    return tf.sum(tf.mul(tf.exp(logW), tf.add(kl, tf.add(logW, Math.log(this.spec.components)))), 1)
  }

  /** Importance-weighted log p(x) of each row, z ~ N(0, I). @param noise `[batch, samples, latent]` */
  importance(x: tf.Tensor, noise: tf.Tensor): tf.Tensor {
    const [batch, samples, latent] = noise.shape
    const [mean, sd] = this.encode(x).map((t) => tf.expandDims(t, 1))
    const z = tf.add(mean, tf.mul(sd, noise))
    const eta = tf.reshape(this.decode(tf.reshape(z, [batch * samples, latent])), [
      batch,
      samples,
      this.spec.dim,
    ])
    const logLikelihood = tf.sum(tf.sub(tf.mul(tf.expandDims(x, 1), eta), tf.softplus(eta)), 2)
    const logPrior = tf.mul(tf.sum(tf.square(z), 2), -0.5)
    const logPosterior = tf.sub(tf.mul(tf.sum(tf.square(noise), 2), -0.5), tf.sum(tf.log(sd), 2))
    const logRatio = tf.sub(tf.add(logLikelihood, logPrior), logPosterior)
    return tf.sub(tf.logSumExp(logRatio, 1), Math.log(samples))
  }
}

/** KL(N(mean, sd²) ‖ N(0, I)) of each row. */
const standardKl = (mean: tf.Tensor, sd: tf.Tensor): tf.Tensor =>
  tf.sum(tf.sub(tf.mul(tf.sub(tf.add(tf.square(mean), tf.square(sd)), 1), 0.5), tf.log(sd)), 1)
