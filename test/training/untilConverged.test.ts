import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { adam } from '../../src/compute/optimizers'
import { ArgumentError } from '../../src/base/errors'
import { pinwheel } from '../../src/data'
import { bernoulli } from '../../src/distributions/bernoulli'
import { gaussian } from '../../src/distributions/gaussian'
import { lagging } from '../../src/fixes/lagging'
import { semiAmortized } from '../../src/fixes/semiAmortized'
import { vae } from '../../src/models/builders'
import { readWeights } from '../../src/models/weights'
import { fit } from '../../src/training/fit'
import type { FitOptions } from '../../src/training/options'
import { hasRisen, untilConverged } from '../../src/training/untilConverged'
import { expectReruns } from '../support/again'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyImages } from '../support/models'

/** The decisions on a sequence of evaluations, each the losses of the points. */
function decisions(rule: ReturnType<typeof untilConverged>, losses: readonly number[][]): string {
  const state = rule.begin()
  return losses
    .map((each, i) => {
      const lowered = rule.evaluation(state, i + 1, each) === 'lower'
      return state.converged ? 'c' : lowered ? 'l' : state.since === 0 ? 'r' : '.'
    })
    .join('')
}

describe('the rule of convergence', () => {
  it('counts a rise above the error of the paired mean, however far the points are apart', () => {
    // Differences 1 and 0: mean 0.5, standard error √(0.5 / 2) = 0.5.
    assert.equal(hasRisen([1000, 1], [999, 1], 0.99), true)
    assert.equal(hasRisen([1000, 1], [999, 1], 1.01), false)
    assert.equal(hasRisen([1000, 1], [999.999, 0.999], 3), true)
    assert.equal(hasRisen([1, 1], [1, 1], 0), false)
    assert.equal(hasRisen([1, 1], [0.9, 0.9], 1, 0.09), true)
    assert.equal(hasRisen([1, 1], [0.9, 0.9], 1, 0.11), false)
    assert.equal(hasRisen([1, 1], [2, 2], 0), false)
  })

  it('lowers the rate after the patience, and ends after as much again at the lowest', () => {
    const flat = new Array<number[]>(10).fill([5, 6])
    assert.equal(decisions(untilConverged({ patience: 2, drops: 1 }), flat.slice(0, 5)), 'r.l.c')
    assert.equal(decisions(untilConverged({ patience: 3, drops: 0 }), flat.slice(0, 4)), 'r..c')
    const [high, low] = [flat[0], [4, 5]]
    assert.equal(
      decisions(untilConverged({ patience: 2, drops: 1 }), [high, high, low, low, low, high, low]),
      'r.r.l.c',
    )
  })

  it('adds up slow rises: they are measured from the last one that counted', () => {
    // Each is 0.4 better, with an error of the mean of 0.5 in the differences from a fixed start.
    const slow = Array.from({ length: 6 }, (_, i) => [10 - 0.4 * i, 10 - 0.4 * i + (i % 2)])
    assert.equal(decisions(untilConverged({ patience: 4 }), slow).includes('l'), false)
    assert.ok(
      decisions(untilConverged({ patience: 4 }), slow)
        .slice(1)
        .includes('r'),
    )
  })

  it('does not end before the least number of epochs', () => {
    const flat = new Array<number[]>(8).fill([5])
    assert.equal(decisions(untilConverged({ patience: 1, drops: 0, least: 6 }), flat.slice(0, 6)), 'r....c')
  })

  it('has rates factor ** drops', () => {
    const rule = untilConverged({ factor: 0.5 })
    assert.deepEqual(
      [0, 1, 2].map((drops) => rule.rateFactor({ since: 0, drops, converged: false })),
      [1, 0.5, 0.25],
    )
  })

  it('refuses numbers out of range by name', () => {
    for (const [name, value] of [
      ['patience', 0],
      ['drops', -1],
      ['factor', 0],
      ['factor', 1],
      ['factor', 3],
      ['errors', -1],
      ['gain', -1],
      ['least', 0],
    ] as const)
      assert.throws(
        () => untilConverged({ [name]: value }),
        (error) => error instanceof ArgumentError && error.argument === name,
      )
  })
})

const common = { likelihood: bernoulli(12), latent: 2, hidden: 8, seed: 1 }
const quiet = { verbose: false, batchSize: 10, seed: 2 }

