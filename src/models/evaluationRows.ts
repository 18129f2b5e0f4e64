import { DataSet } from '../data/dataset'
import { ArgumentError } from '../base/errors'
import { evaluationData } from './evaluationData'
import type { Model } from './model'

/**
 * Some data points as an evaluation of the whole data set uses them: the binarisation of a row depends on its
 * index in the data set, not on its place among the chosen rows.
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
      throw new ArgumentError(
        argument,
        index,
        `an integer from 0 to ${data.size - 1}`,
        'Choose a row of the data.',
      )
  const fixed = evaluationData(model, data.take(Math.max(...indices) + 1))
  const { labels } = fixed
  return new DataSet({
    ...fixed,
    x: fixed.rows(indices),
    labels: labels && Int32Array.from(indices, (i) => labels[i]),
  })
}
