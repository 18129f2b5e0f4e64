import { evaluateOnce } from '../compute/step'
import { isTexts, type ModelData } from '../data/modelData'
import type { Model } from './model'

/** How much a Gaussian likelihood allows for, and how much there is to explain, in the data's unit. */
export interface Noise {
  /** σ, fixed or learned. */
  readonly sigma: number
  /** The lower bound of a learned σ. */
  readonly floor?: number
  /** The data's standard deviation about the mean of each feature: root mean square over features. */
  readonly spread: number
}

/** The spread is itself an estimate. */
const ABOVE = 1.05

/** σ of a model with a Gaussian likelihood beside the spread of the data; undefined for other models. */
export function noiseOf(model: Model, data: ModelData): Noise | undefined {
  if (isTexts(data) || model.conditional.of !== 'rows') return undefined
  const { observation } = model
  const { floor } = observation
  if (!observation.sigma) return undefined
  const [now] = evaluateOnce(() => ({ sigma: observation.sigma!() })).sigma.values
  return { sigma: now, ...(floor !== undefined && { floor }), spread: spreadOf(data) }
}

/**
 * Standard deviation about the mean of each feature, root mean square over features: row by row, twice, since
 * a data set may have 47 million values.
 */
export function spreadOf({ x, dim, size }: { x: Float32Array; dim: number; size: number }): number {
  const mean = new Float64Array(dim)
  for (let at = 0; at < x.length; at += dim) for (let d = 0; d < dim; d++) mean[d] += x[at + d]
  for (let d = 0; d < dim; d++) mean[d] /= size
  let sum = 0
  for (let at = 0; at < x.length; at += dim) for (let d = 0; d < dim; d++) sum += (x[at + d] - mean[d]) ** 2
  return Math.sqrt(sum / (dim * Math.max(1, size - 1)))
}

/**
 * What to do where σ is above the data's own spread, since then p(x|z) hardly depends on z, whatever the model;
 * undefined where it is not.
 */
export function lessNoise({ sigma, floor, spread }: Noise): string | undefined {
  if (!isAbove(sigma, spread)) return undefined
  if (spread === 0) return `${NOTHING}.`
  const beside = `and ${spreadText(spread)}`
  if (floor === undefined) return `Keep the model and lower σ: it is ${number(sigma)}, ${beside}. ${SMALLER}`
  if (isAbove(floor, spread))
    return `Keep the model and lower the floor of σ: it is ${number(floor)}, ${beside}. ${LOWER_FLOOR}`
  return `Keep the model and train longer: σ is still ${number(sigma)}, ${beside}.`
}

/**
 * The same before a training, which can lower a learned σ down to its floor.
 *
 * @returns one line; undefined where σ can come below the spread.
 */
export function excessNoise(noise: Noise): string | undefined {
  const { sigma, floor, spread } = noise
  if (!isAbove(floor ?? sigma, spread)) return undefined
  if (spread === 0) return NOTHING
  const [what, remedy] =
    floor === undefined
      ? [`σ is ${number(sigma)}`, SMALLER]
      : [`σ has the floor ${number(floor)}`, LOWER_FLOOR]
  return `the likelihood's ${what}, but ${spreadText(spread)}: with more noise than there is to explain, z may carry little or nothing. ${remedy}`
}

const SMALLER = "Use sigma: 'learned' with a floor well below that, a smaller σ, or standardise the data."
const LOWER_FLOOR = 'Use a floor well below that, or standardise the data.'
const NOTHING = 'All rows of the data are the same, so that there is nothing for z to explain'

const isAbove = (sigma: number, spread: number): boolean => sigma > ABOVE * spread

const spreadText = (spread: number): string =>
  `the data themselves spread by ${number(spread)} (standard deviation, in their unit)`

const number = (value: number): string => String(Number(value.toPrecision(3)))
