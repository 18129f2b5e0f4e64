import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { ArgumentError, requireInteger } from '../base/errors'
import { numbersOf } from './spec'

/** Latent means in two dimensions. */
export interface Projection {
  /** Two coordinates per data point, in the given order. */
  readonly points: readonly { readonly x: number; readonly y: number }[]
  /** Fraction of the variance along each axis. */
  readonly explained: readonly [number, number]
}

/**
 * The first two principal components of latent means: the directions of largest variance.
 *
 * With one or two units the coordinates are returned unchanged. The sign of an axis is chosen so that its
 * largest loading is positive, so that the picture is always the same.
 *
 * @param means Posterior means, `[count, latent]` flattened.
 * @param latent Number of latent units.
 * @returns Two coordinates per point, and the fraction of variance that each axis explains.
 * @throws ArgumentError if the length is not a multiple of `latent`, or a value is not finite.
 * @example
 * const { mean } = await lid.encode(model, test)
 * const { points, explained } = lid.plots.projectLatent(mean, model.latent)
 */
export function projectLatent(means: ArrayLike<number>, latent: number): Projection {
  requireInteger('latent', latent)
  const values = numbersOf('means', means)
  const count = values.length / latent
  if (!Number.isInteger(count))
    throw new ArgumentError(
      'means',
      means,
      `an array whose length is a multiple of ${latent}`,
      'Give all units of each data point.',
    )
  const data = Matrix.from1DArray(count, latent, values)
  if (latent <= 2) return { points: pairs(data), explained: shares(data) }
  data.subRowVector(data.mean('column'))
  const covariance = data
    .transpose()
    .mmul(data)
    .div(Math.max(1, count - 1))
  const decomposition = new EigenvalueDecomposition(covariance, { assumeSymmetric: true })
  const order = decomposition.realEigenvalues
    .map((value, index) => ({ value: Math.max(0, value), index }))
    .sort((a, b) => b.value - a.value)
  const total = order.reduce((sum, { value }) => sum + value, 0)
  const axes = new Matrix(latent, 2)
  for (const axis of [0, 1]) {
    const loadings = decomposition.eigenvectorMatrix.getColumn(order[axis].index)
    const largest = loadings.reduce(
      (best, value) => (Math.abs(value) > Math.abs(best) + 1e-12 ? value : best),
      0,
    )
    axes.setColumn(axis, largest < 0 ? loadings.map((value) => -value) : loadings)
  }
  const share = (axis: number) => (total > 0 ? order[axis].value / total : 0)
  return { points: pairs(data.mmul(axes)), explained: [share(0), share(1)] }
}

/** Shares of two columns in their variance; a missing or constant column has none. */
function shares(data: Matrix): [number, number] {
  const [first, second = 0] = data.variance('column', { unbiased: false })
  const total = first + second
  return total > 0 ? [first / total, second / total] : [0, 0]
}

const pairs = (data: Matrix) =>
  Array.from({ length: data.rows }, (_, i) => ({
    x: data.get(i, 0),
    y: data.columns > 1 ? data.get(i, 1) : 0,
  }))
