import { ArgumentError, DataError, unquoted } from '../base/errors'
import { formatNamedEstimate, type Estimate } from '../base/estimate'
import { activeUnits } from '../metrics/activeUnits'
import type { Evaluation } from '../metrics/evaluation'
import { logSumExp } from '../metrics/importance'
import { interval } from '../metrics/interval'
import { kl } from '../metrics/kl'
import { mutualInformation } from '../metrics/mutualInformation'
import type { Verdict } from '../metrics/verdict'
import type { AuditArray } from './arrays'
import type { AuditPrior } from './prior'

/** q(w|x) of a mixture of K components. */
export interface ComponentWeights {
  readonly components: number
  /** log q(w|x), `[N, K]`. */
  readonly logW: Float32Array
}

/** What was measured of w. All in nats but the first. */
export interface AuditComponents {
  /** Fraction of active components. */
  readonly activeUnits: Estimate
  /** KL(q(w|x) ‖ p(w)), where p(w) = 1/K. */
  readonly kl: Estimate
  /** I(x; w) under q. */
  readonly mutualInformation: Estimate
  /** log p(x) − (1/K) Σ_w log p(x|w): 0 where the components have the same likelihood. */
  readonly flatness?: Estimate
  /** KL(q(w|x) ‖ p(w|x)). */
  readonly inferenceGap?: Estimate
}

/**
 * q(w|x) from logits, which need not sum to one, or from probabilities.
 *
 * @throws DataError for probabilities that are none.
 */
export function componentWeights(
  name: string,
  { shape, values }: AuditArray,
  isLog: boolean,
): ComponentWeights {
  const components = shape[1]
  if (shape.length !== 2 || components < 2)
    throw new DataError(
      `${name} has the shape [${shape.join(', ')}]: q(w|x) must be [N, K], a column for each component. Leave it out where there is only one.`,
    )
  const logW = new Float32Array(values.length)
  for (let start = 0; start < values.length; start += components) {
    const row = values.subarray(start, start + components)
    if (!isLog && row.some((p) => p < -1e-6 || p > 1.001))
      throw new DataError(
        `${name} has ${row.find((p) => p < -1e-6 || p > 1.001)} in row ${start / components}, which is no probability. Call logits w_logits.`,
      )
    const total = isLog ? logSumExp(row) : row.reduce((sum, p) => sum + p, 0)
    if (!isLog && Math.abs(total - 1) > 1e-2)
      throw new DataError(
        `${name} sums to ${total.toPrecision(3)} in row ${start / components}; q(w|x) must sum to 1. Call logits w_logits.`,
      )
    row.forEach((value, k) => (logW[start + k] = isLog ? value - total : Math.log(Math.max(value, 1e-30))))
  }
  return { components, logW }
}

/** Throws where the prior has no such components. */
export function requireComponents(
  w: ComponentWeights | undefined,
  branches: number,
  { balls, isMixture }: AuditPrior,
): void {
  if (!w) return
  if (isMixture && balls.components !== w.components)
    throw new ArgumentError(
      'prior',
      unquoted(balls.components === 1 ? 'one normal' : `${balls.components} components`),
      `the means and standard deviations of the ${w.components} components of q(w|x), [${w.components}, latent]`,
      'Leave q(w|x) out if there are none.',
    )
  if (!isMixture && branches > 1)
    throw new ArgumentError(
      'prior',
      unquoted('a density'),
      'the means and standard deviations of the components where q(z|x, w) depends on w',
    )
}

/** KL(q(w|x) ‖ 1/K) of each data point, `[N]`. */
export const klOfW = ({ logW, components }: ComponentWeights): Float64Array =>
  Float64Array.from({ length: logW.length / components }, (_, i) => {
    let sum = 0
    for (let k = 0; k < components; k++) {
      const log = logW[i * components + k]
      sum += Math.exp(log) * (log + Math.log(components))
    }
    return sum
  })

/** q(w = k) averaged over the data. */
export const usageOf = ({ logW, components }: ComponentWeights): number[] =>
  Array.from({ length: components }, (_, k) => {
    const size = logW.length / components
    let sum = 0
    for (let i = 0; i < size; i++) sum += Math.exp(logW[i * components + k]) / size
    return sum
  })

/** A record with w alone. */
function recordOf(w: ComponentWeights): Evaluation {
  const size = w.logW.length / w.components
  const zeros = (count: number) => new Float32Array(count)
  const ones = (count: number) => zeros(count).fill(1)
  const [mean, sd] = [zeros(size), ones(size)]
  const prior = { priorMean: zeros(w.components), priorSd: ones(w.components) }
  const klW = klOfW(w)
  const record = {
    size,
    samples: 1,
    latent: 1,
    branches: 1,
    ...w,
    mean,
    sd,
    z: mean,
    ...prior,
    klZ: mean,
    klW,
  }
  // The metrics used here read no more.
  return record as unknown as Evaluation
}

/** What q(w|x) alone tells. */
export function componentsAlone(w: ComponentWeights): {
  metrics: AuditComponents
  verdict: Verdict
  collapsed: boolean
} {
  const record = recordOf(w)
  const metrics = {
    activeUnits: activeUnits(record).w.fraction,
    kl: kl(record).w,
    mutualInformation: mutualInformation(record).w,
  }
  return { metrics, ...judgeWeights(record.size, metrics) }
}

/** As in the verdicts of `diagnose`. */
const [NONE, FEW] = [0.05, 10]

/** The verdict on w from q(w|x) alone: whether the model or the inference is the cause, p(x|w) would tell. */
function judgeWeights(
  size: number,
  { kl: divergence, mutualInformation: information }: AuditComponents,
): { verdict: Verdict; collapsed: boolean } {
  const of = (estimate: Estimate) => interval(estimate, size)
  const figures = `${formatNamedEstimate('KL', divergence)}, ${formatNamedEstimate('I', information)}`
  const cause =
    'Whether the model is the cause or the inference, only log p(x|w) tells: give the encoder with q(w|x) and the decoder as ONNX.'
  const say = (kind: Verdict['kind'], what: string, advice: string, collapsed: boolean) => ({
    verdict: {
      kind,
      ...(kind === 'cannot tell' && { reason: size < FEW ? ('few data' as const) : ('no decoder' as const) }),
      summary: `w: ${kind}. ${what} (${figures} nats). ${advice}`.trim(),
    },
    collapsed,
  })
  if (size < FEW) return say('cannot tell', `${size} data points say too little`, '', false)
  if (of(information).high < NONE)
    return of(divergence).low > 2 * NONE
      ? say(
          'same for all data',
          'q(w|x) is the same for all data, so w carries no information about x',
          'Check the encoder.',
          true,
        )
      : say('cannot tell', 'The posterior of w has collapsed: q(w|x) is the prior for all data', cause, true)
  return say(
    'cannot tell',
    'q(w|x) carries information about x, so it has not collapsed',
    'Whether the likelihood uses w, only log p(x|w) tells: give the encoder with q(w|x) and the decoder as ONNX.',
    false,
  )
}
