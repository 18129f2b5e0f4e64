import { formatEstimate, formatNamedEstimate, type Estimate } from '../base/estimate'

/** The figures of one latent variable, as its verdict shows them. */
export interface Figures {
  readonly kl: Estimate
  readonly mutualInformation: Estimate
  readonly flatness: Estimate
}

/** `(F = 9.00 ± 0.01, KL = 3.00 ± 0.01, I = 2.00 ± 0.01 nats)`. */
export const figuresText = (figures: Figures): string =>
  `(${named(figures)
    .map(([name, one]) => formatNamedEstimate(name, one))
    .join(', ')} nats)`

/** Explains a figure below 0, which no exact one can be; empty where there is none. */
export function negativeText(figures: Figures): string {
  const negative = named(figures).flatMap(([name, one]) =>
    formatEstimate(one).startsWith('-') ? [name] : [],
  )
  return negative.length
    ? ` ${negative.join(' and ')} cannot be negative: an estimate below 0 is due to sampling error and counts as 0.`
    : ''
}

const named = ({ flatness, kl, mutualInformation }: Figures): [string, Estimate][] => [
  ['F', flatness],
  ['KL', kl],
  ['I', mutualInformation],
]

/** `0, 3, 4`, of many numbers the first twelve. */
export const listed = (numbers: readonly number[]): string =>
  numbers.length > 12 ? `${numbers.slice(0, 12).join(', ')} …` : numbers.join(', ')
