// The data and the two models that the settings ask for.
import type * as edition from '../../src/browser'
import type { Settings } from './messages'

export type Library = typeof edition

/** Points on each side of the training, and in a cloud that was clicked. */
const POINTS = { train: 1000, test: 400 }
const CLOUD = { points: 60, sd: 0.22 }
export const IMAGES = { train: 800, test: 300, hidden: 64, components: 10, steps: 1500 }

/** Normal draws that depend on a seed only. */
function normals(seed: number): () => number {
  let state = seed * 2654435761 + 1
  const uniform = (): number => {
    state = (Math.imul(state ^ (state >>> 15), state | 1) + 0x6d2b79f5) | 0
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32
  }
  return () => Math.sqrt(-2 * Math.log(1 - uniform() * 0.999999)) * Math.cos(2 * Math.PI * uniform())
}

function cloudsOf(lid: Library, clouds: Settings['clouds'], seed: number) {
  const draw = normals(seed)
  const labels = clouds.flatMap((_, k) => new Array<number>(CLOUD.points).fill(k))
  const x = labels.flatMap((k) => clouds[k].map((at) => at + CLOUD.sd * draw()))
  return new lid.DataSet({
    name: 'your points',
    x: Float32Array.from(x),
    shape: [2],
    values: 'real',
    labels: Int32Array.from(labels),
    labelNames: clouds.map((_, k) => `cloud ${k + 1}`),
    source: 'clicked',
  })
}

export async function dataOf(lid: Library, { data, clouds, seed }: Settings) {
  if (data === 'images') {
    const { train, test } = IMAGES
    return lid.data.fashionMnist({ train, test, onNote: () => undefined })
  }
  if (data === 'pinwheel') return lid.data.pinwheel({ ...POINTS, seed })
  return { train: cloudsOf(lid, clouds, seed), test: cloudsOf(lid, clouds, seed + 1) }
}

export function build(lid: Library, settings: Settings) {
  const { kind, data, latent, sigma, mu, start, seed } = settings
  const images = data === 'images'
  const shared = {
    likelihood: images ? lid.bernoulli(784) : lid.gaussian(2, { sigma }),
    latent,
    components: images ? IMAGES.components : data === 'pinwheel' ? 5 : Math.max(2, settings.clouds.length),
    hidden: images ? IMAGES.hidden : 64,
    seed,
  }
  const { freeMeans, anchoredMeans } = lid.parts
  if (kind === 'plain')
    return lid.gmvae({ ...shared, prior: freeMeans({ floor: images ? 0.3 : 0.1, start }) })
  // In the plane the twist map, whose constant is the product of its layers'.
  if (!images && latent === 2)
    return lid.lidmvae({
      ...shared,
      prior: anchoredMeans({ floor: 0.1, covariance: 'full' }),
      injective: { map: 'twist', mu: [mu ** (2 / 3), mu ** (1 / 3)] },
    })
  return lid.lidmvae({ ...shared, injective: { mu: Math.sqrt(mu) } })
}
