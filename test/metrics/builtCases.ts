import type { DataSet } from '../../src/data/dataset'
import { gaussian } from '../../src/distributions/gaussian'
import type { VerdictKind } from '../../src/metrics/verdict'
import { gmvae, vae } from '../../src/models/builders'
import type { Model } from '../../src/models/model'
import type { EncoderBuilder } from '../../src/models/posterior'
import { Random } from '../support/random'
import { drawX, exactInference, repeat, standard, type Inference, type Known } from './known'
import { affineEncoder, exactEncoder, realData, scaling, tableModel } from './knownModel'

/** A model built to deserve a verdict, with data to find it out. */
export interface BuiltCase {
  title: string
  variable: 'z' | 'w'
  kind: VerdictKind
  /** What its summary must match. */
  words: RegExp[]
  build: () => { model: Model; data: DataSet }
}

const linear =
  (
    slopes: number[],
    encoder: EncoderBuilder = exactEncoder(standard(slopes)),
    size = 300,
  ): BuiltCase['build'] =>
  () => ({
    model: vae({
      likelihood: gaussian(slopes.length),
      latent: slopes.length,
      decoder: scaling(slopes),
      encoder,
    }),
    data: realData(drawX(standard(slopes), size, new Random(1))),
  })

const apart: Known = {
  slopes: [1.5, 1],
  sigma: 0.5,
  means: [
    [-2, 0],
    [2, 0],
    [0, 2],
  ],
  sds: repeat([0.7, 0.7], 3),
}
const overlapping: Known = { slopes: [1], sigma: 0.7, means: [[-0.6], [0.6]], sds: [[0.7], [0.7]] }
const idle: Known = { ...apart, means: [...apart.means, [0, -40]], sds: repeat([0.7, 0.7], 4) }

const mixture =
  (known: Known, qw: Inference['qw'] = exactInference(known).qw, drawn = known): BuiltCase['build'] =>
  () => {
    const xs = drawX(drawn, 300, new Random(2))
    return { model: tableModel(known, xs, { ...exactInference(known), qw }), data: realData(xs) }
  }

const noBetterInference = [
  /exact posterior equals the prior, so no better inference can help/,
  /Change the model: use one that is injective in/,
]
const improveInference = [
  /exact posterior of . differs from the prior, but q\(.\|x\) does not/,
  /Keep the model and improve inference/,
]

/** Every verdict of `diagnose`, of both latent variables. */
export const builtCases: BuiltCase[] = [
  {
    title: 'linear VAE, every unit used, exact posterior',
    variable: 'z',
    kind: 'healthy',
    words: [/^z: healthy\. z carries information about the data in every unit \(F = /],
    build: linear([1.5, -1]),
  },
  {
    title: 'linear VAE whose decoder ignores z',
    variable: 'z',
    kind: 'non-identifiable model',
    words: [/^z: non-identifiable model\. The likelihood is flat in z at these data/, ...noBetterInference],
    build: linear([0, 0]),
  },
  {
    title: 'the same with an encoder that strays',
    variable: 'z',
    kind: 'non-identifiable model',
    words: noBetterInference,
    build: linear([0, 0], affineEncoder([0.3, 0], [0, 0], [0.9, 1])),
  },
  {
    title: 'linear VAE, q(z|x) the prior',
    variable: 'z',
    kind: 'failed inference',
    words: [/^z: failed inference\./, ...improveInference],
    build: linear([1.5, -1], affineEncoder([0, 0], [0, 0], [1, 1])),
  },
  {
    title: 'linear VAE of faint slope',
    variable: 'z',
    kind: 'weakly identified',
    words: [
      /^z: weakly identified\. The likelihood depends on z, but only weakly/,
      /Train longer, or use a model that is injective in z/,
    ],
    build: linear([0.6], undefined, 1000),
  },
  {
    title: 'linear VAE with one dead unit',
    variable: 'z',
    kind: 'dead units',
    words: [
      /^z: dead units\. .*1 of its 3 units does not vary with the data \(number 1, counted from 0\)/,
      /Fewer units, or lidvae/,
    ],
    build: linear([1.5, 0, -1]),
  },
  {
    title: 'linear VAE with one dead unit and one that its encoder ignores',
    variable: 'z',
    kind: 'failed inference',
    words: [
      /^z: failed inference\. The exact posterior of unit 2 \(counted from 0\) differs from the prior, but q\(z\|x\) does not there/,
      /Keep the model and improve inference/,
    ],
    // Slope 1.5 and σ 1: the exact posterior has the mean 1.5 x / 3.25 and the variance 1 / 3.25.
    build: linear([1.5, 0, 2], affineEncoder([1.5 / 3.25, 0, 0], [0, 0, 0], [3.25 ** -0.5, 1, 1])),
  },
  {
    title: 'linear VAE, q(z|x) off the prior and the same for all x',
    variable: 'z',
    kind: 'same for all data',
    words: [/^z: same for all data\..* z carries no information about x/, /Check the encoder/],
    build: linear([1.5, -1], affineEncoder([0, 0], [0.5, 0.5], [0.5, 0.5])),
  },
  {
    title: 'mixture, components apart, exact posterior',
    variable: 'w',
    kind: 'healthy',
    words: [/^w: healthy\. w carries information about the data in every component/],
    build: mixture(apart),
  },
  {
    title: 'gmvae at its start',
    variable: 'w',
    kind: 'cannot tell',
    words: [
      /^w: cannot tell\. The weights are those that the model started with/,
      /Train the model with lid\.fit/,
    ],
    build: () => ({
      model: gmvae({ likelihood: gaussian(2), latent: 2, components: 3, hidden: 8, seed: 1 }),
      data: realData(drawX(apart, 300, new Random(2))),
    }),
  },
  {
    title: 'gmvae whose means are still near zero after training',
    variable: 'w',
    kind: 'non-identifiable model',
    words: [/^w: non-identifiable model\. The likelihood is flat in w at these data/, ...noBetterInference],
    build: () => {
      const model = gmvae({
        likelihood: gaussian(2, { sigma: 0.5 }),
        latent: 2,
        components: 3,
        hidden: 8,
        seed: 1,
      })
      // As after one step of training.
      model.steps = 1
      return { model, data: realData(drawX(apart, 300, new Random(2))) }
    },
  },
  {
    title: 'mixture, components apart, q(w|x) uniform',
    variable: 'w',
    kind: 'failed inference',
    words: [/^w: failed inference\./, ...improveInference],
    build: mixture(apart, () => [1 / 3, 1 / 3, 1 / 3]),
  },
  {
    title: 'mixture, components overlapping, exact posterior',
    variable: 'w',
    kind: 'weakly identified',
    words: [/^w: weakly identified\. The likelihood depends on w, but only weakly/],
    build: mixture(overlapping),
  },
  {
    title: 'mixture with a component far from all data',
    variable: 'w',
    kind: 'dead units',
    words: [
      /^w: dead components\. .*1 of its 4 components does not vary with the data \(number 3, counted from 0\)/,
    ],
    build: mixture(idle, (x) => exactInference(apart).qw(x).concat(1e-9), apart),
  },
  {
    title: 'mixture, components apart, q(w|x) one component for all x',
    variable: 'w',
    kind: 'same for all data',
    words: [
      /^w: same for all data\./,
      /One component is used for all data: start the means further apart, or use lidmvae/,
    ],
    build: mixture(apart, () => [1 - 2e-6, 1e-6, 1e-6]),
  },
]
