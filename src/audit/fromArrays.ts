import { ArgumentError, DataError, unquoted } from '../base/errors'
import { deviations, requireFinite, requireShapeOf, type AuditArray, type AuditArrays } from './arrays'
import { componentWeights, requireComponents } from './components'
import { drawsInOne, givenDraws, inParts } from './draws'
import { evaluationOf, type AuditEvaluation } from './evaluation'
import { normalPrior, type AuditPrior } from './prior'

const BAD = 'Look for the data point there, and leave it out or correct the model.'

/**
 * The record from arrays: with means and standard deviations what an encoder alone can tell; with log p(x|z) at
 * draws of q and of the prior everything but the witness.
 */
export async function evaluateArrays(arrays: AuditArrays, seed: number): Promise<AuditEvaluation> {
  const { mean, z, logLikelihood, priorLogLikelihood, labels } = arrays
  const each = mean.shape.length === 3 ? [mean.shape[1]] : []
  requireShapeOf('mean', mean, ['N', ...each, 'latent'], 'One row per data point.')
  const size = mean.shape[0]
  const latent = mean.shape.at(-1)!
  const [branches = 1] = each
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
    requireShapeOf(name, array, mean.shape, 'The same shape as the means.')
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
  const w = weightsOf(arrays, each)
  requireComponents(w, branches, prior)
  // Of a mixture KL has no closed form.
  const samples = z ? requireDraws(z, mean.shape) : prior.isNormal ? 1 : 20
  for (const [name, array, shape] of [
    ['logLikelihood', logLikelihood, [samples, ...each]],
    ['logPrior', arrays.logPrior, [samples]],
    ['priorLogLikelihood', priorLogLikelihood, ['P']],
  ] as const) {
    if (!array) continue
    requireShapeOf(name, array, [size, ...shape], 'One row per data point, one column per draw.')
    requireFinite(name, array, BAD)
  }
  if (labels) requireShapeOf('labels', labels, [size])
  const moments = { mean: mean.values, sd: sd.values, latent, branches, ...(w && { w }) }
  const draws = z ? givenDraws(z.values, size) : drawsInOne(moments, samples, seed)
  return evaluationOf(
    {
      size,
      prior,
      ...moments,
      samples,
      ...draws,
      ...(priorLogLikelihood && { priorSamples: priorLogLikelihood.shape[1] }),
      ...(labels && { labels: Int32Array.from(labels.values) }),
    },
    inParts(moments, samples, draws, { logLikelihood, priorLogLikelihood }),
  )
}

/** q(w|x) where it is given; it must be where q(z|x, w) depends on w. */
function weightsOf({ mean, logW, w }: AuditArrays, each: readonly number[]) {
  const array = logW ?? w
  if (!array) {
    if (each.length)
      throw new ArgumentError(
        'mean',
        unquoted(`[${mean.shape.join(', ')}]`),
        'of shape [N, latent] without q(w|x)',
        'Save w_logits, [N, K], beside it if it is of a mixture.',
      )
    return undefined
  }
  const name = logW ? 'logW' : 'w'
  requireShapeOf(name, array, [mean.shape[0], ...(each.length ? each : ['K'])], 'A column per component.')
  requireFinite(name, array, BAD)
  return componentWeights(name, array, logW !== undefined)
}

/** Throws unless z has S draws of each of the means; returns S. */
function requireDraws(z: AuditArray, means: readonly number[]): number {
  const [size, ...each] = means
  const { shape } = z
  if (shape.length === means.length + 1 && shape[1] === size && shape[0] !== size)
    throw new ArgumentError(
      'z',
      unquoted(`[${shape.join(', ')}]`),
      `of shape [${[size, 'S', ...each].join(', ')}]`,
      'Its first two axes are exchanged: save z.transpose(1, 0, 2), and log p(x|z) transposed.',
    )
  requireShapeOf('z', z, [size, 'S', ...each], 'Draws of q(z|x) for each data point.')
  requireFinite('z', z, BAD)
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
    isMixture: false,
    logProb: (z, first) => Float64Array.from(logPrior.values.subarray(first, first + z.length / latent)),
    draw: undefined,
  }
}
