import { DataSet } from '../../data/dataset'
import type { Model } from '../../models/model'
import { sample } from '../../models/use'

/** Rows per call, which bounds the memory for images. */
const CHUNK = 5000

/** What the values of draws of a family are. */
const valuesOf = {
  bernoulli: 'binary',
  gaussian: 'real',
  poisson: 'count',
  negativeBinomial: 'count',
} as const

/**
 * New data from a trained model, z from its prior and x from p(x|z): data whose true distribution is known.
 *
 * @param model the model, from here on the truth.
 * @param size number of draws.
 * @param seed seed of the draws.
 * @returns a data set with the model's dimension.
 * @example
 * const draws = await drawsOf(model, 5000, 1)
 */
export async function drawsOf(model: Model<DataSet>, size: number, seed: number): Promise<DataSet> {
  const x = new Float32Array(size * model.dim)
  for (let start = 0, part = 0; start < size; start += CHUNK, part++) {
    const count = Math.min(CHUNK, size - start)
    // Parts of their own seeds: seeds of data sets stay below a thousand.
    x.set((await sample(model, { count, seed: seed + 1000 * part })).x, start * model.dim)
  }
  return new DataSet({
    name: `draws of a ${model.kind}`,
    x,
    shape: [model.dim],
    values: valuesOf[model.likelihood.name as keyof typeof valuesOf],
    source: `drawn from a trained ${model.kind}, seed ${seed}`,
  })
}
