import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { bernoulli } from '../../src/distributions/bernoulli'
import { adam } from '../../src/compute/optimizers'
import { DataSet } from '../../src/data/dataset'
import { lidmvae, vae } from '../../src/models/builders'
import { encode } from '../../src/models/use'
import { fit } from '../../src/training/fit'
import type { EpochRow } from '../../src/training/history'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { dataFor, DIM, HIDDEN, LATENT, tinyImages, variants, type Variant } from '../support/models'
import { near, nearNumber } from '../support/near'
import { readWeights } from '../support/tables'

const quiet = { verbose: false }
const common = { likelihood: bernoulli(DIM), latent: LATENT, hidden: HIDDEN, seed: 1 }
/**
 * Every kind and posterior family with one likelihood, a learned σ, and counts in a plain and an identifiable model.
 */
const isTrained = ({ kind, likelihood }: Variant): boolean =>
  likelihood === 'bernoulli' ||
  (likelihood === 'gaussian, σ learned' && kind === 'vae') ||
  (likelihood === 'poisson' && (kind === 'vae' || kind === 'lidvae'))
const withoutTime = (rows: readonly EpochRow[]) => rows.map(({ seconds: _, ...row }) => row)

onEachEngine('fit', () => {
  const train = async ({ kind, likelihood, build }: Variant, seed: number) => {
    const data = dataFor(likelihood, 60)
    const model = build()
    const { rows } = await fit(model, data, {
      epochs: 3,
      batchSize: 25,
      seed,
      optimizer: adam({ rate: 0.04 }),
      validation: kind === 'vae' ? data.take(20) : undefined,
      ...quiet,
    })
    const weights = readWeights(model.parameters)
    model.dispose()
    return { rows: withoutTime(rows), weights }
  }

  for (const variant of variants.filter(isTrained))
    it(`lowers the loss, and gives the same history and weights bit for bit: ${variant.title}`, () =>
      expectNoLeaks(async () => {
        const [first, second] = [await train(variant, 5), await train(variant, 5)]
        assert.deepEqual(first, second)
        const { rows } = first
        assert.equal(rows.length, 3)
        assert.ok(rows[2].loss < rows[0].loss - 0.1, `${rows[0].loss} to ${rows[2].loss}`)
        const [start, end] = [rows[0].validationLoss, rows[2].validationLoss]
        if (variant.kind === 'vae') assert.ok(start && end && end < start, `validation ${start} to ${end}`)
      }))

  it('trains differently with another seed', async () => {
    const [first, other] = [await train(variants[0], 5), await train(variants[0], 6)]
    assert.notEqual(other.rows[0].loss, first.rows[0].loss)
    for (const name of Object.keys(first.weights))
      assert.notDeepEqual(other.weights[name], first.weights[name])
  })

  it('keeps a history of the loss and its parts, an arquero table with one column per quantity', async () => {
    const model = lidmvae({ ...common, components: 2 })
    const train = tinyImages(25, DIM)
    const seen: EpochRow[] = []
    const steps: number[] = []
    const history = await fit(model, train, {
      epochs: 3,
      batchSize: 10,
      klWeight: 0.3,
      optimizer: adam({ rate: 0.01 }),
      validation: train,
      onEpoch: (row) => void seen.push(row),
      onStep: (step) => steps.push(step),
      ...quiet,
    })
    assert.deepEqual(history.table.columnNames().sort(), [
      'epoch',
      'gradientNorm',
      'klW',
      'klWeight',
      'klZ',
      'loss',
      'rate',
      'reconstruction',
      'seconds',
      'step',
      'validationKlW',
      'validationKlZ',
      'validationLoss',
      'validationReconstruction',
    ])
    assert.deepEqual(seen, history.rows)
    const numbers = history.rows.map(({ klUnits, ...rest }) => {
      near([klUnits.reduce((a, b) => a + b, 0)], [rest.klZ], 1e-5)
      return rest
    })
    assert.deepEqual(history.table.objects(), numbers)
    assert.deepEqual(
      steps,
      Array.from({ length: 9 }, (_, i) => i + 1),
    )
    assert.deepEqual(
      history.rows.map((row) => [row.epoch, row.step, row.klWeight, row.rate]),
      [
        [1, 3, 0.3, 0.01],
        [2, 6, 0.3, 0.01],
        [3, 9, 0.3, 0.01],
      ],
    )
    for (const row of history.rows) {
      nearNumber(row.loss, 0.3 * (row.klZ + row.klW) - row.reconstruction, 1e-5)
      const { validationLoss, validationKlZ, validationKlW, validationReconstruction } = row
      nearNumber(
        validationLoss ?? NaN,
        (validationKlZ ?? NaN) + (validationKlW ?? NaN) - (validationReconstruction ?? NaN),
        1e-9,
      )
      assert.ok(row.gradientNorm > 0 && row.seconds > 0)
    }
    assert.deepEqual([history.stopped, model.steps, model.epochs], [false, 9, 3])
    assert.ok(history.stepMs > 0 && history.seconds > 0)
    model.dispose()
    const bare = vae(common)
    const { table } = await fit(bare, train, { epochs: 1, ...quiet })
    assert.equal(table.columnNames().includes('validationLoss'), false)
    bare.dispose()
  })

  it('continues from its current state: a second call uses other batches and other noise', async () => {
    const model = vae(common)
    const train = tinyImages(30, DIM)
    const still = adam({ rate: 0 })
    const losses: number[] = []
    const onStep = (_: number, loss: number): void => void losses.push(loss)
    await fit(model, train, { epochs: 1, batchSize: 10, optimizer: still, onStep, ...quiet })
    await fit(model, train, { epochs: 1, batchSize: 10, optimizer: still, onStep, ...quiet })
    assert.equal(new Set(losses).size, 6)
    assert.deepEqual([model.steps, model.epochs], [6, 2])
    model.dispose()
  })

  it('asks schedules of rate and KL weight for each step, by progress in [0, 1)', async () => {
    const model = vae(common)
    const [rates, weights]: number[][] = [[], []]
    const { rows } = await fit(model, tinyImages(40, DIM), {
      epochs: 2,
      batchSize: 10,
      optimizer: adam({ rate: (p) => (rates.push(p), 0.01 * (1 - p)) }),
      klWeight: (p) => (weights.push(p), p),
      ...quiet,
    })
    near(rates, [0, 1 / 8, 2 / 8, 3 / 8, 4 / 8, 5 / 8, 6 / 8, 7 / 8], 1e-12)
    assert.deepEqual(weights, rates)
    assert.deepEqual(
      rows.map((row) => [row.klWeight, row.rate]),
      [
        [3 / 8, 0.01 * (5 / 8)],
        [7 / 8, 0.01 * (1 / 8)],
      ],
    )
    model.dispose()
  })

  it('weights the KL: without it the loss is the reconstruction, and the posterior is free', async () => {
    const kl = async (klWeight: number) => {
      const model = vae(common)
      const options = { epochs: 10, batchSize: 10, klWeight, optimizer: adam({ rate: 0.03 }), ...quiet }
      const { rows } = await fit(model, tinyImages(40, DIM), options)
      model.dispose()
      return rows[9]
    }
    const [none, one] = [await kl(0), await kl(1)]
    nearNumber(none.loss, -none.reconstruction, 1e-6)
    assert.ok(none.klZ > 2 && one.klZ < 0.5, `${none.klZ}, ${one.klZ}`)
  })

  it('starts the output bias at the mean of the data, once, and only when asked', async () => {
    const train = tinyImages(50, DIM)
    const still = { epochs: 1, optimizer: adam({ rate: 0 }), ...quiet }
    const expected = Array.from({ length: DIM }, (_, j) => {
      let mean = 0
      for (let i = 0; i < 50; i++) mean += train.x[i * DIM + j] / 50
      return Math.log(mean / (1 - mean))
    })
    const model = vae(common)
    const bias = (): number[] => readWeights(model.parameters)['decoder/2/b']
    const start = bias()
    await fit(model, train, { ...still, initializeOutput: false })
    assert.deepEqual(bias(), start)
    await fit(model, train, still)
    assert.deepEqual(bias(), start, 'not of a model trained already')
    model.dispose()
    const fresh = vae(common)
    await fit(fresh, train, still)
    near(readWeights(fresh.parameters)['decoder/2/b'], expected, 1e-5)
    fresh.dispose()
  })

  it('binarises intensities afresh at every step, from its own stream', async () => {
    const x = new Float32Array(20 * DIM).fill(0.5)
    const grey = new DataSet({ name: 'grey', x, shape: [DIM], values: 'intensity', source: 'made by a test' })
    const run = async (seed: number) => {
      // All rows alike, a batch each epoch and no learning: only noise and binarisation move the loss.
      const model = vae({
        ...common,
        decoder: (_p, _latent, dim) => ({ from: LATENT, to: dim, apply: (z) => biased(z, dim) }),
      })
      const losses: number[] = []
      await fit(model, grey, {
        epochs: 8,
        batchSize: 20,
        seed,
        klWeight: 0,
        optimizer: adam({ rate: 0 }),
        onStep: (_, loss) => void losses.push(loss),
        ...quiet,
      })
      model.dispose()
      return losses
    }
    // η = 1 everywhere: the loss is softplus(1) less the share of ones, so the number of ones can be read off.
    const ones = (losses: number[]): number[] =>
      losses.map((loss) => {
        const count = 20 * (DIM * Math.log1p(Math.exp(1)) - loss)
        nearNumber(count, Math.round(count), 1e-4)
        return Math.round(count)
      })
    const counts = ones(await run(1))
    assert.ok(new Set(counts).size > 3, counts.join(', '))
    assert.deepEqual(ones(await run(1)), counts)
    assert.notDeepEqual(ones(await run(2)), counts)
    // Of 80 fair pixels: standard deviation 4.5.
    for (const count of counts) assert.ok(Math.abs(count - 40) < 25, counts.join(', '))
  })

  it('lets a callback use the model without changing what follows', async () => {
    const train = tinyImages(30, DIM)
    const run = async (look: boolean) => {
      const model = lidmvae({ ...common, components: 2 })
      await fit(model, train, {
        epochs: 3,
        batchSize: 10,
        onEpoch: look ? async () => void (await encode(model, train)) : undefined,
        onStep: look ? () => void readWeights(model.parameters) : undefined,
        ...quiet,
      })
      const weights = readWeights(model.parameters)
      model.dispose()
      return weights
    }
    assert.deepEqual(await run(true), await run(false))
  })

  it('stops between two steps on request, and leaves a model that works and can be trained further', () =>
    expectNoLeaks(async () => {
      const train = tinyImages(40, DIM)
      const model = vae(common)
      const stop = new AbortController()
      const history = await fit(model, train, {
        epochs: 5,
        batchSize: 10,
        validation: train,
        signal: stop.signal,
        onStep: (step) => step === 6 && stop.abort(),
        ...quiet,
      })
      assert.deepEqual([history.stopped, model.steps, model.epochs], [true, 6, 1])
      assert.deepEqual(
        history.rows.map((row) => [row.epoch, row.step]),
        [
          [1, 4],
          [2, 6],
        ],
      )
      assert.equal(history.rows[1].validationLoss, undefined)
      assert.ok((await encode(model, train)).mean.every(Number.isFinite))
      const more = await fit(model, train, { epochs: 1, batchSize: 10, ...quiet })
      assert.deepEqual([more.stopped, model.steps, model.epochs], [false, 10, 2])
      const none = await fit(model, train, { epochs: 1, signal: AbortSignal.abort(), ...quiet })
      assert.deepEqual([none.stopped, none.rows.length, none.table.numRows(), model.steps], [true, 0, 0, 10])
      model.dispose()
    }))

  it('counts an epoch that was stopped after its last step', async () => {
    const model = vae(common)
    const stop = new AbortController()
    await fit(model, tinyImages(20, DIM), {
      epochs: 2,
      batchSize: 10,
      signal: stop.signal,
      onStep: (step) => step === 2 && stop.abort(),
      ...quiet,
    })
    assert.deepEqual([model.steps, model.epochs], [2, 1])
    model.dispose()
  })

  it('prints one line per epoch, in nats, unless told not to', async () => {
    const lines: string[] = []
    const log = console.log
    const model = lidmvae({ ...common, components: 2 })
    console.log = (line: string) => void lines.push(line)
    try {
      await fit(model, tinyImages(20, DIM), { epochs: 2, validation: tinyImages(10, DIM) })
      await fit(model, tinyImages(20, DIM), { epochs: 1, ...quiet })
    } finally {
      console.log = log
    }
    assert.equal(lines.length, 2)
    assert.match(
      lines[1],
      /^lidmvae {2}epoch 2\/2 {2}loss -?\d+\.\d\d nats per data point, validation .*KL z .*, w /,
    )
    model.dispose()
  })
})

const biased = (z: tf.Tensor, dim: number): tf.Tensor => tf.ones([z.shape[0], dim])
