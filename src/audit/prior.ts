import { normals, uniforms } from '../compute/philox'
import { hash32 } from '../compute/streams'
import { logSumExp } from '../metrics/importance'

/** p(z) of an audited model, in plain JavaScript. */
export interface AuditPrior {
  /** What it is, in a few words, for the report. */
  readonly name: string
  /** Number of units of z. */
  readonly latent: number
  /** Mean of each unit, all components together, `[latent]`. */
  readonly mean: Float32Array
  /** Their standard deviations, `[latent]`. */
  readonly sd: Float32Array
  /** The components in whose balls codes are searched, each `[K, latent]`. */
  readonly balls: { readonly components: number; readonly mean: Float32Array; readonly sd: Float32Array }
  /** True of one normal with independent units: the KL of each unit has a closed form. */
  readonly isNormal: boolean
  /** True where p(z) is that of `balls`, with equal weights: one normal, or a mixture. */
  readonly isMixture: boolean
  /**
   * log p(z) of codes, `[count, latent]`, by the chain rule over the units, nats; of one total `[count, 1]`. Of a prior
   * known at the draws of the data points alone, `first` says which of them is the first.
   */
  logProb?(z: Float32Array, first: number): Promise<Float64Array> | Float64Array
  /** Draws, `[count, latent]`; absent where none can be had. */
  draw?(key: number, counter: number, count: number): Float32Array
}

const HALF_LOG_2PI = Math.log(2 * Math.PI) / 2

/** log N(z; mean, sd²). */
export const logNormal = (z: number, mean: number, sd: number): number =>
  -HALF_LOG_2PI - Math.log(sd) - ((z - mean) / sd) ** 2 / 2

/**
 * A prior that is a mixture of normals with equal weights, or one normal: N(0, 1) by default.
 *
 * @param latent units of z.
 * @param mean of the components, `[K, latent]`.
 * @param sd their standard deviations, `[K, latent]`.
 */
export function normalPrior(latent: number, mean?: Float32Array, sd?: Float32Array): AuditPrior {
  const means = mean ?? new Float32Array(latent)
  const sds = sd ?? new Float32Array(means.length).fill(1)
  const components = means.length / latent
  const over = (f: (index: number, unit: number) => number): Float64Array =>
    Float64Array.from({ length: latent }, (_, u) => {
      let sum = 0
      for (let k = 0; k < components; k++) sum += f(k * latent + u, u) / components
      return sum
    })
  const centre = over((i) => means[i])
  const variance = over((i, u) => sds[i] ** 2 + (means[i] - centre[u]) ** 2)
  const isStandard = means.every((m) => m === 0) && sds.every((s) => s === 1)
  return {
    name:
      components > 1
        ? `a mixture of ${components} normals`
        : isStandard
          ? 'the standard normal'
          : 'one normal with given moments',
    latent,
    mean: Float32Array.from(centre),
    sd: Float32Array.from(variance, Math.sqrt),
    balls: { components, mean: means, sd: sds },
    isNormal: components === 1,
    isMixture: true,
    logProb: (z) => byUnit(z, latent, means, sds),
    draw(key, counter, count) {
      const out = normals((key + hash32('prior z')) | 0, counter, count * latent)
      const w = components > 1 ? uniforms((key + hash32('prior w')) | 0, counter, count) : undefined
      for (let i = 0; i < count; i++) {
        const k = w ? Math.floor(w[i] * components) : 0
        for (let u = 0; u < latent; u++)
          out[i * latent + u] = means[k * latent + u] + sds[k * latent + u] * out[i * latent + u]
      }
      return out
    },
  }
}

/** log p(z_u | z_1 … z_{u−1}) of a mixture of normals, `[count, latent]`. */
function byUnit(z: Float32Array, latent: number, mean: Float32Array, sd: Float32Array): Float64Array {
  const components = mean.length / latent
  const out = new Float64Array(z.length)
  const logs = new Float64Array(components)
  for (let start = 0; start < z.length; start += latent) {
    logs.fill(-Math.log(components))
    let before = 0
    for (let u = 0; u < latent; u++) {
      for (let k = 0; k < components; k++)
        logs[k] += logNormal(z[start + u], mean[k * latent + u], sd[k * latent + u])
      const now = components === 1 ? logs[0] : logSumExp(logs)
      out[start + u] = now - before
      before = now
    }
  }
  return out
}

/**
 * A prior known by draws, and perhaps by a function that gives its density.
 *
 * @param latent units of z.
 * @param draws `[M, latent]`.
 * @param logProb log p(z) of codes, `[count]`.
 */
export function drawnPrior(
  latent: number,
  draws: Float32Array,
  logProb: (z: Float32Array) => Promise<Float64Array>,
): AuditPrior {
  const size = draws.length / latent
  const mean = new Float64Array(latent)
  draws.forEach((value, i) => (mean[i % latent] += value / size))
  const variance = new Float64Array(latent)
  draws.forEach(
    (value, i) => (variance[i % latent] += (value - mean[i % latent]) ** 2 / Math.max(1, size - 1)),
  )
  const [centre, sd] = [Float32Array.from(mean), Float32Array.from(variance, Math.sqrt)]
  return {
    name: `a density of its own, with ${size.toLocaleString('en-US')} draws`,
    latent,
    mean: centre,
    sd,
    balls: { components: 1, mean: centre, sd },
    isNormal: false,
    isMixture: false,
    logProb,
    draw(key, counter, count) {
      const out = new Float32Array(count * latent)
      uniforms((key + hash32('prior z')) | 0, counter, count).forEach((u, i) => {
        const row = Math.floor(u * size)
        out.set(draws.subarray(row * latent, (row + 1) * latent), i * latent)
      })
      return out
    },
  }
}