onEachEngine('a training until converged', () => {
  const train = tinyImages(30, 12)
  const validation = tinyImages(20, 12)
  const until = untilConverged({ patience: 2, drops: 2, factor: 0.5 })
  const options: FitOptions = {
    epochs: 60,
    optimizer: adam({ rate: 0.05 }),
    validation,
    until,
    keepBest: true,
    ...quiet,
  }

  it('ends before the most epochs, with rates that fall, and the best weights', async () => {
    const model = vae(common)
    const { rows, converged, stopped, best } = await fit(model, train, options)
    assert.equal(converged, true)
    assert.equal(stopped, false)
    assert.ok(rows.length < 60, `${rows.length} epochs`)
    assert.deepEqual([...new Set(rows.map(({ rate }) => rate))], [0.05, 0.025, 0.0125])
    assert.equal(best!.loss, Math.min(...rows.map(({ validationLoss }) => validationLoss!)))
    model.dispose()
  })

  it('resumes with the same bits wherever it is interrupted, also within the patience', () =>
    expectNoLeaks(async () => {
      const unbroken = vae(common)
      const whole = await fit(unbroken, train, options)
      const expected = readWeights(unbroken)
      const numbers = (rows: typeof whole.rows) => rows.map(({ seconds, ...row }) => [seconds > 0, row])
      const last = whole.rows.at(-1)!.step
      for (const at of [Math.floor(last / 2), last - 1]) {
        const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-until-'))
        const model = vae(common)
        const stop = new AbortController()
        const onStep = (step: number): unknown => step === at && stop.abort()
        const first = await fit(model, train, { ...options, run: folder, signal: stop.signal, onStep })
        assert.ok(first.stopped)
        const another = vae(common)
        const second = await fit(another, train, { ...options, run: folder })
        assert.deepEqual(numbers(second.rows), numbers(whole.rows))
        assert.deepEqual(readWeights(another), expected)
        for (const each of [model, another]) each.dispose()
        rmSync(folder, { recursive: true })
      }
      unbroken.dispose()
    }))

  it('is extended from fewer epochs to the same bits, but not past its end', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-until-'))
    const unbroken = vae(common)
    await fit(unbroken, train, options)
    const model = vae(common)
    const first = await fit(model, train, { ...options, epochs: 3, run: folder })
    assert.equal(first.converged, false)
    const again = vae(common)
    await fit(again, train, { ...options, run: folder })
    assert.deepEqual(readWeights(again), readWeights(unbroken))
    await assert.rejects(
      fit(again, train, { ...options, epochs: 90, run: folder }),
      /`epochs` must be 60, as in the run in .*, which until ended after epoch/,
    )
    for (const each of [unbroken, model, again]) each.dispose()
    rmSync(folder, { recursive: true })
  })

  it('goes with a schedule and with another inference, and is run again from its folder', async () => {
    for (const part of [{ schedule: lagging({ most: 2 }) }, { objective: semiAmortized({ steps: 1 }) }]) {
      const model = vae({ ...common, likelihood: gaussian(2) })
      const points = pinwheel({ train: 20, test: 10, seed: 1 })
      const some = { epochs: 3, validation: points.test, until, keepBest: true, ...part }
      await expectReruns(model, points.train, { ...quiet, ...some })
      model.dispose()
    }
  })

  it('validates semi-amortized inference by its own bound', async () => {
    const losses = []
    for (const rate of [1e-9, 0.1]) {
      const model = vae(common)
      const objective = semiAmortized({ steps: 5, rate })
      const optimizer = adam({ rate: 0 })
      const { rows } = await fit(model, train, { epochs: 1, validation, objective, optimizer, ...quiet })
      losses.push(rows[0].validationLoss!)
      model.dispose()
    }
    assert.ok(losses[1] < losses[0] - 0.01, losses.join())
  })

  it('needs validation data, and no other rule for the end', async () => {
    const model = vae(common)
    await assert.rejects(
      fit(model, train, { ...options, validation: undefined, keepBest: false }),
      /`until` must be used together with validation data/,
    )
    await assert.rejects(
      fit(model, train, { ...options, earlyStopping: { patience: 2 } }),
      /`earlyStopping` must be omitted with until/,
    )
    await assert.rejects(fit(model, train, { ...options, until: {} as never }), /`until` must be a rule/)
    model.dispose()
  })
})
