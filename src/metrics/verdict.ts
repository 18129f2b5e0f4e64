import type { Estimate } from '../base/estimate'
import type { EvaluatedKind } from './evaluation'
import { adviceOn } from './advice'
import { interval, type Interval } from './interval'
import type { Noise } from '../models/noise'
import { figuresText, listed, negativeText } from './verdictText'

/** The possible findings for one latent variable at given data. */
export type VerdictKind =
  | 'healthy'
  | 'non-identifiable model'
  | 'failed inference'
  | 'weakly identified'
  | 'dead units'
  | 'same for all data'
  | 'cannot tell'

/** Why nothing can be said: what has to change before something can. */
export type CannotTell = 'not trained' | 'not finite' | 'few data' | 'log p(x)' | 'no decoder'

/** The verdict of `diagnose` on one latent variable. */
export interface Verdict {
  /** The finding in a few words. */
  readonly kind: VerdictKind
  /** Why there is none, where `kind` is 'cannot tell'. */
  readonly reason?: CannotTell
  /** The finding, its figures, and what to try, as text. */
  readonly summary: string
}

/** A flatness, KL or mutual information that is surely below this many nats counts as 0. */
const NONE = 0.05
/** One that is surely above this many nats does not count as 0. */
const SOME = 0.02
/** A flatness that is surely below this many nats counts as weak. */
const WEAK = 0.5
/** A unit whose activity is surely below the first counts as dead, one surely above the second as active. */
const [DEAD, ACTIVE] = [0.01, 0.005]
/** Fewer data points say nothing about a distribution. */
const FEW = 10

/** The figures of a latent variable. */
interface Measured {
  variable: 'z' | 'w'
  kl: Estimate
  mutualInformation: Estimate
  flatness: Estimate
  /** F less the inference gap: how much nearer q is to the exact posterior than the prior is; it needs no log p(x). */
  gain?: Estimate
}

/** A unit of z or a component of w. */
interface Unit {
  /** Variance over the data of its posterior mean, in prior variances; of w that of q(w = k|x). */
  activity: Estimate
  /** KL and F of a unit of z. */
  kl?: Estimate
  flatness?: Estimate
}

/** What a verdict has to know beside the figures. */
export interface Circumstances {
  /** N, number of data points. */
  size: number
  /** Which builder made the model. */
  model?: EvaluatedKind
  untrained?: boolean
  /** Draws of q per data point, and as how many independent draws of the exact posterior they count. */
  draws?: { readonly samples: number; readonly effective: number }
  /** A Gaussian likelihood's σ beside the data's own spread. */
  noise?: Noise
}

/**
 * Decides from flatness (the model), KL (inference) and mutual information (both), not from a certificate. Each
 * finding holds for all values within the intervals of the figures; where none does, it is 'cannot tell'.
 *
 * @param measured the variable's figures.
 * @param units its units or components.
 * @param circumstances of the evaluation.
 */
export function judge(measured: Measured, units: readonly Unit[], circumstances: Circumstances): Verdict {
  const { variable: v } = measured
  const found = find(measured, units, circumstances)
  const { kind, reason, what } = found
  const title = kind === 'dead units' && v === 'w' ? 'dead components' : kind
  const advice = adviceOn(found, v, circumstances)
  return {
    kind,
    ...(reason && { reason }),
    summary: `${v}: ${title}. ${what} ${figuresText(measured)}.${negativeText(measured)}${advice ? ` ${advice}` : ''}`,
  }
}

/** A finding before it is put into a sentence. */
export interface Finding {
  readonly kind: VerdictKind
  readonly reason?: CannotTell
  readonly what: string
}

