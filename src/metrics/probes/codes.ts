import type { ModelData } from '../../data/modelData'
import { requireEngine } from '../../compute/engine'
import { ArgumentError, unquoted } from '../../base/errors'
import type { Model } from '../../models/model'
import { requireModel } from '../../models/requireModel'
import { encode } from '../../models/use'
import type { Estimate } from '../../base/estimate'

/** Codes with their labels. */
export interface LabelledCodes {
  /** N, number of rows. */
  readonly size: number
  /** Number of units of z. */
  readonly latent: number
  /** E[z|x], `[N, latent]`. */
  readonly codes: ArrayLike<number>
  /** The label of each row, an integer from 0, `[N]`. */
  readonly labels: ArrayLike<number>
}

/** E[z|x] of the data points of both sets, with their labels. */
export async function labelledCodes(
  name: string,
  model: Model,
  train: ModelData,
  test: ModelData,
): Promise<{ train: LabelledCodes; test: LabelledCodes }> {
  requireEngine(name)
  requireModel(model)
  const of = async (argument: string, data: ModelData): Promise<LabelledCodes> => {
    model.conditional.requireFit(data, argument)
    if (!data.labels)
      throw new ArgumentError(
        argument,
        unquoted('data without labels'),
        'data with labels',
        'A probe predicts the label.',
      )
    const { mean } = await encode(model, data)
    return { size: data.size, latent: model.latent, codes: mean, labels: data.labels }
  }
  return { train: await of('train', train), test: await of('test', test) }
}

/** Fraction of correct predictions, with its binomial standard error. */
export function accuracy(predicted: ArrayLike<number>, labels: ArrayLike<number>, how: string): Estimate {
  const size = labels.length
  let right = 0
  for (let i = 0; i < size; i++) if (predicted[i] === labels[i]) right++
  const value = right / size
  return { value, standardError: Math.sqrt((value * (1 - value)) / size), estimator: how }
}
