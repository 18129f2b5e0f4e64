import { thousands } from '../../base/thousands'
import type { Witness } from './witness'

interface Bounds {
  threshold: number
  componentThreshold: number
  least: number
}

/** The result of a search as text. */
export function formatWitness(found: Omit<Witness, 'summary' | 'found'>, bounds: Bounds): string {
  return [
    formatCodes(found, bounds),
    formatComponents(found, bounds),
    formatTexts(found.texts),
    found.rows === undefined
      ? ''
      : `Summed over the features of ${found.rows} draws of the model; others may differ.`,
    `${thousands(found.evaluations)} codes decoded.`,
  ]
    .filter((sentence) => sentence !== '')
    .join(' ')
}

function formatCodes(
  { pairs, closest, everywhere, typical, deadUnits }: Omit<Witness, 'summary' | 'found'>,
  { threshold, least }: Bounds,
): string {
  const reached = `${formatNats(closest.divergence)} nat`
  if (pairs.length === 0)
    return (
      `z: no witness found. Among all codes tried that are at least ${digits(least)} apart, the two with the closest likelihoods still differ by ${reached} ` +
      `(symmetric KL; above ${digits(threshold)}); the same step from draws of the prior changes the likelihood by ${formatNats(typical)} nat (median). Finding no witness proves nothing.`
    )
  const along =
    closest.unit === undefined ? 'in a direction that mixes units' : `along the axis of unit ${closest.unit}`
  const dead = deadUnits.length
    ? ` ${deadUnits.length === 1 ? 'Unit' : 'Units'} ${list(deadUnits)} (counted from 0) ${deadUnits.length === 1 ? 'is' : 'are'} dead: no step along ${deadUnits.length === 1 ? 'it' : 'them'} changed the likelihood.`
    : ''
  return (
    `z: ${everywhere >= 0.95 ? 'non-identifiable' : 'witness found, but only locally'}. Two codes ${digits(closest.distance)} apart, ${along}, give likelihoods that differ by ${reached} (symmetric KL; at most ${digits(threshold)}); ` +
    `so does the same step from ${(100 * everywhere).toFixed(0)} % of draws of the prior (median ${formatNats(typical)} nat).${dead}`
  )
}

function formatComponents(
  { componentPairs, closestComponents }: Omit<Witness, 'summary' | 'found'>,
  { componentThreshold }: Bounds,
): string {
  if (!closestComponents) return ''
  const [j, k] = closestComponents.components
  const reached = `p(z|w) of components ${j} and ${k} differ by ${formatNats(closestComponents.divergence)} nat`
  if (componentPairs.length === 0)
    return `w: no witness found. Even ${reached} (symmetric KL; above ${digits(componentThreshold)}).`
  const count = componentPairs.length === 1 ? 'One pair' : `${componentPairs.length} pairs`
  return `w: non-identifiable. ${count} of components cannot be told apart: ${reached} (symmetric KL; at most ${digits(componentThreshold)}), and p(x|w) by no more.`
}

const formatTexts = (texts: number | undefined): string =>
  texts === undefined
    ? ''
    : `Summed over the tokens of ${texts === 1 ? 'one text' : `${texts} texts`}; other texts may differ.`

const digits = (value: number): string =>
  value.toPrecision(3).includes('e') ? value.toExponential(2) : String(Number(value.toPrecision(3)))

/** A value in nats; values that float32 cannot distinguish from 0 as "less than 1e-6". */
const formatNats = (value: number): string => (value < 1e-6 ? 'less than 1e-6' : digits(value))

const list = (units: readonly number[]): string =>
  units.length > 12 ? `${units.slice(0, 12).join(', ')} …` : units.join(', ')
