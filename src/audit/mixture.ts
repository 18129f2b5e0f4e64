import type { Evaluation } from '../metrics/evaluation'
import type { GivenW } from '../metrics/givenW'
import { normals } from '../compute/philox'
import { hash32 } from '../compute/streams'
import { klOfW, type ComponentWeights } from './components'
import { logNormal, type AuditPrior } from './prior'

/** q(w, z|x) of some data points of a mixture. */
export interface MixtureMoments extends ComponentWeights {
  /** J: 1, or K where q(z|x, w) depends on w. */
  readonly branches: number
  /** Moments of q(z|x) or q(z|x, w), `[N, J, latent]`. */
  readonly mean: Float32Array
  readonly sd: Float32Array
}

/** Draws and what the decoder made of them. */
export interface MixtureDraws {
  /** `[N, S, J, latent]` */
  readonly z: Float32Array
  readonly samples: number
  /** log p(x|z), `[N, S, J]`; absent without a decoder. */
  readonly logLikelihood?: Float32Array
}

/** KL(q ‖ p) of z and w, reconstruction, and the weights of the draws, each as in the record of `evaluate`. */
export function mixtureTerms(
  q: MixtureMoments,
  { z, samples, logLikelihood }: MixtureDraws,
  prior: AuditPrior,
): Pick<Evaluation, 'klZ' | 'klW'> & Partial<Pick<Evaluation, 'reconstruction' | 'logRatio'>> {
  const { components, branches, logW } = q
  const size = logW.length / components
  const { latent } = prior
  const { mean, sd } = prior.balls
  const klZ = new Float32Array(size * latent)
  for (let i = 0; i < size; i++)
    for (let k = 0; k < components; k++) {
      const weight = Math.exp(logW[i * components + k])
      const own = (i * branches + (branches === 1 ? 0 : k)) * latent
      for (let u = 0; u < latent; u++) {
        const v = (q.sd[own + u] / sd[k * latent + u]) ** 2
        const shift = (q.mean[own + u] - mean[k * latent + u]) / sd[k * latent + u]
        klZ[i * latent + u] += (weight * (v + shift ** 2 - 1 - Math.log(v))) / 2
      }
    }
  const kl = { klZ, klW: klOfW(q) }
  if (!logLikelihood) return kl
  const reconstruction = new Float64Array(size)
  const logRatio = new Float32Array(size * samples * components)
  for (let draw = 0; draw < size * samples; draw++) {
    const i = Math.floor(draw / samples)
    for (let k = 0; k < components; k++) {
      const branch = branches === 1 ? 0 : k
      const at = draw * branches + branch
      const row = (i * branches + branch) * latent
      let log = logLikelihood[at]
      for (let u = 0; u < latent; u++) {
        const code = z[at * latent + u]
        log += logNormal(code, mean[k * latent + u], sd[k * latent + u])
        log -= logNormal(code, q.mean[row + u], q.sd[row + u])
      }
      logRatio[draw * components + k] = log
      reconstruction[i] += (Math.exp(logW[i * components + k]) * logLikelihood[at]) / samples
    }
  }
  return { ...kl, reconstruction, logRatio }
}

/** Draws for each component of a data point where one normal serves all: as many as `evaluate` takes. */
export const drawsGivenW = (samples: number, components: number): number =>
  Math.max(2, Math.ceil(samples / components))

/**
 * Draws of the proposals r_w(z|x) ∝ q(z|x) p(z|w) / Π_v p(z|v)^q(v|x) of `evaluate`, for each component, from the same
 * stream.
 *
 * @returns `mean` and `sd` `[N, K, latent]`, `z` `[N, C, K, latent]`.
 */
export function proposalsGivenW(
  q: MixtureMoments,
  { latent, balls }: AuditPrior,
  samples: number,
  key: number,
  counter: number,
): Pick<GivenW, 'mean' | 'sd' | 'z'> {
  const { components, logW } = q
  const size = logW.length / components
  const precision = Float64Array.from(balls.sd, (sd) => 1 / sd ** 2)
  const mean = new Float32Array(size * components * latent)
  const sd = new Float32Array(size * components * latent)
  for (let i = 0; i < size; i++)
    for (let u = 0; u < latent; u++) {
      let mixed = 0
      let pull = 0
      for (let k = 0; k < components; k++) {
        const part = Math.exp(logW[i * components + k]) * precision[k * latent + u]
        mixed += part
        pull += part * balls.mean[k * latent + u]
      }
      const centre = pull / mixed
      const ofQ = 1 / q.sd[i * latent + u] ** 2
      // If q is wider than the prior, the likelihood counts as flat, up to a slope.
      const ofLikelihood = Math.max(0, ofQ - mixed)
      const shift = (q.mean[i * latent + u] - centre) * ofQ + centre * ofLikelihood
      for (let k = 0; k < components; k++) {
        const p = precision[k * latent + u]
        const at = (i * components + k) * latent + u
        mean[at] = (shift + p * balls.mean[k * latent + u]) / (ofLikelihood + p)
        sd[at] = 1 / Math.sqrt(ofLikelihood + p)
      }
    }
  const noise = normals((key + hash32('z given w')) | 0, counter, size * samples * latent)
  const z = new Float32Array(size * samples * components * latent)
  for (let at = 0; at < z.length; at++) {
    const u = at % latent
    const k = Math.floor(at / latent) % components
    const draw = Math.floor(at / (latent * components))
    const row = (Math.floor(draw / samples) * components + k) * latent + u
    z[at] = mean[row] + sd[row] * noise[draw * latent + u]
  }
  return { mean, sd, z }
}

/** log p(x|z) p(z|w) / r_w(z|x) at these draws, `[N, C, K]`. */
export function ratiosGivenW(
  { mean, sd, z }: Pick<GivenW, 'mean' | 'sd' | 'z'>,
  logLikelihood: Float32Array,
  samples: number,
  components: number,
  { latent, balls }: AuditPrior,
): Float32Array {
  return logLikelihood.map((fit, at) => {
    const k = at % components
    const row = (Math.floor(at / (components * samples)) * components + k) * latent
    let log = fit
    for (let u = 0; u < latent; u++) {
      const code = z[at * latent + u]
      log += logNormal(code, balls.mean[k * latent + u], balls.sd[k * latent + u])
      log -= logNormal(code, mean[row + u], sd[row + u])
    }
    return log
  })
}
