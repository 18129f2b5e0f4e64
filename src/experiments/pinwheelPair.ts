import { gaussian } from '../distributions/gaussian'
import { adam } from '../engine/optimizers'
import { gmvae, lidmvae } from '../models/builders'
import type { Model } from '../models/model'
import { anchoredMeans, freeMeans } from '../models/prior'
import type { FitOptions } from '../training/options'
import { cosineDecay } from '../training/schedule'

/** What both models of the pinwheel pair share: 5 components for 5 arms, 2 latent units, q(w|x) q(z|x,w), a learned σ, and the same floor of γ. */
const shared = (hidden: number, seed: number) => ({
  likelihood: gaussian(2, { sigma: 'learned', floor: 0.02 }),
  latent: 2,
  components: 5,
  hidden,
  seed,
  posterior: 'q(w|x) q(z|x,w)' as const,
})

const FLOOR = 0.1

/** The paper's GMVAE example on pinwheel data: a fair pair, and the same identifiable model with a large constant in its certificate. */
export const pinwheelMethods = {
  plain: (hidden: number, seed: number): Model =>
    gmvae({ ...shared(hidden, seed), prior: freeMeans({ floor: FLOOR }) }),
  // μ is small: the arms are 0.1 thick, and no map with a constant c makes anything narrower than c γ.
  lid: (hidden: number, seed: number): Model =>
    lidmvae({
      ...shared(hidden, seed),
      prior: anchoredMeans({ floor: FLOOR }),
      injective: { mu: 0.03, hiddenLatent: hidden },
    }),
  'lid, μ 1': (hidden: number, seed: number): Model =>
    lidmvae({
      ...shared(hidden, seed),
      prior: anchoredMeans(),
      injective: { mu: 1, hiddenLatent: hidden },
    }),
} as const

export type PinwheelMethod = keyof typeof pinwheelMethods

/** Points of the pinwheel that the pair is fitted to, batches of 100, and the options of `fit` for a number of steps. */
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
