import type { DataSet } from '../../../src/data/dataset'
import { gaussian } from '../../../src/distributions/gaussian'
import { vae } from '../../../src/models/builders'
import type { Model } from '../../../src/models/model'
import { Random } from '../../support/random'
import { affineEncoder, realData, scaling } from '../knownModel'

/** Two classes in equal shares, x ~ N(±(1, 0.5), I), and the accuracy of the best rule, Φ(√1.25). */
export function twoClasses(size: number, seed: number): { data: DataSet; best: number } {
  const random = new Random(seed)
  const labels = Array.from({ length: size }, (_, i) => i % 2)
  const rows = labels.map((label) => [1, 0.5].map((m) => Math.fround((label ? m : -m) + random.normal())))
  return { data: realData(rows, labels), best: 0.86822 }
}

/** A model whose E[z|x] is `gain` x. */
export const encoderOf = (gain: number): Model =>
  vae({
    likelihood: gaussian(2),
    latent: 2,
    decoder: scaling([1, 1]),
    encoder: affineEncoder([gain, gain], [0, 0], [1, 1]),
  })
