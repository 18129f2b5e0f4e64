import { EigenvalueDecomposition, inverse, Matrix } from 'ml-matrix'
import { ArgumentError, requireInteger, unquoted } from '../base/errors'
import { resolveOptions } from '../base/options'
import { RandomDoubles } from '../compute/streams'
import { ppca, type Ppca, type PpcaOptions } from './ppca'
import { dimOf, realRows, type RealRows } from './rows'

/** How `fitPpca` estimates W and σ. */
export type PpcaEstimator = 'maximum likelihood' | 'em' | 'variational'

/** Options of `fitPpca`. */
export interface PpcaFitOptions {
  /** Units of z. */
  latent: number
  /** Dimension of x; needed where the data are plain numbers, row after row, and otherwise theirs. */
  dim?: number
  /**
   * `'maximum likelihood'` in closed form (default); `'em'`; or `'variational'`, EM with the best q(z|x)
   * whose units are independent, as in a linear VAE.
   */
  estimator?: PpcaEstimator
  /** Random starts of the two iterative estimators; 4 by default. */
  starts?: number
  /** Maximum number of iterations; 2000 by default. */
  iterations?: number
  /** 0 by default. */
  seed?: number
}

/** The result of one start of `fitPpca`. */
export interface PpcaFit {
  /** The model as estimated. */
  model: Ppca
  /**
   * What the estimator maximises, summed over the data, nats: log likelihood, or the bound of
   * `'variational'`.
   */
  objective: number
  /** Iterations until the objective converged; 0 in closed form. */
  iterations: number
}

/** The objective has converged when an iteration gains less than this, in nats per data point. */
const STILL = 1e-10

/**
 * Estimates W and σ of probabilistic PCA. In closed form: W = U(Λ − σ²I)^½ of the covariance's largest
 * eigenvalues Λ and eigenvectors U, σ² the mean of the others. By EM: z's exact moments, then W and σ by
 * regression, from random starts.
 *
 * @param x data: a data set, an array of rows, or plain numbers `[N, dim]`, which need `dim`.
 * @param options
 *   `{ latent, dim, estimator = 'maximum likelihood', starts = 4, iterations = 2000, seed = 0 }`.
 * @returns the result of every start, the best first; a single one in closed form.
 * @throws ArgumentError for options out of range, plain numbers without `dim`, latent ≥ dim, or data that
 *   vary in at most `latent` directions.
 * @example
 * const { x } = lid.ppca({ weights: [[1, 2, 0]], sigma: 0.5 }).sample({ size: 100, seed: 1 })
 * const [best] = lid.fitPpca(x, { latent: 2, dim: 3 })
 * @see Tipping & Bishop 1999, eqs. 7, 8, 26 and 27; Lucas et al. 2019, section 3.
 */
export function fitPpca(x: RealRows, options: PpcaFitOptions): PpcaFit[] {
  const { latent, estimator, starts, iterations, seed } = resolveOptions(
    'fitPpca',
    options,
    {
      latent: undefined,
      dim: undefined,
      estimator: 'maximum likelihood',
      starts: 4,
      iterations: 2000,
      seed: 0,
    },
    '{ latent: 2, dim: 3 }',
  )
  requireInteger('latent', latent)
  const dim = options.dim ?? dimOf(x)
  if (dim === undefined) {
    // What are no numbers at all is said of x.
    realRows(x, 1)
    throw new ArgumentError(
      'dim',
      dim,
      'given for plain numbers, the length of a row',
      'Write, say, { latent: 2, dim: 3 }.',
    )
  }
  requireInteger('dim', dim)
  requireInteger('starts', starts)
  requireInteger('iterations', iterations)
  requireInteger('seed', seed, 0)
  if (latent >= dim)
    throw new ArgumentError(
      'latent',
      latent,
      `less than ${dim}, the dimension of x`,
      'Otherwise nothing is left to estimate σ from.',
    )
  const rows = realRows(x, dim)
  const size = rows.length / dim
  const mean = Array.from({ length: dim }, (_, d) => {
    let sum = 0
    for (let i = 0; i < size; i++) sum += rows[i * dim + d]
    return sum / size
  })
  const covariance = Matrix.zeros(dim, dim)
  for (let i = 0; i < size; i++)
    for (let d = 0; d < dim; d++)
      for (let e = 0; e < dim; e++) {
        const product = (rows[i * dim + d] - mean[d]) * (rows[i * dim + e] - mean[e])
        covariance.set(d, e, covariance.get(d, e) + product / size)
      }
  const best = closedForm(covariance, mean, latent)
  if (estimator === 'maximum likelihood') {
    const model = ppca(best)
    return [{ model, objective: total(model.logEvidence(rows)), iterations: 0 }]
  }
  if (estimator !== 'em' && estimator !== 'variational')
    throw new ArgumentError('estimator', estimator, "'maximum likelihood', 'em' or 'variational'")
  const random = RandomDoubles.of(seed, 'fitPpca')
  return Array.from({ length: starts }, () => {
    const weights = Matrix.zeros(latent, dim)
    for (let k = 0; k < latent; k++) for (let d = 0; d < dim; d++) weights.set(k, d, random.normal())
    return climb(rows, mean, covariance, weights, estimator === 'variational', iterations)
  }).sort((one, other) => other.objective - one.objective)
}

