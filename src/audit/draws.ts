import { normals } from '../compute/philox'
import { hash32, streamKey } from '../compute/streams'
import type { AuditArray } from './arrays'
import type { ComponentWeights } from './components'
import type { MeasuredRows } from './terms'

/** Moments of q(z|x), `[N, J, latent]`. */
export interface Moments {
  readonly mean: Float32Array
  readonly sd: Float32Array
  readonly latent: number
  /** J: 1, or K where q(z|x, w) depends on w. */
  readonly branches: number
  /** q(w|x) of a mixture. */
  readonly w?: ComponentWeights
}

/** Draws of q(z|x), `[N, S, J, latent]`, of which some data points' can be had alone. */
export interface Draws {
  /** Those of data points from `start` up to `end`; `start` is a multiple of 4. */
  readonly of: (start: number, end: number) => Float32Array
  /** All of them. */
  readonly redraw: () => Float32Array
}

/** Draws handled at once where none is decoded. */
const AT_ONCE = 5000

/**
 * Draws of q(z|x), `[N, S, J, latent]`, as `evaluate` draws them of a model of this library: branches share noise.
 *
 * @param first which data point of the draw of this counter is the first; a multiple of 4.
 */
export function drawsOfQ(
  { mean, sd, latent, branches }: Moments,
  samples: number,
  key: number,
  counter: number,
  first = 0,
): Float32Array {
  const each = samples * latent
  const width = branches * latent
  const size = mean.length / width
  const noise = normals((key + hash32('z')) | 0, counter, size * each, first * each)
  const out = branches === 1 ? noise : new Float32Array(mean.length * samples)
  for (let at = 0; at < out.length; at++) {
    const draw = Math.floor(at / width)
    const q = Math.floor(draw / samples) * width + (at % width)
    out[at] = mean[q] + sd[q] * noise[draw * latent + (at % latent)]
  }
  return out
}

/** Moments of the data points from `start` up to `end`. */
export function momentsBetween(
  { mean, sd, latent, branches, w }: Moments,
  start: number,
  end: number,
): Moments {
  const part = (of: Float32Array, width: number) => of.subarray(start * width, end * width)
  return {
    mean: part(mean, branches * latent),
    sd: part(sd, branches * latent),
    latent,
    branches,
    ...(w && { w: { components: w.components, logW: part(w.logW, w.components) } }),
  }
}

/** Draws of all data points from one counter. */
export function drawsInOne(q: Moments, samples: number, seed: number): Draws {
  const key = streamKey(seed, 'sampling', 'evaluation')
  return {
    of: (start, end) => drawsOfQ(momentsBetween(q, start, end), samples, key, 0, start),
    redraw: () => drawsOfQ(q, samples, key, 0),
  }
}

/** Draws that were given. */
export const givenDraws = (z: Float32Array, size: number): Draws => ({
  of: (start, end) => z.subarray((start * z.length) / size, (end * z.length) / size),
  redraw: () => z,
})

/** Data points in parts of as many as are handled at once. */
export function* inParts(
  q: Moments,
  samples: number,
  draws: Draws,
  arrays: { readonly logLikelihood?: AuditArray; readonly priorLogLikelihood?: AuditArray } = {},
): Generator<MeasuredRows> {
  const size = q.mean.length / (q.branches * q.latent)
  const atOnce = 4 * Math.max(1, Math.floor(AT_ONCE / (4 * samples * q.branches)))
  for (let start = 0; start < size; start += atOnce) {
    const end = Math.min(size, start + atOnce)
    const part = (array: AuditArray | undefined) => {
      const each = (array?.values.length ?? 0) / size
      return array?.values.subarray(start * each, end * each)
    }
    const [logLikelihood, priorLogLikelihood] = [part(arrays.logLikelihood), part(arrays.priorLogLikelihood)]
    yield {
      size: end - start,
      start,
      ...momentsBetween(q, start, end),
      z: draws.of(start, end),
      samples,
      ...(logLikelihood && { logLikelihood }),
      ...(priorLogLikelihood && { priorLogLikelihood }),
    }
  }
}
