import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import type { ModelData } from '../../data/modelData'
import { requireInteger, requirePositive } from '../../base/errors'
import { resolveOptions } from '../../base/options'
import type { Model } from '../../models/model'
import { Work } from '../../platform/cancellation'
import type { Estimate } from '../../base/estimate'
import { accuracy, labelledCodes, type LabelledCodes } from './codes'

/** Options of `linear`. */
export interface LinearProbeOptions {
  /** λ, the weight of the ridge penalty; 1e-3 by default. */
  ridge?: number
  /** Maximum number of iterations; 500 by default. */
  iterations?: number
}

/** Largest gradient component at which a fit counts as converged. */
const TOLERANCE = 1e-5

/**
 * The linear probe: multinomial logistic regression of the label on E[z|x], fitted to the training points and
 * scored on the test points. With codes u standardised by the training points' means and standard deviations
 * it minimises −(1/N) Σ_i log softmax(u_i W + b)_(label i) + (λ/2)‖W‖².
 *
 * @param model a model.
 * @param train labelled data the probe is fitted to.
 * @param test labelled data whose labels are predicted.
 * @param options `{ ridge = 1e-3, iterations = 500 }`.
 * @returns a fraction, with its binomial standard error over test points.
 * @throws ArgumentError if the data have no labels or do not fit the model, or an option is invalid.
 * @example
 * const { value } = await lid.probes.linear(model, train, test)
 * @see Alain & Bengio 2017; Böhning 1992, the curvature bound that the fit uses.
 */
export async function linear<D extends ModelData>(
  model: Model<D>,
  train: D,
  test: D,
  options: LinearProbeOptions = {},
): Promise<Estimate> {
  const { ridge, iterations } = resolveOptions('probes.linear', options, { ridge: 1e-3, iterations: 500 })
  requirePositive('ridge', ridge)
  requireInteger('iterations', iterations)
  const codes = await labelledCodes('probes.linear', model, train, test)
  const scale = standardizer(codes.train)
  const probe = await fitSoftmax(scale(codes.train), codes.train.labels, ridge, iterations)
  const scores = scale(codes.test).mmul(probe.weights)
  const predicted = Array.from({ length: test.size }, (_, i) => scores.maxRowIndex(i)[1])
  return accuracy(
    predicted,
    codes.test.labels,
    `logistic regression, ridge ${ridge}, ${train.size} training points, ${test.size} test points${probe.done ? '' : `, stopped after ${iterations} iterations`}`,
  )
}

/**
 * Standardises codes by the moments of given codes and appends a column of ones; a constant unit becomes 0.
 */
function standardizer({ size, latent, codes }: LabelledCodes): (codes: LabelledCodes) => Matrix {
  const mean = new Float64Array(latent)
  const square = new Float64Array(latent)
  for (let i = 0; i < size * latent; i++) mean[i % latent] += codes[i] / size
  for (let i = 0; i < size * latent; i++) square[i % latent] += (codes[i] - mean[i % latent]) ** 2 / size
  const inverse = square.map((s, u) => (s > 1e-12 * (1 + mean[u] ** 2) ? 1 / Math.sqrt(s) : 0))
  return (given) =>
    new Matrix(
      Array.from({ length: given.size }, (_, i) =>
        Array.from({ length: latent + 1 }, (_value, u) =>
          u === latent ? 1 : (given.codes[i * latent + u] - mean[u]) * inverse[u],
        ),
      ),
    )
}

/** A softmax regression. */
export interface SoftmaxFit {
  /** `[columns, classes]`, the last row the bias. */
  weights: Matrix
  /** Whether the largest gradient component fell below the tolerance. */
  done: boolean
}

/**
 * Minimises the loss of a softmax regression with a ridge penalty on all rows of the weights except the last,
 * by accelerated descent. It uses the bound ½ XᵀX/N + λ on the curvature of each class, so that no step is
 * too long. The momentum is reset if it points uphill.
 */
export async function fitSoftmax(
  x: Matrix,
  labels: ArrayLike<number>,
  ridge: number,
  iterations: number,
): Promise<SoftmaxFit> {
  const [size, columns] = [x.rows, x.columns]
  let classes = 0
  for (let i = 0; i < labels.length; i++) classes = Math.max(classes, labels[i] + 1)
  const transposed = x.transpose()
  const bound = transposed.mmul(x).mul(0.5 / size)
  for (let u = 0; u < columns; u++) bound.set(u, u, bound.get(u, u) + (u < columns - 1 ? ridge : 0))
  const solver = new CholeskyDecomposition(bound)
  let weights = Matrix.zeros(columns, classes)
  let ahead = weights
  let momentum = 1
  const work = new Work('probes.linear')
  try {
    for (let iteration = 0; iteration < iterations; iteration++) {
      await work.pause()
      const slope = transposed.mmul(residuals(x.mmul(ahead), labels)).mul(1 / size)
      for (let u = 0; u < columns - 1; u++)
        for (let c = 0; c < classes; c++) slope.set(u, c, slope.get(u, c) + ridge * ahead.get(u, c))
      if (Math.max(slope.max(), -slope.min()) < TOLERANCE) return { weights: ahead, done: true }
      const next = Matrix.sub(ahead, solver.solve(slope))
      const move = Matrix.sub(next, weights)
      // Momentum that points uphill is reset (O'Donoghue & Candès 2015).
      if (Matrix.mul(slope, move).sum() > 0) momentum = 1
      const after = (1 + Math.sqrt(1 + 4 * momentum ** 2)) / 2
      ahead = Matrix.add(next, move.mul((momentum - 1) / after))
      weights = next
      momentum = after
    }
  } finally {
    work.end()
  }
  return { weights, done: false }
}

/** softmax(scores) minus the labels' indicators, in place. */
function residuals(scores: Matrix, labels: ArrayLike<number>): Matrix {
  for (let i = 0; i < scores.rows; i++) {
    const most = scores.maxRow(i)
    let total = 0
    for (let c = 0; c < scores.columns; c++) total += Math.exp(scores.get(i, c) - most)
    for (let c = 0; c < scores.columns; c++)
      scores.set(i, c, Math.exp(scores.get(i, c) - most) / total - (c === labels[i] ? 1 : 0))
  }
  return scores
}
