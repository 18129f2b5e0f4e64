import type { DataSet } from '../../data/dataset'
import { bernoulli } from '../../distributions/bernoulli'
import { gmvae, lidmvae, type MixtureOptions } from '../../models/builders'
import type { Model } from '../../models/model'
import { anchoredMeans, freeMeans } from '../../models/prior'

/** The fair pair of the mixture experiment and its ablations, by the name used in tables. */
export const mixtureMethods = {
  plain: (o: MixtureOptions): Model<DataSet> => gmvae(o),
  lid: (o: MixtureOptions): Model<DataSet> => lidmvae(o),
  'plain decoder, identifiable prior': (o: MixtureOptions): Model<DataSet> =>
    gmvae({ ...o, prior: anchoredMeans() }),
  'identifiable decoder, plain prior': (o: MixtureOptions): Model<DataSet> =>
    lidmvae({ ...o, prior: freeMeans() }),
  'plain, wide initial means': (o: MixtureOptions): Model<DataSet> =>
    gmvae({ ...o, prior: freeMeans({ start: 1 }) }),
} as const

export type MixtureMethod = keyof typeof mixtureMethods

/** The recipe's size: 20,000 images, z 16, K 10, hidden 512, 8 epochs of batches of 100. */
export const recipe = {
  train: 20_000,
  epochs: 8,
  options: (seed: number): MixtureOptions => ({
    likelihood: bernoulli(784),
    latent: 16,
    components: 10,
    hidden: 512,
    seed,
  }),
}
