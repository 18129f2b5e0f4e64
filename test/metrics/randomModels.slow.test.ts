import * as tf from '@tensorflow/tfjs'
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { gaussian } from '../../src/distributions/gaussian'
import { diagnose } from '../../src/metrics/diagnose'
import type { VerdictKind } from '../../src/metrics/verdict'
import { lidvae, vae } from '../../src/models/builders'
import type { Model } from '../../src/models/model'
import { fit } from '../../src/training/fit'
import type { DataSet } from '../../src/data/dataset'
import { onEachEngine } from '../support/engines'
import { Random } from '../support/random'
import { average, drawX, normalKl, posteriorGivenW, standard, truthAt } from './known'
import { affineEncoder, realData, scaling } from './knownModel'

/** What is exactly so of a model at its data; nats. */
interface Truth {
  flatness: number
  kl: number
  information: number
  /** F less the inference gap. */
  gain: number
  /** Least and greatest activity of a unit. */
  activity: [number, number]
  /** Whether a unit has a posterior apart from its prior, and a q that is the prior. */
  ignores?: boolean
  /** No verdict but 'cannot tell' is right. */
  unknown?: boolean
}

interface Built {
  model: Model<DataSet>
  data: DataSet
  truth: Truth
}

/** The verdicts that are right; between 0.02 and 0.1 nat 'weakly identified' is right as well. */
function right({ flatness: f, kl, information, gain, activity, ignores, unknown }: Truth): VerdictKind[] {
  if (unknown) return []
  const when = (holds: boolean, kind: VerdictKind) => (holds ? [kind] : [])
  return [
    ...when(f < 0.05, 'non-identifiable model'),
    ...when(f > 0.02 && f < 0.5, 'weakly identified'),
    ...when(f > 0.05 && (kl < 0.1 || gain < 0 || ignores === true), 'failed inference'),
    ...when(f > 0.02 && kl > 0.02 && information < 0.05, 'same for all data'),
    ...when(f > 0.4 && kl > 0.02 && information > 0.02 && activity[0] < 0.01, 'dead units'),
    ...when(f > 0.4 && kl > 0.02 && information > 0.02 && activity[0] > 0.004 && !ignores, 'healthy'),
  ]
}

/** A linear VAE with an affine encoder, of which everything is known. */
function linear(
  random: Random,
  size: number,
  slopes: number[],
  encode: (exact: { gain: number; sd: number }, unit: number) => { gain: number; offset: number; sd: number },
): Built {
  const known = standard(slopes)
  const origin = posteriorGivenW(
    known,
    slopes.map(() => 0),
    0,
  )
  const one = posteriorGivenW(
    known,
    slopes.map(() => 1),
    0,
  )
  const units = slopes.map((_, u) => encode({ gain: one.mean[u] - origin.mean[u], sd: origin.sd[u] }, u))
  const xs = drawX(known, size, random)
  const q = (x: number[]) => units.map(({ gain, offset, sd }, u) => ({ mean: offset + gain * x[u], sd }))
  const sum = (x: number[], of: (mean: number, sd: number, u: number) => number) =>
    q(x).reduce((total, { mean, sd }, u) => total + of(mean, sd, u), 0)
  const flatness = average(xs.map((x) => truthAt(known, x).flatnessZ))
  const kl = average(xs.map((x) => sum(x, (mean, sd) => normalKl(mean, sd, 0, 1))))
  const gap = average(
    xs.map((x) => {
      const exact = posteriorGivenW(known, x, 0)
      return sum(x, (mean, sd, u) => normalKl(mean, sd, exact.mean[u], exact.sd[u]))
    }),
  )
  const activity = units.map(({ gain }, u) => gain ** 2 * (1 + slopes[u] ** 2))
  const information = units.reduce((total, { sd }, u) => total + Math.log1p(activity[u] / sd ** 2) / 2, 0)
  const ignores = units.some(({ gain, sd }, u) => gain === 0 && sd > 0.99 && Math.abs(slopes[u]) > 0.5)
  const model = vae({
    likelihood: gaussian(slopes.length),
    latent: slopes.length,
    decoder: scaling(slopes),
    encoder: affineEncoder(
      units.map(({ gain }) => gain),
      units.map(({ offset }) => offset),
      units.map(({ sd }) => sd),
    ),
  })
  const range: [number, number] = [Math.min(...activity), Math.max(...activity)]
  return {
    model,
    data: realData(xs),
    truth: { flatness, kl, information, gain: flatness - gap, activity: range, ignores },
  }
}

const between = (random: Random, low: number, high: number) => low + (high - low) * random.uniform()
const several = (random: Random, of: () => number) =>
  Array.from({ length: 1 + Math.floor(3 * random.uniform()) }, of)
const sizes = [100, 300, 1000]
const anySize = (random: Random) => sizes[Math.floor(sizes.length * random.uniform())]
const exact = ({ gain, sd }: { gain: number; sd: number }) => ({ gain, offset: 0, sd })
const ofPrior = () => ({ gain: 0, offset: 0, sd: 1 })

/** A model with a unit, trained for a while, and its truth on a grid. */
async function trained(random: Random, seed: number): Promise<Built> {
  const xs = drawX(standard([between(random, 0, 3), between(random, 0, 2)]), 200, random)
  const data = realData(xs)
  const build = random.uniform() < 0.5 ? vae : lidvae
  const model = build({ likelihood: gaussian(2, { sigma: 'learned' }), latent: 1, hidden: 8, seed })
  await fit(model, data, {
    epochs: 1 + Math.floor(30 * random.uniform()),
    batchSize: 50,
    seed,
    verbose: false,
  })
  return { model, data, truth: onGrid(model, xs) }
}

