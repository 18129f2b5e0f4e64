import type { Estimate } from '../../src/base/estimate'
import { live } from '../../src/plots/live'
import * as plots from '../../src/plots'
import type { VegaLiteSpec } from '../../src/plots'

/**
 * Made-up numbers of a realistic kind: a plain mixture model that collapses in w, its identifiable twin, an ablation.
 */
let state = 1
const uniform = () => {
  state = (state * 48271) % 2147483647
  return state / 2147483647
}
const normal = () => Math.sqrt(-2 * Math.log(uniform() + 1e-12)) * Math.cos(2 * Math.PI * uniform())
const estimate = (value: number, standardError: number, cap?: number): Estimate => ({
  value,
  standardError,
  estimator: 'importance-weighted, 50 samples, 1000 images',
  ...(cap === undefined ? {} : { cap }),
})

export const ablation = 'plain decoder, identifiable prior'
const kinds = { plain: 'gmvae', identifiable: 'lidmvae' }
export const classNames = [
  'T-shirt',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
]

/** A line of forty points, up to epoch 3.3. */
const walk = (value: (epoch: number) => number) =>
  Array.from({ length: 40 }, (_, i) => ({ epoch: (i + 1) / 12, value: value((i + 1) / 12) }))

export const history = (level: number, kl: number) =>
  Array.from({ length: 8 }, (_, i) => {
    const fall = Math.exp(-(i + 1) / 2)
    const loss = level + 80 * fall
    const klZ = 14 * (1 - fall)
    const klW = kl * (1 - fall)
    return {
      epoch: i + 1,
      loss,
      reconstruction: klZ + klW - loss,
      klZ,
      klW,
      validationLoss: loss + 1.5,
      validationReconstruction: klZ + klW - loss - 1.5,
      validationKlZ: klZ * 1.01,
      validationKlW: klW * 0.98,
    }
  })

const variable = (name: string, au: number, kl: number, mi: number, f: number, cap: number) => ({
  variable: name,
  activeUnits: estimate(au, name === 'z' ? 0 : 0.03),
  kl: estimate(kl, 0.02 + kl * 0.01),
  mutualInformation: estimate(mi, 0.02 + mi * 0.01, cap),
  flatness: estimate(f, 0.05 + f * 0.03),
})
export const diagnoses = {
  plain: {
    model: 'gmvae',
    variables: [variable('w', 0, 0.0003, 0.0002, 0.0009, 2.3), variable('z', 0.94, 14.1, 6.85, 61, 6.9)],
    logLikelihood: estimate(-241.3, 2.9),
  },
  identifiable: {
    model: 'lidmvae',
    variables: [variable('w', 0.9, 1.61, 1.52, 5.4, 2.3), variable('z', 1, 13.2, 6.8, 58, 6.9)],
    logLikelihood: estimate(-239.8, 2.9),
  },
  [ablation]: {
    variables: [variable('w', 0.6, 0.92, 0.81, 2.7, 2.3), variable('z', 1, 13.9, 6.84, 60, 6.9)],
    logLikelihood: estimate(-240.6, 2.9),
  },
}

/** Soft blobs whose place depends on `kind`: images enough for a layout. */
export function blobs(count: number, kind: (i: number) => number, size = 28): Float32Array {
  const images = new Float32Array(count * size * size)
  for (let i = 0; i < count; i++) {
    const cx = size * (0.3 + 0.04 * kind(i)) + normal() * 0.6
    const cy = size * (0.7 - 0.04 * kind(i)) + normal() * 0.6
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++)
        images[(i * size + y) * size + x] = Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (10 + 3 * kind(i)))
  }
  return images
}

const scatterRows = (spread: number) =>
  Array.from({ length: 900 }, (_, i) => {
    const label = i % 10
    const angle = (label / 10) * 2 * Math.PI
    return {
      x: spread * Math.cos(angle) + normal() * 0.6,
      y: spread * Math.sin(angle) + normal() * 0.4,
      label,
      component: uniform() < 0.8 ? label : Math.floor(uniform() * 10),
    }
  })
