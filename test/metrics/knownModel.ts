import * as tf from '@tensorflow/tfjs'
import { DataSet } from '../../src/data/dataset'
import { gaussian } from '../../src/distributions/gaussian'
import { inverseSoftplus, Parameters } from '../../src/compute/parameters'
import { independent } from '../../src/models/conditional'
import type { DecoderBuilder } from '../../src/models/decoder'
import { Model } from '../../src/models/model'
import type { EncoderBuilder } from '../../src/models/posterior'
import { posteriorGivenW, type Inference, type Known } from './known'

/** Rows as data of a Gaussian likelihood. */
export const realData = (rows: number[][], labels?: number[]): DataSet =>
  new DataSet({
    name: 'known',
    x: Float32Array.from(rows.flat()),
    shape: [rows[0].length],
    values: 'real',
    labels: labels && Int32Array.from(labels),
    source: 'made by a test',
  })

/** η(z) = z · slopes, unit by unit: a custom decoder with fixed weights. */
export const scaling =
  (slopes: number[]): DecoderBuilder =>
  (parameters, latent, dim) => {
    const a = parameters.constant('slopes', slopes, [1, latent])
    return { from: latent, to: dim, apply: (z) => tf.mul(z, a) }
  }

/**
 * A custom encoder, affine in x per unit: mean offset + gain · x, and a standard deviation that is independent of x.
 */
export const affineEncoder =
  (gain: number[], offset: number[], sd: number[]): EncoderBuilder =>
  (parameters, from, to) => {
    const g = parameters.constant('gain', gain, [1, from])
    const o = parameters.constant('offset', offset, [1, from])
    const free = parameters.constant(
      'free',
      sd.map((s) => inverseSoftplus(s - 1e-3)),
      [1, from],
    )
    return {
      from,
      to,
      apply: (x) => tf.concat([tf.add(tf.mul(x, g), o), tf.mul(free, tf.onesLike(x))], 1),
    }
  }

/** The encoder whose q(z|x) is the exact posterior of a known model with one component. */
export function exactEncoder(known: Known): EncoderBuilder {
  const origin = posteriorGivenW(
    known,
    known.slopes.map(() => 0),
    0,
  )
  const unit = posteriorGivenW(
    known,
    known.slopes.map(() => 1),
    0,
  )
  return affineEncoder(
    unit.mean.map((m, u) => m - origin.mean[u]),
    origin.mean,
    unit.sd,
  )
}

/**
 * A known model as a real `Model` whose inference network answers from a table made by `inference` for the
 * given rows, in their order, whole chunks only: the row's first number is its key.
 */
export function tableModel(known: Known, rows: number[][], inference: Inference): Model {
  const parameters = Parameters.from(0)
  const [latent, components] = [known.slopes.length, known.means.length]
  const answers = rows.map((x) => ({ q: inference.q(x), qw: inference.qw(x) }))
  const branches = answers[0].q.length
  const keys = parameters.constant(
    'keys',
    rows.map((x) => x[0]),
    [1, rows.length],
  )
  const table = (name: string, values: number[], shape: number[]): tf.Tensor =>
    parameters.constant(name, values, [rows.length, ...shape])
  const mean = table(
    'mean',
    answers.flatMap(({ q }) => q.flatMap((m) => m.mean)),
    [branches * latent],
  )
  const sd = table(
    'sd',
    answers.flatMap(({ q }) => q.flatMap((m) => m.sd)),
    [branches * latent],
  )
  const logW = table(
    'logW',
    answers.flatMap(({ qw }) => qw.map(Math.log)),
    [components],
  )
  const priorMean = parameters.constant('prior mean', known.means.flat(), [components, latent])
  const priorSd = parameters.constant('prior sd', known.sds.flat(), [components, latent])
  return new Model({
    kind: components > 1 ? 'gmvae' : 'vae',
    parameters,
    conditional: independent(
      parameters,
      gaussian(latent, { sigma: known.sigma }),
      scaling(known.slopes)(parameters, latent, latent),
    ),
    prior: {
      kind: 'free means',
      components,
      latent,
      distinct: false,
      moments: () => ({ mean: priorMean, sd: priorSd }),
    },
    posterior: {
      family: branches === components ? 'q(w|x) q(z|x,w)' : 'q(w|x) q(z|x)',
      branches,
      encode: (x) => {
        const batch = x.shape[0]
        const first = tf.slice(x, [0, 0], [batch, 1])
        const chosen = tf.argMin(tf.abs(tf.sub(first, keys)), 1)
        const of = (values: tf.Tensor, shape: number[]): tf.Tensor =>
          tf.reshape(tf.gather(values, chosen), [batch, ...shape])
        return {
          mean: of(mean, [branches, latent]),
          sd: of(sd, [branches, latent]),
          logW: of(logW, [components]),
        }
      },
    },
  })
}
