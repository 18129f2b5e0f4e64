import { ArgumentError, DataError, unquoted } from '../base/errors'
import { normals } from '../compute/philox'
import { hash32, streamKey } from '../compute/streams'
import { deviations, requireFinite, requireShapeOf, type AuditArrays } from './arrays'
import { evaluationOf, type AuditEvaluation } from './evaluation'
import { normalPrior, type AuditPrior } from './prior'

const BAD = 'Look for the data point there, and leave it out or correct the model.'

/**
 * The record from arrays: with means and standard deviations what an encoder alone can tell; with log p(x|z) at
 * draws of q and of the prior everything but the witness.
 */
export async function evaluateArrays(arrays: AuditArrays, seed: number): Promise<AuditEvaluation> {
  const { mean, z, logLikelihood, priorLogLikelihood, labels } = arrays
  requireShapeOf('mean', mean, ['N', 'latent'], 'One row per data point.')
  const [size, latent] = mean.shape
  if (size < 1 || latent < 1) throw new DataError('`mean` has no numbers. Save one row per data point.')
  requireFinite('mean', mean, BAD)
  if (!arrays.sd && !arrays.logVariance)
    throw new ArgumentError(
      'sd',
      unquoted('none'),
      'given beside the means',
      'Save sd, or logvar for log-variances.',
    )
  for (const name of ['sd', 'logVariance'] as const) {
    const array = arrays[name]
    if (!array) continue
    requireShapeOf(name, array, [size, latent], 'The same shape as the means.')
    requireFinite(name, array, BAD)
  }
  const sd = deviations('sd', arrays.sd, arrays.logVariance)
  requireFinite('sd', sd, 'Those log-variances are too large for float32.')
  if (logLikelihood && !z)
    throw new ArgumentError(
      'z',
      unquoted('none'),
      'given beside log p(x|z)',
      'Save the draws z at which it was computed.',
    )
  const prior = priorOf(arrays, latent)
  // Of a mixture KL has no closed form.
  const samples = z ? requireDraws(arrays, size, latent) : prior.isNormal ? 1 : 20
  for (const [name, array, each] of [
    ['logLikelihood', logLikelihood, samples],
    ['logPrior', arrays.logPrior, samples],
    ['priorLogLikelihood', priorLogLikelihood, 'P'],
  ] as const) {
    if (!array) continue
    requireShapeOf(name, array, [size, each], 'One row per data point, one column per draw.')
    requireFinite(name, array, BAD)
  }
  if (labels) requireShapeOf('labels', labels, [size])
  const q = { mean: mean.values, sd: sd.values }
  return evaluationOf({
    size,
    prior,
    ...q,
    z: z ? z.values : drawsOfQ(q, latent, samples, streamKey(seed, 'sampling', 'evaluation'), 0),
    samples,
    ...(logLikelihood && { logLikelihood: logLikelihood.values }),
    ...(priorLogLikelihood && { priorLogLikelihood: priorLogLikelihood.values }),
    ...(labels && { labels: Int32Array.from(labels.values) }),
  })
}

/** Throws unless z is `[N, S, latent]`; returns S. */
function requireDraws({ z }: AuditArrays, size: number, latent: number): number {
  const { shape } = z!
  if (shape.length === 3 && shape[1] === size && shape[0] !== size)
    throw new ArgumentError(
      'z',
      unquoted(`[${shape.join(', ')}]`),
      `of shape [${size}, S, ${latent}]`,
      'Its first two axes are exchanged: save z.transpose(1, 0, 2), and log p(x|z) transposed.',
    )
  requireShapeOf('z', z!, [size, 'S', latent], 'Draws of q(z|x) for each data point.')
  requireFinite('z', z!, BAD)
  return shape[1]
}

/** N(0, 1), the normals of the arrays, or a density known at the draws only. */
export function priorOf(arrays: Partial<AuditArrays>, latent: number): AuditPrior {
  const { priorMean, priorSd, priorLogVariance, logPrior } = arrays
  for (const [name, array] of Object.entries({ priorMean, priorSd, priorLogVariance })) {
    if (!array) continue
    requireShapeOf(name, array, ['K', latent], 'One row per component of the prior; one row for a normal.')
    requireFinite(name, array, BAD)
  }
  const spread = priorSd || priorLogVariance ? deviations('priorSd', priorSd, priorLogVariance) : undefined
  const [a, b] = [priorMean, spread].map((array) => array?.values.length)
  if (a !== undefined && b !== undefined && a !== b)
    throw new ArgumentError('priorSd', unquoted(`${b} numbers`), `as many as priorMean, ${a}`)
  const zeros = spread && !priorMean ? new Float32Array(spread.values.length) : undefined
  const prior = normalPrior(latent, priorMean?.values ?? zeros, spread?.values)
  if (!logPrior) return prior
  return {
    ...prior,
    name: 'a density of its own',
    isNormal: false,
    logProb: () => Float64Array.from(logPrior.values),
    draw: undefined,
  }
}

/** Draws of q(z|x), `[N, S, latent]`, as `evaluate` draws them of a model of this library. */
export function drawsOfQ(
  { mean, sd }: { mean: Float32Array; sd: Float32Array },
  latent: number,
  samples: number,
  key: number,
  counter: number,
): Float32Array {
  const out = normals((key + hash32('z')) | 0, counter, mean.length * samples)
  for (let at = 0; at < out.length; at++) {
    const q = Math.floor(at / (samples * latent)) * latent + (at % latent)
    out[at] = mean[q] + sd[q] * out[at]
  }
  return out
}
