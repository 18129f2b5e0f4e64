import { formatEstimate, sayEstimate, type Estimate } from '../base/estimate'

/** What can be said of one latent variable at given data. */
export type VerdictKind =
  | 'healthy'
  | 'non-identifiable model'
  | 'failed inference'
  | 'weakly identified'
  | 'dead units'
  | 'same for all data'

/** What `diagnose` makes of one latent variable. */
export interface Verdict {
  /** The finding in one word or two. */
  readonly kind: VerdictKind
  /** A sentence or two: what was found, by which figures, and what to try. */
  readonly words: string
}

/** Below this many nats a flatness, KL or mutual information counts as none. */
const NONE = 0.05
/** Below this many nats a flatness counts as weak. */
const WEAK = 0.5

interface Measured {
  variable: 'z' | 'w'
  activeUnits: Estimate
  kl: Estimate
  mutualInformation: Estimate
  flatness: Estimate
}

/** One unit of z, as far as a verdict asks. */
interface Unit {
  unit: number
  active: boolean
  kl: Estimate
  flatness: Estimate
}

/**
 * Decides from flatness (the model), KL (inference) and mutual information (both), never from a certificate.
 *
 * @param measured the variable's figures. @param active which of its units or components are. @param units those of z.
 */
export function judge(measured: Measured, active: readonly boolean[], units: readonly Unit[] = []): Verdict {
  const { variable: v, kl, mutualInformation: information, flatness } = measured
  const measures: [string, Estimate][] = [
    ['F', flatness],
    ['KL', kl],
    ['I', information],
  ]
  const figures = `${measures.map(([name, one]) => sayEstimate(name, one)).join(', ')} nats`
  const negative = measures.flatMap(([name, one]) => (formatEstimate(one).startsWith('-') ? [name] : []))
  const below = negative.length
    ? ` ${negative.join(' and ')} cannot be negative: an estimate below 0 is so by sampling error, and counts as 0.`
    : ''
  const say = (kind: VerdictKind, what: string, advice = ''): Verdict => ({
    kind,
    words: `${v}: ${kind === 'dead units' && v === 'w' ? 'dead components' : kind}. ${what} (${figures}).${below}${advice ? ` ${advice}` : ''}`,
  })
  if (flatness.value < NONE)
    return say(
      'non-identifiable model',
      `The likelihood is flat in ${v} at these data, or so near to it that the exact posterior equals the prior, so no better inference can help`,
      `Change the model: one injective in ${v} (${v === 'w' ? 'lidmvae' : 'lidvae, lidmvae, lidsvae'}); if it is one, it is too weak here: a larger μ, or less noise in the likelihood.`,
    )
  if (kl.value < NONE)
    return say(
      'failed inference',
      `The exact posterior of ${v} differs from the prior, but q(${v}|x) does not`,
      'Keep the model and mend inference: a stronger encoder, more encoder steps, KL annealing, or a longer training.',
    )
  if (information.value < NONE)
    return say(
      'same for all data',
      `q(${v}|x) has left the prior but is the same for all data, so ${v} tells nothing about x`,
      v === 'w'
        ? 'One component does all the work: start the means further apart, or use lidmvae.'
        : 'Check the encoder.',
    )
  if (flatness.value < WEAK)
    return say(
      'weakly identified',
      `The likelihood moves with ${v}, but little`,
      'Raise μ or the anchor, or train longer.',
    )
  const ignored = units.filter(isIgnored).map(({ unit }) => unit)
  if (ignored.length)
    return say(
      'failed inference',
      `The exact posterior of ${ignored.length === 1 ? `unit ${ignored[0]}` : `units ${listed(ignored)}`} (counted from 0) differs from the prior, but q(z|x) does not there`,
      'Keep the model and mend inference: a stronger encoder, more encoder steps, KL annealing, or a longer training.',
    )
  const dead = active.flatMap((isActive, i) => (isActive ? [] : [i]))
  if (dead.length) {
    const what = v === 'w' ? 'component' : 'unit'
    const list = listed(dead)
    const rest =
      dead.length === active.length
        ? `no ${what} moves with the data`
        : `${dead.length} of its ${active.length} ${what}s ${dead.length === 1 ? 'does' : 'do'} not move with the data (${dead.length === 1 ? 'number' : 'numbers'} ${list}, counted from 0)`
    return say(
      'dead units',
      `${v} carries information, but ${rest}`,
      v === 'w' ? 'Fewer components, or means held apart, may help.' : 'Fewer units, or lidvae, may help.',
    )
  }
  return say(
    'healthy',
    `${v} carries information about the data in every ${v === 'w' ? 'component' : 'unit'}`,
  )
}

/** True of a unit that the model uses and its encoder does not: F is beyond its noise, KL is none. */
const isIgnored = ({ active, kl, flatness }: Unit): boolean =>
  !active && kl.value < NONE && flatness.value - 3 * flatness.standardError > WEAK

const listed = (numbers: readonly number[]): string =>
  numbers.length > 12 ? `${numbers.slice(0, 12).join(', ')} …` : numbers.join(', ')