function closedForm(covariance: Matrix, mean: number[], latent: number): PpcaOptions {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, {
    assumeSymmetric: true,
  })
  const order = realEigenvalues
    .map((value, i) => ({ value, i }))
    .sort((one, other) => other.value - one.value)
  const rest = order.slice(latent)
  const variance = rest.reduce((sum, { value }) => sum + value, 0) / rest.length
  // Rounding turns an eigenvalue of 0 into about this share of the trace.
  if (!(variance > 1e-13 * covariance.trace()))
    throw new ArgumentError(
      'x',
      unquoted(`data that vary in ${order.filter(({ value }) => value > 1e-13 * covariance.trace()).length}`),
      `data that vary in more than ${latent} directions`,
      'Otherwise σ would be 0: give more data, or use fewer units.',
    )
  return {
    weights: order
      .slice(0, latent)
      .map(({ value, i }) =>
        eigenvectorMatrix.getColumn(i).map((u) => u * Math.sqrt(Math.max(0, value - variance))),
      ),
    sigma: Math.sqrt(variance),
    mean,
  }
}

/** EM on the covariance alone, which is sufficient for W and σ. */
function climb(
  rows: Float64Array,
  mean: number[],
  covariance: Matrix,
  start: Matrix,
  independent: boolean,
  most: number,
): PpcaFit {
  const [latent, dim] = [start.rows, start.columns]
  const size = rows.length / dim
  let weights = start
  let sigma = Math.sqrt(covariance.trace() / dim)
  let model = ppca({ weights: weights.to2DArray(), sigma, mean })
  let objective = -Infinity
  let used = 0
  for (; ; used++) {
    const precision = Matrix.add(
      Matrix.eye(latent),
      Matrix.div(weights.mmul(weights.transpose()), sigma * sigma),
    )
    const exact = inverse(precision)
    const spread = independent ? Matrix.diag(precision.diagonal().map((value) => 1 / value)) : exact
    // KL(q(z|x) ‖ p(z|x)), the same at every x, since the means agree.
    const gap = independent
      ? (precision.diagonal().reduce((sum, value) => sum + Math.log(value), 0) -
          2 * model.mutualInformation()) /
        2
      : 0
    const next = total(model.logEvidence(rows)) - size * gap
    const gained = (next - objective) / size
    objective = next
    if (gained < STILL || used === most) break
    const gain = Matrix.div(exact.mmul(weights), sigma * sigma)
    const cross = gain.mmul(covariance)
    const second = Matrix.add(spread, cross.mmul(gain.transpose()))
    weights = inverse(second).mmul(cross)
    const explained = weights.transpose().mmul(cross).trace()
    sigma = Math.sqrt((covariance.trace() - explained) / dim)
    model = ppca({ weights: weights.to2DArray(), sigma, mean })
  }
  return { model, objective, iterations: used }
}

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0)
