import * as tf from '@tensorflow/tfjs'
import { DataSet } from '../../src/data/dataset'
import { bernoulli } from '../../src/distributions/bernoulli'
import { Parameters } from '../../src/compute/parameters'
import { independent } from '../../src/models/conditional'
import { Model } from '../../src/models/model'
import { matMul } from '../../src/compute/ops'
import type { Moments } from './known'

/**
 * A few binary pixels, a decoder that is not linear, and a mixture of two or a normal: small enough to
 * enumerate x and integrate z.
 */
export const PIXELS = 3

export interface Pixels {
  means: number[][]
  sds: number[][]
  /** η(z) = tanh(z A) B + c. */
  A: number[][]
  B: number[][]
  c: number[]
}

const A = [
  [1.3, -0.8],
  [0.4, 1.1],
]
const B = [
  [2, -1.5, 0.5],
  [-0.7, 1.2, 1.8],
]
const c = [0.3, -0.4, 0.1]

/** Latent 1, no components. */
export const onePixelModel: Pixels = { means: [[0]], sds: [[1]], A: [A[0]], B, c }
/** Latent 2, three components. */
export const mixedPixels: Pixels = {
  means: [
    [-1, 0.5],
    [1.2, 0],
    [0, -1],
  ],
  sds: [
    [0.6, 1],
    [0.8, 0.5],
    [1, 0.9],
  ],
  A,
  B,
  c,
}

const times = (row: number[], matrix: number[][]): number[] =>
  matrix[0].map((_, j) => row.reduce((sum, v, i) => sum + v * matrix[i][j], 0))

/** log p(x|z) in doubles. */
export function logLikelihoodAt({ A, B, c }: Pixels, x: number[], z: number[]): number {
  const h = times(z, A).map(Math.tanh)
  return times(h, B).reduce((sum, value, d) => {
    const eta = value + c[d]
    return sum + x[d] * eta - Math.log1p(Math.exp(eta))
  }, 0)
}

/** All 2^PIXELS images. */
export const allImages: number[][] = Array.from({ length: 2 ** PIXELS }, (_, i) =>
  Array.from({ length: PIXELS }, (_value, d) => (i >> d) & 1),
)

export const imageData = new DataSet({
  name: 'all images',
  x: Float32Array.from(allImages.flat()),
  shape: [PIXELS],
  values: 'binary',
  source: 'made by a test',
})

/** A posterior that answers the same whatever x is: q(w|x), and one q(z|x) or one for each w. */
export interface Answer {
  qw: number[]
  q: Moments[]
}

/** The pixels as a real model with a custom posterior. */
export function pixelModel(pixels: Pixels, answer: Answer): Model {
  const parameters = Parameters.from(0)
  const [components, latent, branches] = [pixels.means.length, pixels.means[0].length, answer.q.length]
  const constant = (name: string, rows: number[][]): tf.Tensor =>
    parameters.constant(name, rows.flat(), [rows.length, rows[0].length])
  const [a, b, bias] = [constant('A', pixels.A), constant('B', pixels.B), constant('c', [pixels.c])]
  const [priorMean, priorSd] = [constant('means', pixels.means), constant('sds', pixels.sds)]
  const mean = constant(
    'q means',
    answer.q.map((m) => m.mean),
  )
  const sd = constant(
    'q sds',
    answer.q.map((m) => m.sd),
  )
  const logW = constant('log w', [answer.qw.map(Math.log)])
  return new Model({
    kind: components > 1 ? 'gmvae' : 'vae',
    parameters,
    conditional: independent(parameters, bernoulli(PIXELS), {
      from: latent,
      to: PIXELS,
      apply: (z) => tf.add(matMul(tf.tanh(matMul(z, a)), b), bias),
    }),
    prior: {
      kind: components > 1 ? 'free means' : 'standard normal',
      components,
      latent,
      distinct: false,
      moments: () => ({ mean: priorMean, sd: priorSd }),
    },
    posterior: {
      family: components === 1 ? 'q(z|x)' : branches > 1 ? 'q(w|x) q(z|x,w)' : 'q(w|x) q(z|x)',
      branches,
      encode: (x) => {
        const repeat = (t: tf.Tensor): tf.Tensor => tf.tile(tf.expandDims(t, 0), [x.shape[0], 1, 1])
        return { mean: repeat(mean), sd: repeat(sd), logW: tf.squeeze(repeat(logW), [1]) }
      },
    },
  })
}
