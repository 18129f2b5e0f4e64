import type { DataSet } from '../../data/dataset'
import { bernoulli } from '../../distributions/bernoulli'
import { gaussian } from '../../distributions/gaussian'
import { adam } from '../../compute/optimizers'
import { lidvae, vae, type LidOptions, type VaeOptions } from '../../models/builders'
import type { Model } from '../../models/model'
import type { FitOptions } from '../../training/options'
import { linearAnnealing } from '../../fixes/linearAnnealing'
import { cosineDecay } from '../../training/schedule'

/**
 * The pair of the flexibility experiment: both are fitted to the same draws of a trained plain model, whose
 * log-likelihood neither can exceed on average.
 */
export const flexibilityMethods = {
  plain: (o: VaeOptions): Model<DataSet> => vae(o),
  lid: (o: VaeOptions & LidOptions): Model<DataSet> => lidvae(o),
} as const

/**
 * What is fitted in the plane. Half of the units of a twist layer saturate here: one normal has to be torn into
 * five arms, and only these units make a narrow steep band.
 */
const mapsInThePlane = {
  plain: undefined,
  lid: { map: 'twist', twists: [3, 3], saturating: 0.5, mu: 0.03 },
  'lid-as-in-the-paper': { map: 'as in the paper', mu: 0.03 },
} as const

export type FlexibilityMethod = keyof typeof mapsInThePlane

/**
 * On the pinwheel: a VAE with 2 latent units and hidden width 64 is the truth; its log-likelihood is exact,
 * by quadrature.
 */
export const pinwheelFlexibility = {
  /** Draws of the truth that the models are fitted to. */
  draws: 20_000,
  truthSteps: 4000,
  truth: (seed: number): Model<DataSet> =>
    vae({ likelihood: gaussian(2, { sigma: 'learned', floor: 0.1 }), latent: 2, hidden: 64, seed }),
  model: (method: FlexibilityMethod, hidden: number, seed: number): Model<DataSet> =>
    flexibilityMethods[method === 'plain' ? 'plain' : 'lid']({
      likelihood: gaussian(2, { sigma: 'learned', floor: 0.02 }),
      latent: 2,
      hidden,
      seed,
      ...(method === 'plain' ? {} : { injective: { ...mapsInThePlane[method], hiddenLatent: hidden } }),
    }),
  /**
   * Options of `fit` for a number of steps of 100 draws. With a rate of 1e-2 and the whole KL from the start
   * z collapses, and the truth would be a normal.
   */
  fit: (steps: number, seed: number, rows = 20_000): FitOptions => ({
    epochs: Math.max(1, Math.round((steps * 100) / rows)),
    optimizer: adam({ rate: cosineDecay(5e-3) }),
    klWeight: linearAnnealing(),
    seed,
    verbose: false,
  }),
}

/**
 * On Fashion-MNIST: a VAE of the recipe's size, trained on the images, is the truth; its draws are binary
 * images.
 */
export const fashionFlexibility = {
  /** Images on which the truth is trained, and draws to which both models are fitted. */
  rows: 20_000,
  epochs: 8,
  /** Further draws on which all three are compared, and draws of z for each. */
  test: 500,
  samples: 200,
  options: (seed: number): VaeOptions => ({ likelihood: bernoulli(784), latent: 16, hidden: 512, seed }),
}