const assignments = (right: number) =>
  Array.from({ length: 1000 }, (_, i) => ({
    label: i % 10,
    component: uniform() < right ? (i * 3) % 10 : Math.floor(uniform() * 9),
  }))
const lognormal = (count: number, mean: number, spread: number) =>
  Float32Array.from({ length: count }, () => Math.exp(mean + spread * normal()))
const usage = [0.11, 0.09, 0.12, 0.002, 0.1, 0.13, 0.098, 0.11, 0.12, 0.12]
const shape = [28, 28]

/** KL of 16 units over 12 epochs: those from `alive` on die. */
export const klHistory = (alive: number) =>
  Array.from({ length: 12 }, (_, i) => ({
    epoch: i + 1,
    klUnits: Array.from({ length: 16 }, (_value, u) =>
      u < alive
        ? 2.4 * Math.exp(-u / 5) * (1 - Math.exp(-(i + 1) / 3)) + 0.02
        : 0.4 * Math.exp(-(i + 1) * (0.4 + u / 40)),
    ),
  }))

/** A walk over three units of which the last is dead. */
export const walked = (
  shape: readonly number[],
  each: (unit: number, step: number) => ArrayLike<number>,
) => ({
  mean: Float32Array.from([0, 1, 2].flatMap((u) => [0, 1, 2, 3, 4].flatMap((i) => Array.from(each(u, i))))),
  units: [5, 0, 3],
  kl: [2.314, 0.62, 0.0004],
  steps: [-3, -1.5, 0, 1.5, 3],
  code: [-1.2, 2.9, 0.01],
  shape,
  latent: 8,
})

/** log p(x|z) = −c (z₀ − 1)² / 2 − d (z₁ + 0.5)² / 2 − 200 on a grid. */
export function bowl(c: number, d: number) {
  const axis = Float32Array.from({ length: 31 }, (_, i) => -3 + i / 5)
  return {
    units: [2, 7] as const,
    first: axis,
    second: axis,
    logLikelihood: Float32Array.from(
      { length: 961 },
      (_, i) => -200 - (c * (axis[i % 31] - 1) ** 2 + d * (axis[Math.floor(i / 31)] + 0.5) ** 2) / 2,
    ),
    posterior: {
      mean: [c / (1 + c), (-0.5 * d) / (1 + d)] as const,
      sd: [1 / Math.sqrt(1 + c), 1 / Math.sqrt(1 + d)] as const,
    },
    prior: { mean: [0, 0] as const, sd: [1, 1] as const },
  }
}

const rd = (model: string, rate: number, distortion: number) => ({
  model,
  rate: estimate(rate, 0.2 + rate * 0.01),
  distortion: estimate(distortion, 0.9),
})
export const rateDistortionRows = [
  { ...rd('plain', 0.01, 262.4), kind: 'gmvae' },
  { ...rd('identifiable', 15.2, 226.1), kind: 'lidmvae' },
  rd('β = 0.2', 31, 213.5),
  rd(ablation, 14.6, 227),
  rd('free bits', 14.9, 228.2),
]

const seen = (model: string, mi: number, ll: number, cap?: number) => ({
  model,
  information: { ...estimate(mi, 0.06), cap },
  logLikelihood: estimate(ll, 0.3),
})
export const tradeOffRows = [
  { ...seen('plain', 0.01, -245.4), kind: 'gmvae' },
  seen('β 0.2', 1.2, -244.9),
  seen('VampPrior', 1.3, -244.8),
  { ...seen('lid', 2.25, -243.6, Math.log(10)), kind: 'lidmvae' },
]

