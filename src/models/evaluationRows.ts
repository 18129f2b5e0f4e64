import { DataSet } from '../data/dataset'
import { ArgumentError } from '../base/errors'
import { evaluationData } from './evaluationData'
import type { Model } from './model'

/**
 * Some data points as an evaluation of the whole data set sees them: intensities binarised by the rows' own places, not by those among the chosen.
 *
 * @throws ArgumentError for data that do not fit the model, or an index that the data have not.
 */
export function evaluationRows(
  model: Model,
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
        `a whole number from 0 to ${data.size - 1}`,
        'Choose a row that the data have.',
      )
  const fixed = evaluationData(model, data.take(Math.max(...indices) + 1))
  const { labels } = fixed
  return new DataSet({
    ...fixed,
    x: fixed.rows(indices),
    labels: labels && Int32Array.from(indices, (i) => labels[i]),
  })
}
