import { DataSet } from '../../src/data/dataset'
import { bernoulli } from '../../src/distributions/bernoulli'
import { gaussian } from '../../src/distributions/gaussian'
import { negativeBinomial } from '../../src/distributions/negativeBinomial'
import { poisson } from '../../src/distributions/poisson'
import type { Likelihood } from '../../src/distributions/likelihood'
import { gmvae, lidmvae, lidvae, vae } from '../../src/models/builders'
import type { Model, ModelKind } from '../../src/models/model'
import { Random } from './random'

/** `size` binary rows of two noisy patterns, halves of ones and zeros. */
export function tinyImages(size: number, dim: number, seed = 1): DataSet {
  const random = new Random(seed)
  const x = Float32Array.from({ length: size * dim }, (_, i) => {
    const pattern = Math.floor(i / dim) % 2
    const on = pattern === (i % dim < dim / 2 ? 0 : 1)
    return random.uniform() < (on ? 0.9 : 0.1) ? 1 : 0
  })
  const labels = Int32Array.from({ length: size }, (_, i) => i % 2)
  return new DataSet({
    name: 'tiny images',
    x,
    shape: [dim],
    values: 'binary',
    labels,
    source: 'made by a test',
  })
}

/** `size` rows of real numbers about two centres. */
export function tinyPoints(size: number, dim: number, seed = 1): DataSet {
  const random = new Random(seed)
  const x = Float32Array.from(
    { length: size * dim },
    (_, i) => (Math.floor(i / dim) % 2 ? 1 : -1) * (1 + (i % dim)) * 0.4 + 0.5 * random.normal(),
  )
  return new DataSet({ name: 'tiny points', x, shape: [dim], values: 'real', source: 'made by a test' })
}

/** `size` rows of counts, high in one half and low in the other. */
export function tinyCounts(size: number, dim: number, seed = 1): DataSet {
  const random = new Random(seed)
  const x = Float32Array.from({ length: size * dim }, (_, i) => {
    const high = Math.floor(i / dim) % 2 === (i % dim < dim / 2 ? 0 : 1)
    return Math.floor((high ? 8 : 2) * random.uniform())
  })
  return new DataSet({ name: 'tiny counts', x, shape: [dim], values: 'count', source: 'made by a test' })
}

export const DIM = 4
export const LATENT = 2
export const HIDDEN = 5
export const COMPONENTS = 3

export const likelihoods: Record<string, () => Likelihood> = {
  bernoulli: () => bernoulli(DIM),
  'gaussian, σ fixed': () => gaussian(DIM, { sigma: 0.7 }),
  'gaussian, σ learned': () => gaussian(DIM, { sigma: 'learned' }),
  poisson: () => poisson(DIM),
  negativeBinomial: () => negativeBinomial(DIM),
}

/** Data that a likelihood of the table is of. */
export function dataFor(likelihood: string, size: number): DataSet {
  if (likelihood === 'bernoulli') return tinyImages(size, DIM)
  return likelihood === 'poisson' || likelihood === 'negativeBinomial'
    ? tinyCounts(size, DIM)
    : tinyPoints(size, DIM)
}

/** A model in the four kinds and every posterior family, with tiny widths. */
export interface Variant {
  title: string
  kind: ModelKind
  likelihood: string
  build: (seed?: number) => Model
}

const injective = { hiddenLatent: 4 }

/** Every kind × likelihood × posterior family. */
export const variants: Variant[] = Object.entries(likelihoods).flatMap(([name, likelihood]) => {
  const common = (seed = 1) => ({ likelihood: likelihood(), latent: LATENT, hidden: HIDDEN, seed })
  const plain: Variant[] = [
    { title: `vae, ${name}`, kind: 'vae', likelihood: name, build: (seed) => vae(common(seed)) },
    {
      title: `lidvae, ${name}`,
      kind: 'lidvae',
      likelihood: name,
      build: (seed) => lidvae({ ...common(seed), injective }),
    },
  ]
  const mixtures = (['q(w|x) q(z|x)', 'q(w|x) q(z|x,w)'] as const).flatMap((posterior): Variant[] => [
    {
      title: `gmvae, ${name}, ${posterior}`,
      kind: 'gmvae',
      likelihood: name,
      build: (seed) => gmvae({ ...common(seed), components: COMPONENTS, posterior }),
    },
    {
      title: `lidmvae, ${name}, ${posterior}`,
      kind: 'lidmvae',
      likelihood: name,
      build: (seed) => lidmvae({ ...common(seed), components: COMPONENTS, posterior, injective }),
    },
  ])
  return [...plain, ...mixtures]
})
