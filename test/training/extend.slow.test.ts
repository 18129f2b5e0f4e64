import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { adam, sgd } from '../../src/compute/optimizers'
import { pinwheel } from '../../src/data'
import { bernoulli } from '../../src/distributions/bernoulli'
import { gaussian } from '../../src/distributions/gaussian'
import { ArgumentError } from '../../src/base/errors'
import { cyclicalAnnealing } from '../../src/fixes/cyclicalAnnealing'
import { lagging } from '../../src/fixes/lagging'
import { linearAnnealing } from '../../src/fixes/linearAnnealing'
import { pretraining } from '../../src/fixes/pretraining'
import { lidvae, vae } from '../../src/models/builders'
import { readWeights } from '../../src/models/weights'
import { load } from '../../src/runs/load'
import { rerun } from '../../src/runs/rerun/rerun'
import { seal, unseal } from '../../src/storage/checksummedJson'
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from '../../src/storage/safetensors'
import { decodeCheckpoint } from '../../src/training/checkpoint'
import { fit } from '../../src/training/fit'
import type { History } from '../../src/training/history'
import type { FitOptions } from '../../src/training/options'
import { cosineDecay, overSteps, stepDecay } from '../../src/training/schedule'
import { inFolder } from '../data/temporary'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyImages } from '../support/models'

const make = () =>
  lidvae({ likelihood: bernoulli(12), latent: 2, hidden: 8, injective: { hiddenLatent: 4 }, seed: 1 })
const train = tinyImages(35, 12)
const validation = tinyImages(20, 12, 2)
const quiet = { verbose: false, batchSize: 10, seed: 2 }
const constant = adam({ rate: 0.01 })

const rowsOf = ({ rows }: History) => rows.map(({ seconds, ...row }) => [seconds > 0, row])
const endOf = (folder: string) => {
  const checkpoints = path.join(folder, 'checkpoints')
  const name = readdirSync(checkpoints).sort().at(-1)!
  const { position, ...rest } = decodeCheckpoint(readFileSync(path.join(checkpoints, name)), [], name)
  return { ...rest, position: { ...position, seconds: 0, rows: [] } }
}

/** Writes run.json with other settings, sealed as if it had been so. */
function change(folder: string, how: (settings: object) => object): void {
  const file = path.join(folder, 'run.json')
  const run = unseal(readFileSync(file, 'utf8')) as { settings: object }
  writeFileSync(file, seal({ ...run, settings: how(run.settings) }))
}

/** Trainings that may be longer than they were, with 4 steps per epoch. */
const extendable: Record<string, () => Partial<FitOptions>> = {
  'a constant rate': () => ({ optimizer: constant }),
  'an optimiser of tf.train': () => ({ optimizer: tf.train.adam(0.01) }),
  'a rate and a weight over a number of steps': () => ({
    optimizer: sgd({ rate: overSteps(13, cosineDecay(0.1, { warmUp: 0.2, floor: 0.1 })), momentum: 0.5 }),
    klWeight: overSteps(10, linearAnnealing({ until: 1 })),
  }),
  'the best epoch kept, which is not the last': () => ({
    optimizer: adam({ rate: 3 }),
    validation,
    keepBest: true,
  }),
  'early stopping that has not come': () => ({
    optimizer: constant,
    validation,
    earlyStopping: { patience: 5 },
    keepBest: true,
  }),
  'an autoencoder first': () => ({ optimizer: constant, schedule: pretraining({ epochs: 3 }) }),
  'lagging inference': () => ({
    optimizer: constant,
    validation,
    schedule: lagging({ window: 2, most: 4 }),
  }),
}

/** Settings that follow the share of all steps, and what the error must name. */
const refused: Record<string, { options: Partial<FitOptions>; named: RegExp[] }> = {
  'the default rate': { options: {}, named: [/stepDecay/, /rate/] },
  'a rate that falls once': { options: { optimizer: adam({ rate: stepDecay(0.01) }) }, named: [/stepDecay/] },
  'a cosine rate': { options: { optimizer: sgd({ rate: cosineDecay(0.01) }) }, named: [/cosineDecay/] },
  'a rate of your own': {
    options: { optimizer: adam({ rate: (progress) => 0.01 * (1 - progress) }) },
    named: [/rate/, /a function of progress/],
  },
  'linear annealing': {
    options: { optimizer: constant, klWeight: linearAnnealing() },
    named: [/klWeight/, /linearAnnealing/],
  },
  'cyclical annealing': {
    options: { optimizer: constant, klWeight: cyclicalAnnealing() },
    named: [/klWeight/, /cyclicalAnnealing/],
  },
  'a rate and a weight': {
    options: { optimizer: adam({ rate: cosineDecay(0.01) }), klWeight: linearAnnealing() },
    named: [/cosineDecay/, /linearAnnealing/],
  },
}

