import { gaussian } from '../distributions/gaussian'
import { adam } from '../engine/optimizers'
import { gmvae, lidmvae, type MixtureOptions } from '../models/builders'
import type { Model } from '../models/model'
import { anchoredMeans, freeMeans } from '../models/prior'
import type { FitOptions } from '../training/options'
import { cosineDecay } from '../training/schedule'

/** What both models of the pinwheel pair share: 5 components for 5 arms, 2 latent units, a learned σ. */
const shared = (hidden: number, seed: number): MixtureOptions => ({
  likelihood: gaussian(2, { sigma: 'learned', floor: 0.02 }),
  latent: 2,
  components: 5,
  hidden,
  seed,
})

const plain = (o: MixtureOptions, floor?: number): Model => gmvae({ ...o, prior: freeMeans({ floor }) })

// μ is small, since no map with a constant c in its certificate makes anything narrower than c γ.
const lid = (o: MixtureOptions, mu = 0.03, floor?: number): Model =>
  lidmvae({ ...o, prior: anchoredMeans({ floor }), injective: { mu, hiddenLatent: o.hidden } })

const byComponent = 'q(w|x) q(z|x,w)'

/**
 * The paper's GMVAE example on pinwheel data: a fair pair; each with the other posterior family and with components that may be narrower; and the
 * identifiable model with a large constant in its certificate.
 */
export const pinwheelMethods = {
  plain: (hidden: number, seed: number): Model => plain(shared(hidden, seed)),
  lid: (hidden: number, seed: number): Model => lid(shared(hidden, seed)),
  'plain, q(z|x,w)': (hidden: number, seed: number): Model =>
    plain({ ...shared(hidden, seed), posterior: byComponent }),
  'lid, q(z|x,w)': (hidden: number, seed: number): Model =>
    lid({ ...shared(hidden, seed), posterior: byComponent }),
  'plain, γ floor 0.1': (hidden: number, seed: number): Model => plain(shared(hidden, seed), 0.1),
  'lid, γ floor 0.1': (hidden: number, seed: number): Model => lid(shared(hidden, seed), 0.03, 0.1),
  'lid, μ 1': (hidden: number, seed: number): Model => lid(shared(hidden, seed), 1),
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
