import { Random } from '../support/random'
import type { AuditArrays } from '../../src/audit/arrays'

const [N, L, S, P] = [300, 3, 20, 20]

/** One factor of each of the first two units; the third is not used. */
const W = [
  [1.5, 0, 0],
  [0.5, 1, 0],
  [0, -1, 0],
  [0, 0.5, 0],
  [-1, 0, 0],
]
const SIGMA = 0.5

/**
 * Probabilistic PCA whose posterior is known: x = W z + σ ε with orthogonal columns, so that q(z|x) = p(z|x) has
 * independent units.
 *
 * @param shrink 1 for the exact posterior; 0 for the prior in its place.
 */
export function linearArrays(shrink = 1): { arrays: AuditArrays; logEvidence: number; kl: number } {
  const random = new Random(4)
  const norm = [0, 1, 2].map((u) => W.reduce((sum, row) => sum + row[u] ** 2, 0))
  // Gram–Schmidt of the second column, so that the posterior's covariance is diagonal.
  const dot = W.reduce((sum, row) => sum + row[0] * row[1], 0)
  const weights = W.map(([a, b]) => [a, b - (dot / norm[0]) * a, 0])
  const square = [0, 1, 2].map((u) => weights.reduce((sum, row) => sum + row[u] ** 2, 0))
  const variance = square.map((s) => 1 / (1 + s / SIGMA ** 2))
  const mean = new Float32Array(N * L)
  const sd = new Float32Array(N * L)
  const z = new Float32Array(N * S * L)
  const logLikelihood = new Float32Array(N * S)
  const priorLogLikelihood = new Float32Array(N * P)
  let logEvidence = 0
  let kl = 0
  for (let i = 0; i < N; i++) {
    const truth = [0, 1, 2].map(() => random.normal())
    const x = weights.map((row) => row.reduce((sum, w, u) => sum + w * truth[u], SIGMA * random.normal()))
    const log = (code: number[]): number =>
      weights.reduce((sum, row, d) => {
        const eta = row.reduce((total, w, u) => total + w * code[u], 0)
        return sum - (x[d] - eta) ** 2 / (2 * SIGMA ** 2) - Math.log(SIGMA) - Math.log(2 * Math.PI) / 2
      }, 0)
    const exact = variance.map(
      (v, u) => (v * weights.reduce((sum, row, d) => sum + row[u] * x[d], 0)) / SIGMA ** 2,
    )
    // log p(x) = log p(x|z) + log p(z) − log p(z|x) at any z, here 0.
    logEvidence +=
      (log([0, 0, 0]) +
        exact.reduce((sum, m, u) => sum + Math.log(variance[u]) / 2 + m ** 2 / (2 * variance[u]), 0)) /
      N
    for (let u = 0; u < L; u++) {
      mean[i * L + u] = shrink * exact[u]
      sd[i * L + u] = shrink ? Math.sqrt(variance[u]) : 1
      kl += (sd[i * L + u] ** 2 + mean[i * L + u] ** 2 - 1 - Math.log(sd[i * L + u] ** 2)) / 2 / N
    }
    for (let s = 0; s < S; s++) {
      const code = [0, 1, 2].map((u) => mean[i * L + u] + sd[i * L + u] * random.normal())
      z.set(code, (i * S + s) * L)
      logLikelihood[i * S + s] = log(code)
    }
    for (let s = 0; s < P; s++) priorLogLikelihood[i * P + s] = log([0, 1, 2].map(() => random.normal()))
  }
  const of = (values: Float32Array, ...shape: number[]) => ({ shape, values })
  return {
    arrays: {
      mean: of(mean, N, L),
      sd: of(sd, N, L),
      z: of(z, N, S, L),
      logLikelihood: of(logLikelihood, N, S),
      priorLogLikelihood: of(priorLogLikelihood, N, P),
    },
    logEvidence,
    kl,
  }
}