function find(measured: Measured, units: readonly Unit[], circumstances: Circumstances): Finding {
  const { variable: v, gain } = measured
  const { size, untrained } = circumstances
  const of = (estimate: Estimate): Interval => interval(estimate, size)
  const numbers = [measured.flatness, measured.kl, measured.mutualInformation]
  if (!numbers.every(({ value }) => Number.isFinite(value)))
    return cannotTell('not finite', `A figure of ${v} is not a finite number`)
  if (untrained) return cannotTell('not trained', 'The weights are those that the model started with')
  if (size < FEW)
    return cannotTell(
      'few data',
      `${size === 1 ? 'One data point says' : `${size} data points say`} too little`,
    )
  const [flatness, kl, information] = numbers.map(of)
  const ahead = gain ? of(gain) : { low: -Infinity, high: Infinity }
  // F = gain + inference gap, and no gap is negative.
  const least = Math.max(flatness.low, v === 'z' ? ahead.low : -Infinity)
  if (least <= SOME) {
    if (flatness.high < NONE && flatness.high > -SOME)
      return {
        kind: 'non-identifiable model',
        what: `The likelihood is flat in ${v} at these data, or so nearly flat that the exact posterior equals the prior, so no better inference can help`,
      }
    return flatnessUnknown(measured, flatness, circumstances)
  }
  if ((kl.high < NONE && least >= 2 * NONE) || (kl.high < 2 * NONE && least >= WEAK))
    return {
      kind: 'failed inference',
      what: `The exact posterior of ${v} differs from the prior, but q(${v}|x) does not`,
    }
  if (information.high < NONE && kl.low > 2 * NONE)
    return {
      kind: 'same for all data',
      what: `q(${v}|x) has left the prior but is the same for all data, so ${v} carries no information about x`,
    }
  if (ahead.high < 0 && kl.low > SOME && least > 2 * NONE)
    return {
      kind: 'failed inference',
      what: `q(${v}|x) is farther from the exact posterior than the prior is, by ${(-gain!.value).toFixed(2)} nats`,
    }
  if (flatness.high < WEAK)
    return { kind: 'weakly identified', what: `The likelihood depends on ${v}, but only weakly` }
  if (kl.low <= SOME) return cannotTell('few data', `Whether KL of ${v} is 0 is open`)
  if (information.low <= SOME) return cannotTell('few data', `Whether I(x; ${v}) is 0 is open`)
  return ofUnits(v, units, of)
}

const cannotTell = (reason: CannotTell, what: string): Finding => ({ kind: 'cannot tell', reason, what })

/** Neither flat nor not flat: because of too few data, or of a poor log p(x). */
function flatnessUnknown(
  { variable: v, flatness: { standardError, bias = 0 } }: Measured,
  flatness: Interval,
  { size, draws }: Circumstances,
): Finding {
  const poor =
    -bias > 2 * standardError || flatness.high < 0 || (draws && draws.effective < draws.samples / 10)
  if (!poor)
    return cannotTell('few data', `Whether the likelihood depends on ${v} is open at ${size} data points`)
  const effective = draws ? `: ${draws.samples} draws of q(z|x) count as ${draws.effective.toFixed(1)}` : ''
  const rise =
    Number.isFinite(bias) && bias < 0 ? `, and more draws may raise it by ${(-bias).toFixed(2)} nats` : ''
  return cannotTell('log p(x)', `log p(x) was not estimated well enough${effective}${rise}`)
}

/** The finding where the variable as a whole carries information. */
function ofUnits(v: 'z' | 'w', units: readonly Unit[], of: (estimate: Estimate) => Interval): Finding {
  const ignored = units.flatMap((unit, i) => (isIgnored(unit, of) ? [i] : []))
  if (ignored.length)
    return {
      kind: 'failed inference',
      what: `The exact posterior of ${ignored.length === 1 ? `unit ${ignored[0]}` : `units ${listed(ignored)}`} (counted from 0) differs from the prior, but q(z|x) does not there`,
    }
  const dead = units.flatMap(({ activity }, i) => (of(activity).high < DEAD ? [i] : []))
  const one = v === 'w' ? 'component' : 'unit'
  const open = units.flatMap(({ activity }, i) => (of(activity).low > ACTIVE || dead.includes(i) ? [] : [i]))
  const these =
    open.length > 1
      ? `${one}s ${listed(open)} (counted from 0) do`
      : `${one} ${listed(open)} (counted from 0) does`
  const but = open.length ? `; whether ${these} is open` : ''
  if (dead.length) {
    const [does, number] = dead.length === 1 ? ['does', 'number'] : ['do', 'numbers']
    const rest =
      dead.length === units.length
        ? `no ${one} varies with the data`
        : `${dead.length} of its ${units.length} ${one}s ${does} not vary with the data (${number} ${listed(dead)}, counted from 0)${but}`
    return { kind: 'dead units', what: `${v} carries information, but ${rest}` }
  }
  const where = open.length ? '' : ` in every ${one}`
  return { kind: 'healthy', what: `${v} carries information about the data${where}${but}` }
}

/** True for a unit that the model uses and its encoder does not: F surely exceeds its noise, and KL counts as 0. */
const isIgnored = ({ activity, kl, flatness }: Unit, of: (estimate: Estimate) => Interval): boolean =>
  kl !== undefined &&
  flatness !== undefined &&
  of(activity).high < DEAD &&
  of(kl).high < NONE &&
  of(flatness).low > WEAK
