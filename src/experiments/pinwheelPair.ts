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

/** How far apart the identifiable means are held: 20 of the least γ, 0.3. At the default of 2 the components overlap, and w says little: I(x;w) 0.07. */
const SEPARATION = 6

const plain = (o: MixtureOptions): Model => gmvae(o)

// μ is small, since no map with a constant c in its certificate makes anything narrower than c γ.
const lid = (o: MixtureOptions, mu = 0.03, separation = SEPARATION): Model =>
  lidmvae({ ...o, prior: anchoredMeans({ separation }), injective: { mu, hiddenLatent: o.hidden } })

const byComponent = 'q(w|x) q(z|x,w)'

/**
 * The paper's GMVAE example on pinwheel data: a fair pair, and what each part of it does: the other posterior family, each model with the other's prior or
 * start, narrower components, a large constant in the certificate, means less far apart.
 */
export const pinwheelMethods = {
  plain: (hidden: number, seed: number): Model => plain(shared(hidden, seed)),
  lid: (hidden: number, seed: number): Model => lid(shared(hidden, seed)),
  'plain, q(z|x,w)': (hidden: number, seed: number): Model =>
    plain({ ...shared(hidden, seed), posterior: byComponent }),
  'lid, q(z|x,w)': (hidden: number, seed: number): Model =>
    lid({ ...shared(hidden, seed), posterior: byComponent }),
  'plain decoder, identifiable prior': (hidden: number, seed: number): Model =>
    plain({ ...shared(hidden, seed), prior: anchoredMeans({ separation: SEPARATION }) }),
  'plain, wide initial means': (hidden: number, seed: number): Model =>
    plain({ ...shared(hidden, seed), prior: freeMeans({ start: SEPARATION / Math.SQRT2 }) }),
  'plain, γ floor 0.1': (hidden: number, seed: number): Model =>
    plain({ ...shared(hidden, seed), prior: freeMeans({ floor: 0.1 }) }),
  'lid, μ 1': (hidden: number, seed: number): Model => lid(shared(hidden, seed), 1),
  'lid, separation 2': (hidden: number, seed: number): Model => lid(shared(hidden, seed), 0.03, 2),
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
