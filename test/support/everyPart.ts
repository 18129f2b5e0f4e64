import { Parameters } from '../../src/compute/parameters'
import { brenier } from '../../src/layers/brenier'
import { convolutionalBrenier } from '../../src/layers/convolutionalBrenier'
import { fullRank } from '../../src/layers/fullRank'
import { increasing } from '../../src/layers/increasing'
import type { InjectivePart } from '../../src/layers/injective'
import { rotation } from '../../src/layers/rotation'
import { twist } from '../../src/layers/twist'
import { boundHolds } from './expansion'
import { Random } from './random'
import { disturb } from './tables'

const makers: ((parameters: Parameters, dim: number) => InjectivePart)[] = [
  (parameters, dim) => twist(parameters, 'f', dim, { hidden: 6, mu: 0.1 }),
  (parameters, dim) => twist(parameters, 'f', dim, { hidden: 9, mu: 0.3, saturating: 1 }),
  (parameters, dim) => twist(parameters, 'f', dim, { hidden: 7, mu: 1, saturating: 0 }),
  (parameters, dim) => brenier(parameters, 'f', dim, { hidden: 6, mu: 0.1, layers: 1 }),
  (parameters, dim) => brenier(parameters, 'f', dim, { hidden: 6, mu: 0.1, layers: 0, activation: 'paper' }),
  (parameters, dim) =>
    convolutionalBrenier(parameters, 'f', dim, {
      shape: [dim, 1],
      channels: 3,
      kernel: 3,
      stride: 2,
      mu: 0.1,
    }),
  (parameters, dim) => fullRank(parameters, 'f', dim, dim + 2, { anchor: 0.5 }),
  (parameters, dim) => increasing(parameters, 'f', dim, { mu: 0.1 }),
  (parameters, dim) => rotation(parameters, 'f', dim),
]

/**
 * Checks the constant of every kind of part on pairs of points, in float32: weights moved by up to 10 standard
 * normals from where they start, widths 2 to 5.
 */
export function everyPartHolds(settings: number, pairs: number): void {
  for (let i = 0; i < settings; i++) {
    const random = new Random(1000 + i)
    for (const make of makers) {
      const parameters = Parameters.from(i)
      const part = make(parameters, 2 + (i % 4))
      disturb(parameters, random, [0.1, 0.5, 1, 3, 10][i % 5])
      boundHolds(part, random, pairs)
      parameters.dispose()
    }
  }
}