/** One call of every chart, by the name of its snapshot. Each starts from the same draws. */
/** Texts of words whose frequency falls with their rank. */
const textsOf = (shortest: number, longest: number, words: number) => ({
  documents: Array.from({ length: 400 }, () =>
    Int32Array.from({ length: shortest + Math.floor(uniform() * (longest + 1 - shortest)) }, () =>
      Math.floor(words ** uniform()),
    ),
  ),
})

export const examples: Record<string, () => VegaLiteSpec> = {
  training: () =>
    plots.training({
      plain: { model: 'gmvae', rows: history(238, 0.01) },
      identifiable: { model: 'lidmvae', rows: history(237, 1.6) },
      [ablation]: history(237.5, 0.9),
    }),
  live: () =>
    live(
      [
        {
          title: 'Loss',
          unit: 'nats per data point',
          lines: [
            { name: 'training', points: walk((t) => 240 + 160 * Math.exp(-t) + Math.sin(9 * t)) },
            { name: 'validation', points: [1, 2, 3].map((epoch) => ({ epoch, value: 246 + 60 / epoch })) },
          ],
        },
        {
          title: 'KL from the prior',
          unit: 'nats',
          from: 0,
          lines: [
            { name: 'z', points: walk((t) => 9 * (1 - Math.exp(-2 * t))) },
            { name: 'w', points: walk((t) => 0.9 * (1 - Math.exp(-t))) },
          ],
        },
        {
          title: 'Active units',
          unit: 'fraction of units',
          from: 0,
          to: 1,
          lines: [{ name: 'z', points: [1, 2, 3].map((epoch) => ({ epoch, value: 1 })) }],
        },
        {
          title: 'Inner steps of the encoder',
          unit: 'steps',
          lines: [{ name: 'inner', points: walk((t) => 90 * Math.exp(-t)) }],
        },
        { title: 'Not measured yet', unit: 'nats', lines: [{ name: 'z', points: [] }] },
      ],
      {
        epochs: 8,
        title: 'Training the lidmvae',
        subtitle: ['Loss and KL: means of 6 steps.', 'And so on.'],
      },
    ),
  trainingOne: () => plots.training(history(238, 1).map(({ epoch, loss }) => ({ epoch, loss }))),
  collapse: () => plots.collapse(diagnoses),
  collapseOne: () => plots.collapse(diagnoses.identifiable),
  unitBars: () =>
    plots.unitBars(
      {
        plain: Array.from({ length: 16 }, (_, u) => (u < 9 ? 2.4 * Math.exp(-u / 4) + 0.2 : 0.0004)),
        identifiable: Array.from({ length: 16 }, (_, u) => 1.7 * Math.exp(-u / 9) + 0.2),
        [ablation]: Array.from({ length: 16 }, (_, u) => 1.5 * Math.exp(-u / 7) + 0.1),
      },
      { threshold: 0.1, kinds },
    ),
  reconstructions: () => {
    const original = blobs(12, (i) => i % 10)
    return plots.reconstructions({
      original,
      models: {
        plain: blobs(12, (i) => i % 10),
        identifiable: blobs(12, (i) => i % 10),
        [ablation]: original,
      },
      shape,
      labels: Array.from({ length: 12 }, (_, i) => classNames[i % 10]),
    })
  },
  samples: () => plots.samples({ images: usage.map((_, w) => blobs(10, () => w)), shape, usage }),
  samplesPlain: () => plots.samples({ images: blobs(36, (i) => i % 10), shape }),
  classImages: () =>
    plots.classImages(
      {
        x: Float32Array.from(blobs(40, (i) => i % 4)),
        shape,
        labels: Array.from({ length: 40 }, (_, i) => i % 4),
        labelNames: classNames,
      },
      { perClass: 8, classes: [0, 3, 1] },
    ),
  classImagesUnnamed: () =>
    plots.classImages(
      { x: Float32Array.from(blobs(6, (i) => i)), shape, labels: [7, 7, 7, 7, 9, 9] },
      { kind: 'alphabet' },
    ),
  textLengths: () => plots.textLengths({ reviews: textsOf(3, 14, 40), answers: textsOf(20, 180, 300) }),
  textLengthsOne: () => plots.textLengths(textsOf(10, 10, 50)),
  wordFrequencies: () =>
    plots.wordFrequencies({ reviews: textsOf(3, 14, 40), answers: textsOf(20, 180, 300) }),
  latentScatter: () =>
    plots.latentScatter({ plain: scatterRows(0.8), identifiable: scatterRows(3) }, { labels: classNames }),
  latentScatterOne: () => plots.latentScatter(scatterRows(2.5).map(({ x, y, label }) => ({ x, y, label }))),
  componentLabels: () =>
    plots.componentLabels(
      { plain: assignments(0), identifiable: assignments(0.7) },
      { labels: classNames, components: 10 },
    ),
  componentLabelsOne: () => plots.componentLabels(assignments(0.6), { labels: classNames, show: 'count' }),
  comparison: () => plots.comparison(diagnoses),
  certificateRatios: () =>
    plots.certificateRatios(
      {
        plain: { ratios: lognormal(2000, -1, 1.2) },
        identifiable: { ratios: lognormal(2000, 1.2, 0.5), constant: 0.31 },
      },
      { kinds },
    ),
  flatness: () =>
    plots.flatness(
      {
        plain: lognormal(1000, -8, 1),
        identifiable: lognormal(1000, 1.4, 0.7),
        [ablation]: lognormal(1000, 0.4, 1.2),
      },
      { kinds },
    ),
  traversal: () => plots.traversal(walked(shape, (u, i) => blobs(1, () => (u === 2 ? 4 : i * (2 - u))))),
  traversalLines: () =>
    plots.traversal(
      walked([3], (u, i) => [0.2 * i * (2 - u), 1 - 0.1 * i * i * (2 - u), 0.5 * Math.sin(i) * (2 - u)]),
      { features: ['length', 'width', 'weight'] },
    ),
  interpolation: () =>
    plots.interpolation({
      mean: blobs(14, (i) => i % 7),
      ends: blobs(4, (i) => 6 * (i % 2)),
      names: ['Trouser to Coat', 'Trouser to Coat'],
      steps: [0, 1, 2, 3, 4, 5, 6].map((i) => i / 6),
      shape,
    }),
  interpolationLines: () =>
    plots.interpolation({
      mean: Float32Array.from([0, 1, 2, 1, 2, 0.5]),
      ends: Float32Array.from([0.1, 1.2, 1.9, 0.4]),
      names: ['row 0 to row 1'],
      steps: [0, 0.5, 1],
      shape: [2],
    }),
  likelihoodSurface: () => plots.likelihoodSurface(bowl(60, 9)),
  likelihoodSurfaceFlat: () => plots.likelihoodSurface(bowl(20, 0)),
  klUnits: () => plots.klUnits({ plain: klHistory(7), identifiable: klHistory(16) }, { kinds }),
  klUnitsOne: () => plots.klUnits({ rows: klHistory(14) }),
  rateDistortion: () => plots.rateDistortion(rateDistortionRows),
  tradeOff: () =>
    plots.tradeOff(tradeOffRows, { variable: 'w', bars: '± 1 standard deviation over 3 seeds' }),
  confusion: () =>
    plots.confusion(
      { plain: assignments(0), identifiable: assignments(0.7) },
      { labels: classNames, components: 10, show: 'fraction' },
    ),
  confusionOne: () => plots.confusion(assignments(0.8), { labels: classNames, components: 11 }),
  beside: () =>
    plots.beside(
      [3, 6].map((spread) =>
        plots.samples(
          { images: [0, 1, 2].map((w) => blobs(5, () => w * spread)), shape },
          { title: `Spread ${spread}`, subtitle: '' },
        ),
      ),
      { title: 'Two models side by side' },
    ),
}

/** An example by name, from fresh draws. */
export function example(name: string): VegaLiteSpec {
  state = 1
  return examples[name]()
}
