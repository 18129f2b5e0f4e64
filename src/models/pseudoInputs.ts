import * as tf from '@tensorflow/tfjs'
import type { DataSet } from '../data/dataset'
import type { Likelihood } from '../distributions/likelihood'
import { ArgumentError } from '../base/errors'
import type { PosteriorMoments } from './posterior'
import type { PseudoInputs } from './prior'

/**
 * Pseudo-images: rows of unconstrained numbers, mapped into (0, 1) where the data are binary or intensities,
 * logarithms where counts enter the encoder as such.
 */
export function pseudoRows(
  kind: string,
  { flow, posterior }: { flow?: unknown; posterior?: string },
  likelihood: Likelihood,
  encode: (x: tf.Tensor) => PosteriorMoments,
): PseudoInputs<DataSet> {
  if (flow !== undefined || posterior === 'q(w|x) q(z|x,w)')
    throw new ArgumentError(
      'prior',
      'vampPrior',
      `one that works for a ${kind} with ${flow ? 'a flow' : `posterior '${posterior}'`}`,
      'It is built from q(z|u), which must be a single normal.',
    )
  const isShare = likelihood.name === 'bernoulli'
  const isLog = likelihood.encode === 'log1p'
  return {
    shape: [likelihood.dim],
    encode: (free) => encode(isShare ? tf.sigmoid(free) : isLog ? tf.expm1(free) : free),
    startAt: (train, rows) => {
      const x = train.rows(rows)
      return isShare ? x.map(logOdds) : isLog ? x.map(Math.log1p) : x
    },
  }
}

/** Log-odds of a share, kept within ±log 49. */
const logOdds = (x: number): number => {
  const p = Math.min(Math.max(x, 0.02), 0.98)
  return Math.log(p / (1 - p))
}
