import type { DataSet } from '../data/dataset'
import { isTexts, type ModelData } from '../data/modelData'
import type { Model } from './model'

/** True when the model's likelihood is of binary data and these are intensities. */
export const needsBinarisation = (model: Model, data: ModelData): data is DataSet =>
  !isTexts(data) && data.values === 'intensity' && model.likelihood.name === 'bernoulli'

/**
 * The data as every evaluation uses them: intensities are binarised once, from their content and a stored seed,
 * where the likelihood needs it.
 *
 * @param binarize false to leave them as they are.
 */
export const evaluationData = <D extends ModelData>(model: Model, data: D, binarize = true): D =>
  binarize && needsBinarisation(model, data) ? (data.binarized() as D) : data
