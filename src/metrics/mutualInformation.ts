import { permutation, streamKey } from '../compute/streams'
import { meanEstimate, type Estimate } from '../base/estimate'
import type { Encoded } from './evaluation'
import { logSumExp } from './importance'
import { requireEvaluation } from './requireEvaluation'

const HALF_LOG_2PI = Math.log(2 * Math.PI) / 2

/**
 * Mutual information between data and latent variables under q: I(x; v) = E_x KL(q(v|x) ‖ q(v)), where q(v)
 * is the aggregate posterior over these data. For w it is exact, at most log K. For z, where q(z|x) is normal,
 * it is E_x KL(q(z|x) ‖ r) − E log q(z)/r(z), with the normal r that has the moments of q(z): the first term in
 * closed form, the second from one draw per data point; it is at most log N. Where q(z|x) is a mixture over w,
 * both terms are from that draw. As an estimate for the whole distribution it is
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
  // Reading `z` of an audited model would draw it again.
  const drawn = (evaluation as Partial<Encoded> | undefined)?.base ? 'base' : 'z'
  requireEvaluation(evaluation, 'mean', 'sd', 'logW', drawn)
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

/** q(z|x) as it enters I(x; z): before a flow, which is the same map for all x and so changes nothing. */
interface Normals {
  /** `[N, J, latent]` */
  mean: Float32Array
  sd: Float32Array
  /** One draw per data point, `[N, latent]`: of one branch that is drawn from q(w|x). */
  draw: Float64Array
  /** log q(w|x) where q(z|x) is a mixture. */
  logW?: Float32Array
}

function ofZ(e: Encoded): Estimate {
  const { size, latent, branches } = e
  const q = normalsOf(e)
  const logMean = logAggregate(q, size, branches, latent)
  const r = aggregateMoments(q, size * branches, latent)
  const each = Float64Array.from({ length: size }, (_, i) => {
    if (branches > 1) return logMean.own[i] - logMean.all[i]
    const own = i * latent
    let divergence = 0
    let logR = 0
    for (let u = 0; u < latent; u++) {
      const [v, sd] = [r.variance[u], q.sd[own + u]]
      divergence += (Math.log(v / sd ** 2) + (sd ** 2 + (q.mean[own + u] - r.mean[u]) ** 2) / v - 1) / 2
      logR -= HALF_LOG_2PI + (Math.log(v) + (q.draw[own + u] - r.mean[u]) ** 2 / v) / 2
    }
    return divergence - (logMean.all[i] - logR)
  })
  const how = branches > 1 ? 'one draw per data point' : 'closed form but for one draw per data point'
  const estimate = meanEstimate(each, `aggregate posterior, ${how}, ${size} data points`)
  const cap = Math.log(size)
  return { ...estimate, value: Math.min(estimate.value, cap), cap }
}

function normalsOf(e: Encoded): Normals {
  const { size, branches, latent, components, samples, logW, base } = e
  const { mean, sd, z } = base ?? e
  const drawn = base ? 1 : samples
  // Quantiles of q(w|x), evenly spread over the data points in a random order.
  const order = branches === 1 ? undefined : permutation(size, streamKey(0, 'sampling', 'branches'))
  const draw = new Float64Array(size * latent)
  for (let i = 0; i < size; i++) {
    const branch = order ? pick(logW, i * components, components, (order[i] + 0.5) / size) : 0
    const at = (i * drawn * branches + branch) * latent
    for (let u = 0; u < latent; u++) draw[i * latent + u] = z[at + u]
  }
  return { mean, sd, draw, ...(order && { logW }) }
}

/** Mean and variance of each unit over rows of normals, `[latent]`. */
function aggregateMoments({ mean, sd }: Normals, rows: number, latent: number) {
  const at = (u: number, value: (index: number) => number): number => {
    let sum = 0
    for (let row = 0; row < rows; row++) sum += value(row * latent + u) / rows
    return sum
  }
  const means = Float64Array.from({ length: latent }, (_, u) => at(u, (index) => mean[index]))
  const variance = means.map((m, u) => at(u, (index) => sd[index] ** 2 + (mean[index] - m) ** 2))
  return { mean: means, variance }
}

/** Terms this many nats below another add nothing to their sum in doubles, not even ten thousand of them. */
const NEGLIGIBLE = 60

/**
 * log q(z) of the aggregate and log q(z|x) at each draw, for all pairs of draws and data points, in double precision.
 */
function logAggregate({ mean, sd, draw, logW }: Normals, size: number, branches: number, latent: number) {
  const inverse = Float64Array.from(sd, (s) => 1 / s)
  const constant = Float64Array.from({ length: size * branches }, (_, j) => {
    let sum = logW ? logW[j] : 0
    for (let u = 0; u < latent; u++) sum += Math.log(inverse[j * latent + u]) - HALF_LOG_2PI
    return sum
  })
  const point = new Float64Array(latent)
  /** log q of one row at the point; −∞ as soon as it is below `floor`. */
  const density = (row: number, floor: number): number => {
    const most = 2 * (constant[row] - floor)
    const start = row * latent
    let sum = 0
    for (let u = 0; u < latent; u++) {
      const d = (point[u] - mean[start + u]) * inverse[start + u]
      sum += d * d
      if (sum > most) return -Infinity
    }
    return constant[row] - sum / 2
  }
  const own = new Float64Array(size)
  const all = new Float64Array(size)
  const logQ = new Float64Array(size)
  const branchLogs = new Float64Array(branches)
  /** log q(z|x) of a data point at the point. */
  const posterior = (j: number, floor: number): number => {
    if (branches === 1) return density(j, floor)
    for (let b = 0; b < branches; b++) branchLogs[b] = density(j * branches + b, floor)
    return logSumExp(branchLogs)
  }
  for (let i = 0; i < size; i++) {
    point.set(draw.subarray(i * latent, (i + 1) * latent))
    own[i] = posterior(i, -Infinity)
    for (let j = 0; j < size; j++) logQ[j] = j === i ? own[i] : posterior(j, own[i] - NEGLIGIBLE)
    all[i] = logSumExp(logQ) - Math.log(size)
  }
  return { own, all }
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
