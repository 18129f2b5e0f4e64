import type { DataSet } from '../data/dataset'
import { ArgumentError } from '../base/errors'
import { evaluationData } from './evaluationData'
import type { Model } from './model'

/**
 * Some data points as every evaluation uses them.
 *
 * @throws ArgumentError for data that do not fit the model, or an index out of range.
 */
export function evaluationRows(
  model: Model<DataSet>,
  data: DataSet,
  argument: string,
  indices: readonly number[],
): DataSet {
  model.conditional.requireFit(data, 'data')
  for (const index of indices)
    if (!Number.isInteger(index) || index < 0 || index >= data.size)
      throw new ArgumentError(argument, index, `an integer from 0 to ${data.size - 1}`)
  return evaluationData(model, data.select(indices))
}
