import type { DataSet } from '../../data/dataset'
import { gaussian } from '../../distributions/gaussian'
import { adam } from '../../compute/optimizers'
import { gmvae, lidmvae, type MixtureOptions } from '../../models/builders'
import type { Model } from '../../models/model'
import { anchoredMeans, freeMeans } from '../../models/prior'
import type { FitOptions } from '../../training/options'
import { cosineDecay } from '../../training/schedule'

/** What both models of the pinwheel pair share: 5 components for 5 arms, 2 latent units, a learned σ. */
const shared = (hidden: number, seed: number): MixtureOptions => ({
  likelihood: gaussian(2, { sigma: 'learned', floor: 0.02 }),
  latent: 2,
  components: 5,
  hidden,
  seed,
})

/**
 * The least γ, the same in both, and the radius on which the identifiable means are held: 20 of the least γ.
 */
const FLOOR = 0.1
const SEPARATION = 2

const plain = (o: MixtureOptions): Model<DataSet> => gmvae({ prior: freeMeans({ floor: FLOOR }), ...o })

// The constant is below 1, since a map with the constant c in its certificate spreads a component over at
// least c² of its area in z. It is divided evenly among the three twist layers, two before β and one after it.
const lid = (o: MixtureOptions, constant = 0.01): Model<DataSet> =>
  lidmvae({
    prior: anchoredMeans({ floor: FLOOR, separation: SEPARATION, covariance: 'full' }),
    ...o,
    injective: {
      map: 'twist',
      mu: [constant ** (2 / 3), constant ** (1 / 3)],
      twists: [2, 1],
      hiddenLatent: o.hidden,
    },
  })

/** The map of the paper, and components along the axes. */
const lidAsInThePaper = (o: MixtureOptions, mu = 0.1): Model<DataSet> =>
  lidmvae({
    prior: anchoredMeans({ floor: FLOOR, separation: SEPARATION, covariance: 'diagonal' }),
    ...o,
    injective: { map: 'as in the paper', mu, layers: 0, hiddenLatent: o.hidden },
  })

const byComponent = 'q(w|x) q(z|x,w)'

/**
 * The paper's GMVAE example on pinwheel data: a fair pair, and what each part of it does: the other posterior
 * family, the plain model with the identifiable prior, means far apart or the default's wider components, and
 * a larger and a smaller constant in the certificate.
 */
export const pinwheelMethods = {
  plain: (hidden: number, seed: number): Model<DataSet> => plain(shared(hidden, seed)),
  lid: (hidden: number, seed: number): Model<DataSet> => lid(shared(hidden, seed)),
  'lid-as-in-the-paper': (hidden: number, seed: number): Model<DataSet> =>
    lidAsInThePaper(shared(hidden, seed)),
  'plain, γ floor 0.3': (hidden: number, seed: number): Model<DataSet> =>
    plain({ ...shared(hidden, seed), prior: freeMeans() }),
  'plain, q(z|x,w)': (hidden: number, seed: number): Model<DataSet> =>
    plain({ ...shared(hidden, seed), posterior: byComponent }),
  'lid, q(z|x,w)': (hidden: number, seed: number): Model<DataSet> =>
    lid({ ...shared(hidden, seed), posterior: byComponent }),
  'plain decoder, identifiable prior': (hidden: number, seed: number): Model<DataSet> =>
    plain({ ...shared(hidden, seed), prior: anchoredMeans({ floor: FLOOR, separation: SEPARATION }) }),
  'plain, wide initial means': (hidden: number, seed: number): Model<DataSet> =>
    plain({ ...shared(hidden, seed), prior: freeMeans({ floor: FLOOR, start: SEPARATION / Math.SQRT2 }) }),
  'plain, full covariance': (hidden: number, seed: number): Model<DataSet> =>
    plain({ ...shared(hidden, seed), prior: freeMeans({ floor: FLOOR, covariance: 'full' }) }),
  'lid-as-in-the-paper, full covariance': (hidden: number, seed: number): Model<DataSet> =>
    lidAsInThePaper({
      ...shared(hidden, seed),
      prior: anchoredMeans({ floor: FLOOR, separation: SEPARATION, covariance: 'full' }),
    }),
  'lid, diagonal covariance': (hidden: number, seed: number): Model<DataSet> =>
    lid({
      ...shared(hidden, seed),
      prior: anchoredMeans({ floor: FLOOR, separation: SEPARATION, covariance: 'diagonal' }),
    }),
  'lid, constant 1': (hidden: number, seed: number): Model<DataSet> => lid(shared(hidden, seed), 1),
  'lid, constant 0.0001': (hidden: number, seed: number): Model<DataSet> => lid(shared(hidden, seed), 1e-4),
  'lid-as-in-the-paper, μ 1': (hidden: number, seed: number): Model<DataSet> =>
    lidAsInThePaper(shared(hidden, seed), 1),
  'lid-as-in-the-paper, μ 0.01': (hidden: number, seed: number): Model<DataSet> =>
    lidAsInThePaper(shared(hidden, seed), 0.01),
} as const

export type PinwheelMethod = keyof typeof pinwheelMethods

/**
 * Points of the pinwheel that the pair is fitted to, batches of 100, and the options of `fit` for a number of
 * steps.
 */
export const pinwheelPair = {
  train: 5000,
  hidden: 64,
  fit: (steps: number, seed: number): FitOptions => ({
    epochs: Math.max(1, Math.round(steps / 50)),
    optimizer: adam({ rate: cosineDecay(1e-2) }),
    seed,
    verbose: false,
  }),
}
