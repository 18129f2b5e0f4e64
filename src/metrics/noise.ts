import { moments } from '../base/estimate'
import { evaluateOnce } from '../compute/step'
import { isTexts, type ModelData } from '../data/modelData'
import type { Model } from '../models/model'

/** How much a Gaussian likelihood allows for, and how much there is to explain, in the data's unit. */
export interface Noise {
  /** σ, fixed or learned. */
  readonly sigma: number
  /** The data's standard deviation about the mean of each feature: root mean square over features. */
  readonly spread: number
}

/** σ of a model with a Gaussian likelihood beside the spread of the data; undefined for other models. */
export function noiseOf(model: Model, data: ModelData): Noise | undefined {
  if (isTexts(data) || model.conditional.of !== 'rows') return undefined
  const { observation } = model
  if (!observation.sigma) return undefined
  const { sigma } = evaluateOnce(() => ({ sigma: observation.sigma!() }))
  return { sigma: sigma.values[0], spread: spreadOf(data) }
}

function spreadOf({ x, dim, size }: { x: Float32Array; dim: number; size: number }): number {
  let sum = 0
  for (let feature = 0; feature < dim; feature++)
    sum += moments(Float64Array.from({ length: size }, (_, row) => x[row * dim + feature])).variance
  return Math.sqrt(sum / dim)
}
