import assert from 'node:assert/strict'
import { it } from 'node:test'
import { bernoulli } from '../../src/distributions/bernoulli'
import type { StepReport } from '../../src/compute/step'
import { encoderSteps, lagging } from '../../src/fixes/lagging'
import { pretraining } from '../../src/fixes/pretraining'
import { vae } from '../../src/models/builders'
import { readWeights } from '../../src/models/weights'
import { fit } from '../../src/training/fit'
import type { FitOptions } from '../../src/training/options'
import type { TrainingSchedule } from '../../src/training/schedules'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyImages } from '../support/models'

/** Steps the inner loop takes when window `i` has this mean loss. */
function stepsFor(means: readonly number[], window = 10, most = 100): number {
  let taken = 0
  // Losses within a window vary about its mean: only the mean decides.
  const loss = () => means[Math.floor(taken / window)] + (taken++ % 2 ? 0.4 : -0.4)
  const steps = encoderSteps(loss, window, most)
  assert.equal(steps, taken)
  return steps
}

it('the inner loop ends with the first window whose mean loss is not below the one before, at most after 100 steps', () => {
  assert.equal(stepsFor([5, 5]), 20)
  assert.equal(stepsFor([5, 6]), 20)
  assert.equal(stepsFor([5, 4, 3.9, 3.95, 1]), 40)
  assert.equal(stepsFor([10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]), 100)
  assert.equal(stepsFor([3, 2, 2], 5, 12), 12)
  assert.equal(
    encoderSteps(() => NaN, 10, 100),
    1,
  )
})

it('the aggressive phase ends for good after the first epoch in which information no longer rises', () => {
  const schedule = lagging({ window: 1, most: 3 })
  const state = schedule.begin()
  const taken: string[] = []
  const report = { values: { loss: 1 }, vectors: {}, gradientNorm: 1, updated: true } as StepReport
  const step = (): string => {
    taken.length = 0
    schedule.step!(state, {
      train: (only) => (taken.push(only ?? 'all'), report),
      trainAnother: (counter, only) => (taken.push(`${only} ${counter}`), report),
    })
    return taken.join()
  }
  assert.equal(step(), 'encoder 0,encoder 1,decoder')
  assert.equal(step(), 'encoder 2,encoder 3,decoder')
  for (const information of [-0.1, 0.2, 0.5]) {
    schedule.epoch!(state, { epoch: 1, information })
    assert.equal(state.aggressive, true, `after ${information}`)
  }
  schedule.epoch!(state, { epoch: 4, information: 0.5 })
  assert.equal(step(), 'all')
  schedule.epoch!(state, { epoch: 5, information: 9 })
  assert.equal(step(), 'all')
  assert.deepEqual(JSON.parse(JSON.stringify(state)), state, 'a checkpoint can hold it')
})

const common = { likelihood: bernoulli(12), latent: 2, hidden: 8, seed: 1 }

onEachEngine('schedules', () => {
  const train = tinyImages(40, 12)
  const validation = tinyImages(30, 12, 5)
  const options: FitOptions = { epochs: 4, batchSize: 10, seed: 2, verbose: false, validation }
  const schedules: Record<string, () => TrainingSchedule> = {
    lagging: () => lagging({ window: 2, most: 6 }),
    pretraining: () => pretraining({ epochs: 2 }),
  }

  it('encoder steps leave the decoder alone, decoder steps the encoder', () =>
    expectNoLeaks(async () => {
      for (const only of ['encoder', 'decoder'] as const) {
        const model = vae(common)
        const before = readWeights(model)
        const schedule: TrainingSchedule = {
          name: only,
          begin: () => ({}),
          step: (_, { train: take }) => take(only),
        }
        await fit(model, train, { ...options, epochs: 1, schedule, initializeOutput: false })
        const after = readWeights(model)
        for (const name of Object.keys(before)) {
          const trained = name.startsWith('encoder/') === (only === 'encoder')
          const same = before[name].every((value, i) => value === after[name][i])
          assert.equal(same, !trained, `${only}: ${name}`)
        }
        model.dispose()
      }
    }))

  for (const [name, schedule] of Object.entries(schedules))
    it(`${name} resumes after a stop with the bits of an uninterrupted training`, () =>
      expectNoLeaks(async () => {
        const unbroken = vae(common)
        const whole = await fit(unbroken, train, { ...options, schedule: schedule() })
        for (const at of [3, 9]) {
          const model = vae(common)
          const stop = new AbortController()
          const first = await fit(model, train, {
            ...options,
            schedule: schedule(),
            signal: stop.signal,
            onStep: (step) => step === at && stop.abort(),
          })
          assert.ok(first.stopped)
          const second = await fit(model, train, { ...options, schedule: schedule(), resume: first })
          assert.deepEqual(readWeights(model), readWeights(unbroken))
          assert.deepEqual(
            second.rows.map((row) => ({ ...row, seconds: 0 })),
            whole.rows.map((row) => ({ ...row, seconds: 0 })),
          )
          model.dispose()
        }
        unbroken.dispose()
      }))

  it('lagging reports its encoder steps and the information it decides by', async () => {
    const model = vae(common)
    const seen: number[] = []
    const history = await fit(model, train, {
      ...options,
      schedule: lagging({ window: 2, most: 6 }),
      observer: { step: ({ readings }) => seen.push(readings![0].value) },
    })
    assert.ok(seen[0] >= 4 && seen.every((steps) => steps <= 6))
    const information = history.rows.map((row) => row.validationInformation!)
    assert.ok(information.every(Number.isFinite))
    // The phase ends with the first epoch whose information is not above that before.
    const end = information.findIndex((value, i) => i > 0 && !(value > information[i - 1]))
    const aggressive = history.rows.map((row) => (row as unknown as { innerSteps: number }).innerSteps > 0)
    assert.deepEqual(
      aggressive,
      aggressive.map((_, i) => end < 0 || i <= end),
    )
    model.dispose()
  })

  it('lagging asks for validation data', async () => {
    const model = vae(common)
    await assert.rejects(
      fit(model, train, { epochs: 1, verbose: false, schedule: lagging() }),
      /`schedule` must be used together with validation data, got 'lagging'/,
    )
    model.dispose()
  })

  it('pre-training gives the KL weight 0, then resets the decoder, and continues', async () => {
    const model = vae(common)
    const start = readWeights(model)
    const weights: number[] = []
    await fit(model, train, {
      ...options,
      epochs: 2,
      schedule: pretraining({ epochs: 2 }),
      initializeOutput: false,
      observer: { step: ({ klWeight }) => weights.push(klWeight) },
    })
    assert.deepEqual([...new Set(weights)], [0])
    const after = readWeights(model)
    for (const name of Object.keys(start))
      if (name.startsWith('decoder/')) assert.deepEqual(after[name], start[name], name)
      else assert.notDeepEqual(after[name], start[name], name)
    model.dispose()
  })
})
