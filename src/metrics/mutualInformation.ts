import { permutation, streamKey } from '../compute/streams'
import { meanEstimate, type Estimate } from '../base/estimate'
import type { Encoded } from './evaluation'
import { logSumExp } from './logLikelihood'
import { requireEvaluation } from './requireEvaluation'

const HALF_LOG_2PI = Math.log(2 * Math.PI) / 2

/**
 * Mutual information between data and latent variables under q: I(x; v) = E_x KL(q(v|x) ‖ q(v)), where q(v)
 * is the aggregate posterior over these data. For w it is exact, at most log K; for z it is a Monte Carlo
 * estimate with one draw per data point, at most log N. As an estimate for the whole distribution it is
 * biased downwards, because N data points vary less: the bias is small well below the cap; within 0.2 nat of
 * the cap the estimate is only a lower bound.
 *
 * @param evaluation from `evaluate`.
 * @returns `{ z, w }` in nats, with caps; w is 0 without components.
 * @throws ArgumentError for anything else.
 * @example
 * const { w } = lid.mutualInformation(evaluation) // 0 where the posterior of w has collapsed
 * @see Hoffman & Johnson 2016; Wang, Blei, Cunningham 2021, section 4 (MI).
 */
export function mutualInformation(evaluation: Encoded): { z: Estimate; w: Estimate } {
  requireEvaluation(evaluation, 'mean', 'sd', 'z', 'logW')
  return { z: ofZ(evaluation), w: ofW(evaluation) }
}

function ofW({ size, components, logW }: Encoded): Estimate {
  const logMean = Float64Array.from(
    { length: components },
    (_, k) => logSumExp(logW, k, size, components) - Math.log(size),
  )
  const each = Float64Array.from({ length: size }, (_, i) => {
    let sum = 0
    for (let k = 0; k < components; k++) {
      const log = logW[i * components + k]
      sum += Math.exp(log) * (log - logMean[k])
    }
    return sum
  })
  const estimate = meanEstimate(
    each,
    `aggregate posterior, exact sum over ${components} components, ${size} data points`,
  )
  return components === 1
    ? { ...estimate, value: 0, standardError: 0 }
    : { ...estimate, cap: Math.log(Math.min(size, components)) }
}

/**
 * q(z|x) is a normal, or a mixture of K normals when z depends on w; evaluated for all pairs of draws and
 * data points, in double precision.
 */
function ofZ(e: Encoded): Estimate {
  const { size, branches, latent, components, logW } = e
  // A flow is the same map for all x, so the information is that of z₀.
  const { mean, sd, z } = e.base ?? e
  const samples = e.base ? 1 : e.samples
  const inverse = Float64Array.from(sd, (s) => 1 / s)
  const constant = new Float64Array(size * branches)
  for (let j = 0; j < size * branches; j++) {
    constant[j] = -latent * HALF_LOG_2PI
    for (let u = 0; u < latent; u++) constant[j] += Math.log(inverse[j * latent + u])
    if (branches > 1) constant[j] += logW[j]
  }
  const each = new Float64Array(size)
  const logQ = new Float64Array(size)
  const branchLogs = new Float64Array(branches)
  // Quantiles of q(w|x), evenly spread over the data points in a random order.
  const order = branches === 1 ? undefined : permutation(size, streamKey(0, 'sampling', 'branches'))
  for (let i = 0; i < size; i++) {
    // One draw of q(z|x_i): the first draw of a branch that is drawn from q(w|x_i).
    const branch = order ? pick(logW, i * components, components, (order[i] + 0.5) / size) : 0
    const at = (i * samples * branches + branch) * latent
    for (let j = 0; j < size; j++) {
      for (let b = 0; b < branches; b++) {
        const row = j * branches + b
        let sum = 0
        for (let u = 0; u < latent; u++) {
          const d = (z[at + u] - mean[row * latent + u]) * inverse[row * latent + u]
          sum += d * d
        }
        branchLogs[b] = constant[row] - sum / 2
      }
      logQ[j] = branches === 1 ? branchLogs[0] : logSumExp(branchLogs)
    }
    each[i] = logQ[i] - (logSumExp(logQ) - Math.log(size))
  }
  return {
    ...meanEstimate(each, `aggregate posterior, one draw per data point, ${size} data points`),
    cap: Math.log(size),
  }
}

/** The component at quantile `t` of q(w|x). */
function pick(logW: Float32Array, start: number, count: number, t: number): number {
  let left = t
  for (let k = 0; k < count; k++) {
    left -= Math.exp(logW[start + k])
    if (left < 0) return k
  }
  return count - 1
}
