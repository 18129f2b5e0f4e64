import { formatEstimate, sayEstimate, type Estimate } from '../base/estimate'

/** The possible findings for one latent variable at given data. */
export type VerdictKind =
  | 'healthy'
  | 'non-identifiable model'
  | 'failed inference'
  | 'weakly identified'
  | 'dead units'
  | 'same for all data'

/** The verdict of `diagnose` on one latent variable. */
export interface Verdict {
  /** The finding in a few words. */
  readonly kind: VerdictKind
  /** The finding, its figures, and what to try, as text. */
  readonly summary: string
}

/** A flatness, KL or mutual information below this many nats counts as 0. */
const NONE = 0.05
/** A flatness below this many nats counts as weak. */
const WEAK = 0.5

interface Measured {
  variable: 'z' | 'w'
  activeUnits: Estimate
  kl: Estimate
  mutualInformation: Estimate
  flatness: Estimate
}

/** One unit of z, as a verdict needs it. */
interface Unit {
  unit: number
  active: boolean
  kl: Estimate
  flatness: Estimate
}

/**
 * Decides from flatness (the model), KL (inference) and mutual information (both), not from a certificate.
 *
 * @param measured the variable's figures.
 * @param active which of its units or components are active.
 * @param units the units of z.
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
    ? ` ${negative.join(' and ')} cannot be negative: an estimate below 0 is due to sampling error and counts as 0.`
    : ''
  const verdict = (kind: VerdictKind, what: string, advice = ''): Verdict => ({
    kind,
    summary: `${v}: ${kind === 'dead units' && v === 'w' ? 'dead components' : kind}. ${what} (${figures}).${below}${advice ? ` ${advice}` : ''}`,
  })
  if (flatness.value < NONE)
    return verdict(
      'non-identifiable model',
      `The likelihood is flat in ${v} at these data, or so nearly flat that the exact posterior equals the prior, so no better inference can help`,
      `Change the model: use one that is injective in ${v} (${v === 'w' ? 'lidmvae' : 'lidvae, lidmvae, lidsvae'}). If it already is, use a larger μ or a likelihood with less noise.`,
    )
  if (kl.value < NONE)
    return verdict(
      'failed inference',
      `The exact posterior of ${v} differs from the prior, but q(${v}|x) does not`,
      'Keep the model and improve inference: a stronger encoder, more encoder steps, KL annealing, or longer training.',
    )
  if (information.value < NONE)
    return verdict(
      'same for all data',
      `q(${v}|x) has left the prior but is the same for all data, so ${v} carries no information about x`,
      v === 'w'
        ? 'One component is used for all data: start the means further apart, or use lidmvae.'
        : 'Check the encoder.',
    )
  if (flatness.value < WEAK)
    return verdict(
      'weakly identified',
      `The likelihood depends on ${v}, but only weakly`,
      'Raise μ or the anchor, or train longer.',
    )
  const ignored = units.filter(isIgnored).map(({ unit }) => unit)
  if (ignored.length)
    return verdict(
      'failed inference',
      `The exact posterior of ${ignored.length === 1 ? `unit ${ignored[0]}` : `units ${listed(ignored)}`} (counted from 0) differs from the prior, but q(z|x) does not there`,
      'Keep the model and improve inference: a stronger encoder, more encoder steps, KL annealing, or longer training.',
    )
  const dead = active.flatMap((isActive, i) => (isActive ? [] : [i]))
  if (dead.length) {
    const what = v === 'w' ? 'component' : 'unit'
    const list = listed(dead)
    const rest =
      dead.length === active.length
        ? `no ${what} varies with the data`
        : `${dead.length} of its ${active.length} ${what}s ${dead.length === 1 ? 'does' : 'do'} not vary with the data (${dead.length === 1 ? 'number' : 'numbers'} ${list}, counted from 0)`
    return verdict(
      'dead units',
      `${v} carries information, but ${rest}`,
      v === 'w'
        ? 'Fewer components, or a prior that keeps their means apart, may help.'
        : 'Fewer units, or lidvae, may help.',
    )
  }
  return verdict(
    'healthy',
    `${v} carries information about the data in every ${v === 'w' ? 'component' : 'unit'}`,
  )
}

/** True for a unit that the model uses and its encoder does not: F exceeds its noise, and KL counts as 0. */
const isIgnored = ({ active, kl, flatness }: Unit): boolean =>
  !active && kl.value < NONE && flatness.value - 3 * flatness.standardError > WEAK

const listed = (numbers: readonly number[]): string =>
  numbers.length > 12 ? `${numbers.slice(0, 12).join(', ')} …` : numbers.join(', ')
