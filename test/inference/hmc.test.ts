import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ArgumentError } from '../../src/base/errors'
import { hmc } from '../../src/inference/hmc'
import { identity, leapfrog, placeAt } from '../../src/inference/trajectory'
import { DualAveraging } from '../../src/inference/dualAveraging'
import { moments } from '../../src/base/estimate'
import { near, nearNumber } from '../support/near'
import { normalTarget } from './targets'

const target = normalTarget(
  [3, -20],
  [
    [0.01, 0.45],
    [0.45, 25],
  ],
)

describe('leapfrog', () => {
  it('returns to its start when the momentum is reversed', () => {
    const from = placeAt(target, Float64Array.of(3.1, -19))
    const p = Float64Array.of(0.3, -0.2)
    const there = leapfrog(target, from, p, identity(2), 0.01, 7)
    // The momentum at the end, from the velocity of one more tiny step.
    const probe = (place: typeof from, sign: number): Float64Array => {
      const momentum = p.slice()
      let { u, gradient } = from
      for (let i = 0; i < 7; i++) {
        momentum.forEach((_, k) => (momentum[k] += 0.005 * gradient[k]))
        const next = placeAt(
          target,
          u.map((value, k) => value + 0.01 * momentum[k]),
        )
        ;({ u, gradient } = next)
        momentum.forEach((_, k) => (momentum[k] += 0.005 * gradient[k]))
      }
      near(place.u, u, 1e-12)
      return momentum.map((value) => sign * value)
    }
    const back = leapfrog(target, there.place, probe(there.place, -1), identity(2), 0.01, 7)
    near(back.place.u, from.u, 1e-10)
  })

  it('keeps the energy to second order in the step', () => {
    // From the mode, where the error of the leapfrog's energy is least, energy is gained: a loss would be
    // accepted and say nothing.
    const from = placeAt(target, Float64Array.of(3, -20))
    const error = (size: number): number => {
      const steps = Math.round(0.08 / size)
      const { acceptance } = leapfrog(target, from, Float64Array.of(1, -2), identity(2), size, steps)
      return -Math.log(acceptance)
    }
    const errors = [0.02, 0.01].map(error)
    assert.ok(errors[1] > 0 && errors[0] / errors[1] > 3 && errors[0] / errors[1] < 5, String(errors))
  })

  it('reports where the energy diverges', () => {
    const from = placeAt(target, Float64Array.of(3.1, -19))
    assert.equal(leapfrog(target, from, Float64Array.of(1, 1), identity(2), 10, 5).diverged, true)
  })
})

describe('DualAveraging', () => {
  it('finds the step size with the target acceptance probability', () => {
    // An acceptance that falls with the step size: e^−ε.
    const adaptation = new DualAveraging(5, 0.7)
    for (let i = 0; i < 2000; i++) adaptation.learn(Math.exp(-adaptation.stepSize))
    nearNumber(adaptation.found, -Math.log(0.7), 0.01)
  })
})

describe('hmc', () => {
  const run = hmc(target, { seed: 1 })

  it('has moments and covariance of a normal of very unequal, correlated scales', () => {
    const [first, second] = ['first', 'second'].map((name) =>
      run.values[name].flatMap((chain) => Array.from(chain)),
    )
    for (const { name, mean, sd, standardError, ess } of run.summary) {
      const [trueMean, trueSd] = name === 'first' ? [3, 0.1] : [-20, 5]
      assert.ok(Math.abs(mean - trueMean) < 4 * standardError, `${name}: ${mean} ± ${standardError}`)
      nearNumber(sd / trueSd, 1, 0.06, `sd of ${name}`)
      assert.ok(ess > 1500, `${name}: ${ess}`)
    }
    const product = moments(first.map((value, i) => (value - 3) * (second[i] + 20)))
    nearNumber(product.mean / 0.45, 1, 0.1, 'covariance')
  })

  it('reports convergence, step size and acceptance', () => {
    for (const { rHat: r } of run.summary) assert.ok(r <= 1.01, String(r))
    assert.equal(run.divergences, 0)
    assert.equal(run.stepSizes.length, 4)
    for (const acceptance of run.acceptance)
      assert.ok(acceptance > 0.65 && acceptance < 0.97, String(acceptance))
  })

  it('gives the same numbers for the same seed, others for another', () => {
    const short = { chains: 1, warmup: 50, draws: 20 }
    assert.deepEqual(hmc(target, { ...short, seed: 2 }).values, hmc(target, { ...short, seed: 2 }).values)
    assert.notDeepEqual(hmc(target, { ...short, seed: 2 }).values, hmc(target, { ...short, seed: 3 }).values)
  })

  it('refuses invalid input, and says what is wrong', () => {
    assert.throws(() => hmc(target, { accept: 1 }), /`accept` must be .*, got 1/)
    assert.throws(() => hmc({} as never), ArgumentError)
    assert.throws(() => hmc(undefined as never), /`target` must be .*, got undefined/)
    const flat = { ...target, logDensity: (u: Float64Array) => -u[0] * u[0] }
    assert.throws(() => hmc(flat), /got one that writes no gradient/)
    assert.throws(
      () => hmc({ ...target, natural: () => [1] }),
      /`target.natural` must be a function that returns 2 numbers, one per name/,
    )
    assert.throws(() => hmc({ ...target, start: new Float64Array(3) }), /`target.start` must be .*2 numbers/)
    const nowhere = { ...target, logDensity: () => NaN }
    assert.throws(() => hmc(nowhere, { seed: 1 }), /finite log density and gradient where chains start/)
  })
})
