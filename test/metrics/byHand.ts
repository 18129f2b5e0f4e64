import { withPoints } from '../../src/metrics/points'
import type { Evaluation } from '../../src/metrics/evaluation'
import { Random } from '../support/random'
import {
  average,
  logNormal,
  normalKl,
  posteriorGivenW,
  type Inference,
  type Known,
  type Moments,
} from './known'

export interface ByHandOptions {
  samples?: number
  priorSamples?: number
  random?: Random
  /** Draws a component, of the exact p(z|x, w), where q(z|x) is one for all. */
  samplesGivenW?: number
}

/** What `evaluate` would return for a known model and an inference network, worked out in doubles. */
export function evaluationByHand(
  known: Known,
  xs: number[][],
  inference: Inference,
  options: ByHandOptions = {},
): Evaluation {
  const { samples = 10, priorSamples = 10, random = new Random(5), samplesGivenW = 4 } = options
  const { slopes, sigma, means, sds } = known
  const [size, latent, components] = [xs.length, slopes.length, means.length]
  const logGiven = (x: number[], z: number[]): number =>
    slopes.reduce((sum, a, u) => sum + logNormal(x[u], a * z[u], sigma), 0)
  const logOf = (z: number[], { mean, sd }: Moments): number =>
    z.reduce((sum, value, u) => sum + logNormal(value, mean[u], sd[u]), 0)
  const prior = (w: number): Moments => ({ mean: means[w], sd: sds[w] })
  const draw = ({ mean, sd }: Moments, noise: number[]): number[] =>
    mean.map((m, u) => Math.fround(m + sd[u] * noise[u]))
  const noise = (): number[] => Array.from({ length: latent }, () => random.normal())
  const rounded = ({ mean, sd }: Moments): Moments => ({
    mean: mean.map(Math.fround),
    sd: sd.map(Math.fround),
  })
  const flat = {
    mean: [] as number[],
    sd: [] as number[],
    logW: [] as number[],
    reconstruction: [] as number[],
    klZ: [] as number[],
    klW: [] as number[],
    z: [] as number[],
    logRatio: [] as number[],
    priorLogLikelihood: [] as number[],
  }
  const given = { mean: [] as number[], sd: [] as number[], z: [] as number[], logRatio: [] as number[] }
  let branches = 1
  for (const x of xs) {
    const q = inference.q(x).map(rounded)
    const qw = inference.qw(x)
    branches = q.length
    q.forEach(({ mean, sd }) => {
      flat.mean.push(...mean)
      flat.sd.push(...sd)
    })
    flat.logW.push(...qw.map(Math.log))
    const kl = (u: number, w: number): number => {
      const { mean, sd } = q[branches === 1 ? 0 : w]
      return normalKl(mean[u], sd[u], means[w][u], sds[w][u])
    }
    flat.klZ.push(...slopes.map((_, u) => qw.reduce((sum, p, w) => sum + p * kl(u, w), 0)))
    flat.klW.push(qw.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p * components) : 0), 0))
    let fit = 0
    for (let s = 0; s < samples; s++) {
      const shared = noise()
      const zs = q.map((moments) => draw(moments, shared))
      zs.forEach((z, j) => {
        flat.z.push(...z)
        fit += ((branches === 1 ? 1 : qw[j]) * logGiven(x, z)) / samples
      })
      means.forEach((_, w) => {
        const j = branches === 1 ? 0 : w
        flat.logRatio.push(logGiven(x, zs[j]) + logOf(zs[j], prior(w)) - logOf(zs[j], q[j]))
      })
    }
    flat.reconstruction.push(fit)
    flat.priorLogLikelihood.push(
      average(
        Array.from({ length: priorSamples }, () =>
          logGiven(x, draw(prior(Math.floor(random.uniform() * components)), noise())),
        ),
      ),
    )
    if (branches < components) {
      const exact = means.map((_, w) => rounded(posteriorGivenW(known, x, w)))
      exact.forEach(({ mean, sd }) => {
        given.mean.push(...mean)
        given.sd.push(...sd)
      })
      for (let s = 0; s < samplesGivenW; s++) {
        const shared = noise()
        exact.forEach((moments, w) => {
          const z = draw(moments, shared)
          given.z.push(...z)
          given.logRatio.push(logGiven(x, z) + logOf(z, prior(w)) - logOf(z, moments))
        })
      }
    }
  }
  const floats = (values: number[]): Float32Array => Float32Array.from(values)
  const own = branches < components ? given : flat
  return withPoints({
    model: components > 1 ? 'gmvae' : 'vae',
    size,
    samples,
    latent,
    components,
    branches,
    mean: floats(flat.mean),
    sd: floats(flat.sd),
    logW: floats(flat.logW),
    reconstruction: Float64Array.from(flat.reconstruction),
    klZ: floats(flat.klZ),
    klW: Float64Array.from(flat.klW),
    z: floats(flat.z),
    logRatio: floats(flat.logRatio),
    given: {
      samples: branches < components ? samplesGivenW : samples,
      mean: floats(own.mean),
      sd: floats(own.sd),
      z: floats(own.z),
      logRatio: floats(own.logRatio),
    },
    priorLogLikelihood: Float64Array.from(flat.priorLogLikelihood),
    priorSamples,
    priorMean: floats(means.flat()),
    priorSd: floats(sds.flat()),
  })
}