/** F, KL, I and activity of a model with one unit of z, all integrals by the trapezoidal rule. */
function onGrid(model: Model<DataSet>, xs: number[][]): Truth {
  const z = Array.from({ length: 1301 }, (_, i) => -6.5 + i / 100)
  const prior = z.map((at) => Math.exp(-(at ** 2) / 2) / Math.sqrt(2 * Math.PI) / 100)
  const found = tf.tidy(() => {
    const x = tf.tensor2d(xs)
    const codes = tf.reshape(tf.tensor1d(z), [1, z.length, 1])
    const { mean, sd } = model.posterior.encode(x)
    return {
      log: model.conditional.logProb(x, tf.tile(codes, [xs.length, 1, 1])).arraySync() as number[][],
      mean: Array.from(mean.dataSync()),
      sd: Array.from(sd.dataSync()),
    }
  })
  const { log, mean, sd } = found
  const most = log.map((row) => Math.max(...row))
  const logX = log.map(
    (row, i) => most[i] + Math.log(row.reduce((sum, l, k) => sum + prior[k] * Math.exp(l - most[i]), 0)),
  )
  const underPrior = log.map((row) => row.reduce((sum, l, k) => sum + prior[k] * l, 0))
  const q = mean.map((m, i) =>
    z.map((at) => Math.exp(-(((at - m) / sd[i]) ** 2) / 2) / sd[i] / Math.sqrt(2 * Math.PI) / 100),
  )
  const all = z.map((_, k) => average(q.map((row) => row[k])))
  const kl = average(mean.map((m, i) => normalKl(m, sd[i], 0, 1)))
  const reconstruction = q.map((row, i) => row.reduce((sum, p, k) => sum + p * log[i][k], 0))
  const divergence = all.reduce((sum, p, k) => sum + (p > 1e-300 ? p * Math.log(p / prior[k]) : 0), 0)
  const middle = average(mean)
  const activity = average(mean.map((m) => (m - middle) ** 2))
  return {
    flatness: average(logX) - average(underPrior),
    kl,
    information: kl - divergence,
    gain: average(reconstruction) - kl - average(underPrior),
    activity: [activity, activity],
  }
}

type Family = (random: Random, seed: number) => Built | Promise<Built>

const families: Record<string, [number, Family]> = {
  healthy: [
    40,
    (random) =>
      linear(
        random,
        anySize(random),
        several(random, () => between(random, 0.8, 3)),
        exact,
      ),
  ],
  flat: [
    35,
    (random) => {
      const stray = {
        gain: between(random, -1, 1),
        offset: between(random, -4, 4),
        sd: between(random, 0.1, 1.5),
      }
      const encoders = [exact, () => stray, () => ({ ...stray, gain: 0 })]
      const encode = encoders[Math.floor(3 * random.uniform())]
      return linear(
        random,
        anySize(random),
        several(random, () => 0),
        encode,
      )
    },
  ],
  'failed inference': [
    35,
    (random) => {
      const far = {
        gain: between(random, -2, 2),
        offset: between(random, -5, 5),
        sd: between(random, 0.1, 1),
      }
      const encode = random.uniform() < 0.5 ? ofPrior : () => far
      return linear(
        random,
        anySize(random),
        several(random, () => between(random, 0.8, 3)),
        encode,
      )
    },
  ],
  weak: [30, (random) => linear(random, anySize(random), [between(random, 0.05, 0.6)], exact)],
  'dead units': [
    20,
    (random) => linear(random, anySize(random), [between(random, 0.9, 3), 0, between(random, 0, 1.5)], exact),
  ],
  trained: [20, trained],
  untrained: [
    10,
    (random, seed) => {
      const build = random.uniform() < 0.5 ? vae : lidvae
      const model = build({ likelihood: gaussian(2), latent: 2, hidden: 8, seed })
      const truth: Truth = { flatness: 0, kl: 0, information: 0, gain: 0, activity: [0, 0], unknown: true }
      return { model, data: realData(drawX(standard([1, 2]), 100, random)), truth }
    },
  ],
  'few points': [
    10,
    (random) => linear(random, 1 + Math.floor(29 * random.uniform()), [between(random, 0, 3)], exact),
  ],
}

onEachEngine('diagnose', () => {
  it('200 models that were built or trained: no verdict is wrong, and few are missing', async (t) => {
    const wrong: string[] = []
    const missing: string[] = []
    const counts: Record<string, number> = {}
    let number = 0
    for (const [family, [count, build]] of Object.entries(families))
      for (let i = 0; i < count; i++) {
        const random = new Random(1000 + number++)
        const { model, data, truth } = await build(random, number)
        const { verdict } = (await diagnose(model, data)).z
        const what = `${family} ${i}: ${verdict.summary} ${JSON.stringify(truth)}`
        if (verdict.kind !== 'cannot tell') {
          if (!right(truth).includes(verdict.kind)) wrong.push(what)
        } else if (family !== 'untrained' && family !== 'few points') missing.push(what)
        const counted = `${family}: ${verdict.kind}`
        counts[counted] = (counts[counted] ?? 0) + 1
        model.dispose()
      }
    assert.equal(number, 200)
    t.diagnostic(JSON.stringify(counts))
    assert.deepEqual(wrong, [])
    assert.ok(missing.length <= 0.15 * 180, `${missing.length} of 180:\n${missing.join('\n')}`)
  })
})
