import { formatNamedEstimate, type Estimate } from '../base/estimate'
import type { ActiveUnits } from '../metrics/activeUnits'
import type { Evaluation } from '../metrics/evaluation'
import { interval } from '../metrics/interval'
import type { Verdict } from '../metrics/verdict'
import { listed } from '../metrics/verdictText'

/** The aggregate posterior q(z) = E_x q(z|x) beside the prior. */
export interface Aggregate {
  /** Mean of each unit under q(z), in the prior's standard deviations from its mean, `[latent]`. */
  readonly mean: readonly number[]
  /** Its standard deviation, in the prior's, `[latent]`: 1 where they agree. */
  readonly sd: readonly number[]
  /** KL(q(z) ‖ p(z)) = KL − I(x; z), nats: how far draws of the prior are from codes of data. */
  readonly divergence?: Estimate
}

/** Moments of q(z), and what is left of KL when I(x; z) is taken from it. */
export function aggregateOf(
  { size, latent, branches, components, logW, mean, sd }: Evaluation,
  prior: { readonly mean: Float32Array; readonly sd: Float32Array },
  kl?: Estimate,
  information?: Estimate,
): Aggregate {
  // Of q(z|x, w) each branch counts by q(w|x).
  const weightOf = (row: number): number =>
    branches === 1 ? 1 : Math.exp(logW[Math.floor(row / branches) * components + (row % branches)])
  const over = (value: (row: number) => number): number => {
    let sum = 0
    for (let row = 0; row < size * branches; row++) sum += (weightOf(row) * value(row)) / size
    return sum
  }
  const of = Array.from({ length: latent }, (_, u) => {
    const centre = over((row) => mean[row * latent + u])
    const variance = over((row) => sd[row * latent + u] ** 2 + (mean[row * latent + u] - centre) ** 2)
    return { mean: (centre - prior.mean[u]) / prior.sd[u], sd: Math.sqrt(variance) / prior.sd[u] }
  })
  return {
    mean: of.map((unit) => unit.mean),
    sd: of.map((unit) => unit.sd),
    ...(kl &&
      information && {
        divergence: {
          value: Math.max(0, kl.value - information.value),
          standardError: Math.hypot(kl.standardError, information.standardError),
          estimator: `KL − I(x; z), ${size} data points`,
        },
      }),
  }
}

/** As in the verdicts of `diagnose`: below it a figure counts as 0, below this many data points nothing is said. */
const [NONE, DEAD, FEW] = [0.05, 0.01, 10]

/** What is known of z without log p(x|z): the model may be the cause, or the inference. */
export interface EncoderFinding {
  readonly verdict: Verdict
  /** True if q(z|x) surely says nothing about x. */
  readonly collapsed: boolean
  /** Units that surely do not vary with the data. */
  readonly dead: readonly number[]
}

const CAUSE =
  'Whether the model is the cause or the inference, only log p(x|z) tells: give the decoder, or its arrays.'

/**
 * The verdict from an encoder alone. Whether a collapse is the model's or the inference's, only the likelihood tells.
 */
export function judgeEncoder(
  { size }: Evaluation,
  units: ActiveUnits,
  kl: Estimate | undefined,
  information: Estimate,
): EncoderFinding {
  const of = (estimate: Estimate) => interval(estimate, size)
  const figures = [...(kl ? [formatNamedEstimate('KL', kl)] : []), formatNamedEstimate('I', information)]
  const dead = Array.from(units.activity, (value, unit) => ({ value, unit })).flatMap(({ value, unit }) =>
    of({ value, standardError: units.standardErrors[unit], estimator: '' }).high < DEAD ? [unit] : [],
  )
  const say = (kind: Verdict['kind'], what: string, advice = '', collapsed = false): EncoderFinding => ({
    verdict: {
      kind,
      ...(kind === 'cannot tell' && { reason: size < FEW ? ('few data' as const) : ('no decoder' as const) }),
      summary: `z: ${kind}. ${what} (${figures.join(', ')} nats).${advice && ` ${advice}`}`,
    },
    collapsed,
    dead,
  })
  if (![information.value, kl?.value ?? 0].every(Number.isFinite))
    return {
      ...say('cannot tell', 'A figure of z is not a finite number', 'Look for NaN in the arrays.'),
      dead: [],
    }
  if (size < FEW) return say('cannot tell', `${size} data points say too little`)
  if (of(information).high < NONE) {
    if (kl && of(kl).low > 2 * NONE)
      return say(
        'same for all data',
        'q(z|x) has left the prior but is the same for all data, so z carries no information about x',
        'Check the encoder.',
        true,
      )
    return say('cannot tell', 'The posterior has collapsed: q(z|x) is the prior for all data', CAUSE, true)
  }
  if (dead.length)
    return say(
      'dead units',
      `q(z|x) carries information about x, but ${dead.length} of its ${units.activity.length} units ${dead.length === 1 ? 'does' : 'do'} not vary with the data (${listed(dead)}, counted from 0)`,
    )
  return say(
    'cannot tell',
    'q(z|x) carries information about x in every unit, so it has not collapsed',
    'Whether the likelihood uses it, only log p(x|z) tells: give the decoder, or its arrays.',
  )
}
