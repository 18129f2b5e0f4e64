import type { Witness } from './witness'

interface Bounds {
  threshold: number
  componentThreshold: number
  least: number
}

/** What a search found, in words. */
export function sayWitness(found: Omit<Witness, 'words' | 'found'>, bounds: Bounds): string {
  return [
    sayCodes(found, bounds),
    sayComponents(found, bounds),
    sayTexts(found.texts),
    `${found.evaluations} codes decoded.`,
  ]
    .filter((sentence) => sentence !== '')
    .join(' ')
}

function sayCodes(
  { pairs, closest, everywhere, typical, deadUnits }: Omit<Witness, 'words' | 'found'>,
  { threshold, least }: Bounds,
): string {
  const reached = `${sayNats(closest.divergence)} nat`
  if (pairs.length === 0)
    return (
      `z: no witness found. Of all codes tried that are at least ${digits(least)} apart, the two with the nearest likelihoods still differ by ${reached} ` +
      `(symmetric KL; above ${digits(threshold)}); the same step from draws of the prior makes ${sayNats(typical)} nat (median). A search that finds nothing proves nothing.`
    )
  const along =
    closest.unit === undefined ? 'in a direction that mixes units' : `along the axis of unit ${closest.unit}`
  const dead = deadUnits.length
    ? ` ${deadUnits.length === 1 ? 'Unit' : 'Units'} ${list(deadUnits)} (counted from 0) ${deadUnits.length === 1 ? 'is' : 'are'} dead: no step along ${deadUnits.length === 1 ? 'it' : 'them'} changed the likelihood.`
    : ''
  return (
    `z: ${everywhere >= 0.95 ? 'non-identifiable' : 'witness found, in places only'}. Two codes ${digits(closest.distance)} apart, ${along}, give likelihoods that differ by ${reached} (symmetric KL; at most ${digits(threshold)}); ` +
    `so does the same step from ${(100 * everywhere).toFixed(0)} % of draws of the prior (median ${sayNats(typical)} nat).${dead}`
  )
}

function sayComponents(
  { componentPairs, closestComponents }: Omit<Witness, 'words' | 'found'>,
  { componentThreshold }: Bounds,
): string {
  if (!closestComponents) return ''
  const [j, k] = closestComponents.components
  const reached = `p(z|w) of components ${j} and ${k} differ by ${sayNats(closestComponents.divergence)} nat`
  if (componentPairs.length === 0)
    return `w: no witness found. Even ${reached} (symmetric KL; above ${digits(componentThreshold)}).`
  const count = componentPairs.length === 1 ? 'One pair' : `${componentPairs.length} pairs`
  return `w: non-identifiable. ${count} of components cannot be told apart: ${reached} (symmetric KL; at most ${digits(componentThreshold)}), and p(x|w) by no more.`
}

const sayTexts = (texts: number | undefined): string =>
  texts === undefined
    ? ''
    : `Asked word by word along ${texts === 1 ? 'one text' : `${texts} texts`}, and summed over the words; of other texts it says nothing.`

const digits = (value: number): string =>
  value.toPrecision(3).includes('e') ? value.toExponential(2) : String(Number(value.toPrecision(3)))

/** Two digits, and nothing smaller than float32 arithmetic can tell from 0. */
const sayNats = (value: number): string => (value < 1e-6 ? 'less than 1e-6' : digits(value))

const list = (units: readonly number[]): string =>
  units.length > 12 ? `${units.slice(0, 12).join(', ')} …` : units.join(', ')
