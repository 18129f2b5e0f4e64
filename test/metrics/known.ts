import type { Random } from '../support/random'

const LOG_2PI = Math.log(2 * Math.PI)

/** log N(x; mean, sd²). */
export const logNormal = (x: number, mean: number, sd: number): number =>
  -0.5 * ((x - mean) / sd) ** 2 - Math.log(sd) - LOG_2PI / 2

/** KL(N(m0, s0²) ‖ N(m1, s1²)). */
export const normalKl = (m0: number, s0: number, m1: number, s1: number): number =>
  Math.log(s1 / s0) + (s0 ** 2 + (m0 - m1) ** 2) / (2 * s1 ** 2) - 0.5

export const logMeanExp = (values: number[]): number => {
  const most = Math.max(...values)
  return most + Math.log(values.reduce((sum, v) => sum + Math.exp(v - most), 0) / values.length)
}

/** `count` times the same value. */
export const repeat = <T>(value: T, count: number): T[] => Array.from({ length: count }, () => value)

export const average = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, v) => sum + v, 0) / values.length

/**
 * A model of which everything is known: w ~ Cat(1/K), z_u given w ~ N(means[w][u], sds[w][u]²), x_u given z ~
 * N(slopes[u] z_u, sigma²). One component at N(0, I) is a linear VAE; a unit of slope 0 is a dead one.
 */
export interface Known {
  slopes: number[]
  sigma: number
  means: number[][]
  sds: number[][]
}

/** z ~ N(0, I). */
export const standard = (slopes: number[], sigma = 1): Known => ({
  slopes,
  sigma,
  means: [slopes.map(() => 0)],
  sds: [slopes.map(() => 1)],
})

export interface Moments {
  mean: number[]
  sd: number[]
}

/** p(z|x, w), unit by unit. */
export function posteriorGivenW({ slopes, sigma, means, sds }: Known, x: number[], w: number): Moments {
  const precision = slopes.map((a, u) => (a / sigma) ** 2 + sds[w][u] ** -2)
  return {
    mean: slopes.map((a, u) => ((a * x[u]) / sigma ** 2 + means[w][u] / sds[w][u] ** 2) / precision[u]),
    sd: precision.map((p) => p ** -0.5),
  }
}

/** The q(z|x) that maximises the ELBO for a given q(w|x). */
export function bestFactorized({ slopes, sigma, means, sds }: Known, x: number[], qw: number[]): Moments {
  const weigh = (f: (w: number) => number): number => qw.reduce((sum, q, w) => sum + q * f(w), 0)
  const precision = slopes.map((a, u) => (a / sigma) ** 2 + weigh((w) => sds[w][u] ** -2))
  return {
    mean: slopes.map(
      (a, u) => ((a * x[u]) / sigma ** 2 + weigh((w) => means[w][u] / sds[w][u] ** 2)) / precision[u],
    ),
    sd: precision.map((p) => p ** -0.5),
  }
}

/** Everything exact at one data point. */
export function truthAt(known: Known, x: number[]) {
  const { slopes, sigma, means, sds } = known
  const K = means.length
  const givenW = means.map((mean, w) =>
    slopes.reduce((sum, a, u) => sum + logNormal(x[u], a * mean[u], Math.hypot(sigma, a * sds[w][u])), 0),
  )
  const logX = logMeanExp(givenW)
  const posteriorW = givenW.map((log) => Math.exp(log - logX) / K)
  const underPrior = average(
    means.map((mean, w) =>
      slopes.reduce(
        (sum, a, u) => sum + logNormal(x[u], a * mean[u], sigma) - ((a * sds[w][u]) / sigma) ** 2 / 2,
        0,
      ),
    ),
  )
  const moments = (each: (w: number) => { mean: number; sd: number; weight: number }) => {
    const parts = means.map((_, w) => each(w))
    const mean = parts.reduce((sum, p) => sum + p.weight * p.mean, 0)
    const variance = parts.reduce((sum, p) => sum + p.weight * (p.sd ** 2 + (p.mean - mean) ** 2), 0)
    return { mean, sd: Math.sqrt(variance) }
  }
  const posteriors = means.map((_, w) => posteriorGivenW(known, x, w))
  return {
    logX,
    givenW,
    posteriorW,
    posteriors,
    flatnessZ: logX - underPrior,
    flatnessW: logX - average(givenW),
    /** Between normals of the same moments as p(z_u) and p(z_u|x). */
    flatnessOfUnits: slopes.map((_, u) => {
      const prior = moments((w) => ({ mean: means[w][u], sd: sds[w][u], weight: 1 / K }))
      const post = moments((w) => ({
        mean: posteriors[w].mean[u],
        sd: posteriors[w].sd[u],
        weight: posteriorW[w],
      }))
      return normalKl(prior.mean, prior.sd, post.mean, post.sd)
    }),
  }
}

/** Draws of x from the model. */
export function drawX({ slopes, sigma, means, sds }: Known, size: number, random: Random): number[][] {
  return Array.from({ length: size }, () => {
    const w = Math.floor(random.uniform() * means.length)
    return slopes.map((a, u) => {
      const z = means[w][u] + sds[w][u] * random.normal()
      return Math.fround(a * z + sigma * random.normal())
    })
  })
}

/** An inference network as plain functions: q(w|x), and one q(z|x) or a q(z|x, w) for each w. */
export interface Inference {
  qw: (x: number[]) => number[]
  q: (x: number[]) => Moments[]
}

/** The exact posterior: q(z|x, w) = p(z|x, w), q(w|x) = p(w|x). */
export const exactInference = (known: Known): Inference => ({
  qw: (x) => truthAt(known, x).posteriorW,
  q: (x) => known.means.map((_, w) => posteriorGivenW(known, x, w)),
})
