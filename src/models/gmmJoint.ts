import type { Beta } from '../distributions/beta'
import { logistic, type Target } from '../inference/target'
import { logNormal } from './mixtureLikelihood'

/** Standard deviation of the means' prior N(0, 10²), in units of x. */
const MEAN_SD = 10
/** Scale of the standard deviations' half-normal prior, in units of x. */
const SPREAD_SD = 2

/**
 * log p(x, α, μ, σ) with μ1 < μ2, over u = (logit α, μ1, log(μ2 − μ1), log σ1, log σ2); the density includes
 * the Jacobian of the logarithms.
 */
export function jointTarget(x: Float64Array, prior: Beta): Target {
  return {
    dim: 5,
    start: startOf(x),
    names: ['alpha', 'mean1', 'mean2', 'sd1', 'sd2'],
    natural: (u) => [logistic(u[0]), u[1], u[1] + Math.exp(u[2]), Math.exp(u[3]), Math.exp(u[4])],
    logDensity: (u, gradient) => {
      const [alpha, other] = [logistic(u[0]), logistic(-u[0])]
      const apart = Math.exp(u[2])
      const mean = [u[1], u[1] + apart]
      const sd = [Math.exp(u[3]), Math.exp(u[4])]
      if (!(alpha * other > 0 && sd[0] > 1e-100 && sd[1] > 1e-100 && sd[0] < 1e100 && sd[1] < 1e100))
        return -Infinity
      // Σ of responsibilities, and of them times standardised distances and their squares.
      const sums = [0, 0, 0, 0, 0, 0]
      const constants = [0, 1].map((k) => logNormal(mean[k], mean[k], sd[k]) + Math.log(k ? other : alpha))
      let value = 0
      let product = 1
      for (let i = 0; i < x.length; i++) {
        const xi = x[i]
        const d1 = (xi - mean[0]) / sd[0]
        const d2 = (xi - mean[1]) / sd[1]
        const first = constants[0] - 0.5 * d1 * d1
        const second = constants[1] - 0.5 * d2 * d2
        const e = Math.exp(-Math.abs(first - second))
        value += first > second ? first : second
        product *= 1 + e
        if (product > 1e200) {
          value += Math.log(product)
          product = 1
        }
        const r1 = first > second ? 1 / (1 + e) : e / (1 + e)
        const r2 = 1 - r1
        sums[0] += r1
        sums[1] += r1 * d1
        sums[2] += r1 * d1 * d1
        sums[3] += r2
        sums[4] += r2 * d2
        sums[5] += r2 * d2 * d2
      }
      value += Math.log(product)
      if (gradient) {
        const ofMean = [0, 1].map((k) => sums[3 * k + 1] / sd[k] - mean[k] / MEAN_SD ** 2)
        const ofLogSd = [0, 1].map((k) => sums[3 * k + 2] - sums[3 * k] - (sd[k] / SPREAD_SD) ** 2 + 1)
        gradient[0] = sums[0] * other - sums[3] * alpha + prior.a * other - prior.b * alpha
        gradient[1] = ofMean[0] + ofMean[1]
        gradient[2] = ofMean[1] * apart + 1
        gradient[3] = ofLogSd[0]
        gradient[4] = ofLogSd[1]
      }
      const ofPrior =
        prior.logDensity(alpha) +
        Math.log(alpha * other) +
        [0, 1].reduce(
          (sum, k) =>
            sum + logNormal(mean[k], 0, MEAN_SD) + logNormal(sd[k], 0, SPREAD_SD) + Math.log(2) + u[3 + k],
          // Ordered means: twice the density of unordered ones.
          Math.log(2) + u[2],
        )
      return value + ofPrior
    },
  }
}

/** One component near each end of the data, each with a third of their distance as standard deviation. */
function startOf(x: Float64Array): Float64Array {
  const sorted = x.slice().sort()
  const low = sorted[Math.floor(0.1 * (x.length - 1))]
  const high = sorted[Math.ceil(0.9 * (x.length - 1))]
  const apart = Math.max(high - low, 1e-3)
  return Float64Array.of(0, low, Math.log(apart), Math.log(apart / 3), Math.log(apart / 3))
}