const refusal = async (training: Promise<unknown>): Promise<ArgumentError> => {
  const error = await training.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof ArgumentError, String(error))
  assert.equal(error.argument, 'epochs')
  return error
}

onEachEngine('a run with more epochs', () => {
  for (const [title, options] of Object.entries(extendable))
    it(`ends with the bits of one that long from its start: ${title}`, () =>
      expectNoLeaks(() =>
        inFolder(async (folder) => {
          const [whole, parts] = ['whole', 'parts'].map((name) => path.join(folder, name))
          const given = options()
          const at = (epochs: number, run: string) => ({ ...given, ...quiet, epochs, run })
          const unbroken = make()
          const expected = await fit(unbroken, train, at(6, whole))
          const first = make()
          await fit(first, train, at(2, parts))
          const early = load(parts)
          assert.deepEqual([early.epochs, readWeights(early)], [2, readWeights(first)])
          // On another model of the same kind, and then on the one that was just trained.
          const second = make()
          await fit(second, train, at(3, parts))
          const extended = await fit(second, train, at(6, parts))
          assert.deepEqual(readWeights(second), readWeights(unbroken))
          assert.deepEqual(rowsOf(extended), rowsOf(expected))
          assert.deepEqual([extended.stopped, extended.best], [false, expected.best])
          assert.deepEqual(endOf(parts), endOf(whole))
          const loaded = load(parts)
          assert.deepEqual([loaded.epochs, loaded.steps], [6, 24])
          assert.deepEqual(readWeights(loaded), readWeights(unbroken))
          // Read again, it is one of six epochs.
          const third = make()
          assert.equal((await fit(third, train, at(6, parts))).rows.length, 6)
          assert.deepEqual(readWeights(third), readWeights(unbroken))
          for (const one of [unbroken, first, early, second, loaded, third]) one.dispose()
          if (given.optimizer instanceof tf.Optimizer) given.optimizer.dispose()
        }),
      ))

  it('resumes after a stop in the added epochs, with the shorter model in its folder until the end', () =>
    expectNoLeaks(() =>
      inFolder(async (folder) => {
        const options = { ...quiet, optimizer: constant }
        const unbroken = make()
        await fit(unbroken, train, { ...options, epochs: 5 })
        const model = make()
        await fit(model, train, { ...options, epochs: 2, run: folder })
        const stop = new AbortController()
        const onStep = (step: number): unknown => step === 11 && stop.abort()
        const stopped = await fit(model, train, {
          ...options,
          epochs: 5,
          run: folder,
          onStep,
          signal: stop.signal,
        })
        assert.deepEqual([stopped.stopped, stopped.rows.at(-1)!.step], [true, 11])
        const between = load(folder)
        assert.equal(between.epochs, 2)
        await fit(model, train, { ...options, epochs: 5, run: folder })
        assert.deepEqual(readWeights(model), readWeights(unbroken))
        const loaded = load(folder)
        assert.deepEqual([loaded.epochs, readWeights(loaded)], [5, readWeights(unbroken)])
        for (const one of [unbroken, model, between, loaded]) one.dispose()
      }),
    ))

  it('is resumed and kept where it was killed right after its epochs were noted, or before its model was', () =>
    inFolder(async (folder) => {
      const options = { ...quiet, optimizer: constant, run: folder }
      const model = make()
      await fit(model, train, { ...options, epochs: 2 })
      // The newest checkpoint is the finished one of two epochs.
      change(folder, (settings) => ({ ...settings, epochs: 4 }))
      await fit(model, train, { ...options, epochs: 4 })
      const unbroken = make()
      await fit(unbroken, train, { ...options, epochs: 4, run: undefined })
      assert.deepEqual(readWeights(model), readWeights(unbroken))
      rmSync(path.join(folder, 'model.json'))
      await fit(model, train, { ...options, epochs: 4 })
      const loaded = load(folder)
      assert.deepEqual([loaded.epochs, readWeights(loaded)], [4, readWeights(unbroken)])
      for (const one of [model, unbroken, loaded]) one.dispose()
    }))

  it('is repeated as one of that many', () =>
    inFolder(async (folder) => {
      const points = pinwheel({ train: 60, test: 30, seed: 1 })
      const model = vae({ likelihood: gaussian(2), latent: 2, hidden: 8, seed: 1 })
      const options: FitOptions = {
        ...quiet,
        // So high that the last epoch is not the best.
        optimizer: adam({ rate: overSteps(9, cosineDecay(0.3)) }),
        validation: points.test,
        keepBest: true,
        run: folder,
        epochs: 2,
      }
      await fit(model, points.train, options)
      const { best } = await fit(model, points.train, { ...options, epochs: 5 })
      assert.ok(best!.epoch < 5, 'the weights of the last epoch and of the best are others')
      const { same, differences, history } = await rerun(folder)
      assert.deepEqual({ same, differences }, { same: true, differences: [] })
      assert.equal(history.rows.length, 5)
      model.dispose()
    }))

  it('is refused where an earlier version kept the weights of the best epoch alone', () =>
    inFolder(async (folder) => {
      const options: FitOptions = {
        ...quiet,
        // The loss rises at once.
        optimizer: adam({ rate: 3 }),
        validation,
        keepBest: true,
        run: folder,
        epochs: 4,
      }
      const model = make()
      const { best } = await fit(model, train, options)
      assert.ok(best!.epoch < 4)
      const kept = readWeights(model)
      const checkpoints = path.join(folder, 'checkpoints')
      const newest = path.join(checkpoints, readdirSync(checkpoints).sort().at(-1)!)
      const { tensors, metadata } = decodeSafetensors(readFileSync(newest), newest)
      const overwritten = Object.entries(tensors).map(([name, tensor]): [string, NamedTensor] => [
        name,
        name.startsWith('weights/') ? tensors[name.replace('weights/', 'best/')] : tensor,
      ])
      writeFileSync(newest, encodeSafetensors(Object.fromEntries(overwritten), metadata))
      const { message } = await refusal(fit(model, train, { ...options, epochs: 6 }))
      assert.match(message, /keepBest/)
      // It is read as before.
      const again = make()
      await fit(again, train, options)
      assert.deepEqual(readWeights(again), kept)
      for (const one of [model, again]) one.dispose()
    }))

  for (const [title, { options, named }] of Object.entries(refused))
    it(`is refused where its numbers would be others: ${title}`, () =>
      inFolder(async (folder) => {
        const model = make()
        await fit(model, train, { ...quiet, ...options, epochs: 2, run: folder })
        const before = {
          weights: readWeights(model),
          run: readFileSync(path.join(folder, 'run.json'), 'utf8'),
        }
        const { message } = await refusal(fit(model, train, { ...quiet, ...options, epochs: 4, run: folder }))
        for (const name of [...named, /overSteps/]) assert.match(message, name)
        assert.ok(message.includes(folder))
        assert.equal(readFileSync(path.join(folder, 'run.json'), 'utf8'), before.run)
        // It can still be read.
        await fit(model, train, { ...quiet, ...options, epochs: 2, run: folder })
        assert.deepEqual(readWeights(model), before.weights)
        model.dispose()
      }))

  it('is refused where it would be shorter, was stopped early, or differs in more than epochs', () =>
    inFolder(async (folder) => {
      const model = make()
      const options = { ...quiet, optimizer: constant, epochs: 3, run: path.join(folder, 'a') }
      await fit(model, train, options)
      const shorter = await refusal(fit(model, train, { ...options, epochs: 2 }))
      assert.match(shorter.message, /at least 3/)
      assert.match(shorter.message, /not shortened/)
      await assert.rejects(fit(model, train, { ...options, epochs: 5, seed: 7 }), ArgumentError)

      const impatient: FitOptions = {
        ...quiet,
        // The loss rises at once.
        optimizer: adam({ rate: 3 }),
        validation,
        earlyStopping: { patience: 1 },
        epochs: 30,
        run: path.join(folder, 'b'),
      }
      const other = make()
      const ended = await fit(other, train, impatient)
      const { length } = ended.rows
      assert.ok(length < 30)
      const { message } = await refusal(fit(other, train, { ...impatient, epochs: 40 }))
      assert.match(message, /earlyStopping/)
      assert.match(message, new RegExp(`after epoch ${length}\\b`))
      for (const one of [model, other]) one.dispose()
    }))
})
