import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { beta } from '../../src/distributions/beta'
import { advi } from '../../src/inference/advi'
import { moments } from '../../src/base/estimate'
import { gmm, type Gmm } from '../../src/models/gmm'
import { finiteDifferences, near, nearNumber } from '../support/near'
import { Random } from '../support/random'

const logNormal = (x: number, m: number, s: number): number =>
  -0.5 * ((x - m) / s) ** 2 - Math.log(s) - 0.5 * Math.log(2 * Math.PI)

/** log p(x|α) term by term. */
const slow = ({ mean, sd }: Gmm, x: ArrayLike<number>, alpha: number): number =>
  Array.from(x).reduce(
    (sum, value) =>
      sum +
      Math.log(
        alpha * Math.exp(logNormal(value, mean[0], sd[0])) +
          (1 - alpha) * Math.exp(logNormal(value, mean[1], sd[1])),
      ),
    0,
  )

/** ∫ f(α) p(x|α) p(α) dα / e^shift by Simpson's rule over α itself, where the library goes over logit α. */
function simpson(model: Gmm, x: ArrayLike<number>, shift: number, f: (alpha: number) => number): number {
  const count = 40_000
  let sum = 0
  for (let i = 1; i < count; i++) {
    const alpha = i / count
    const [log] = model.logLikelihood(x, [alpha])
    sum += (i % 2 ? 4 : 2) * f(alpha) * Math.exp(log + model.prior.logDensity(alpha) - shift)
  }
  return sum / (3 * count)
}

const overlapping = gmm({ mean: [-0.5, 0.5] })
const { x } = overlapping.sample({ size: 60, alpha: 0.15, seed: 1 })

describe('gmm', () => {
  it('has the likelihood of the formula, without overflow far out', () => {
    const model = gmm({ mean: [-1, 2], sd: [0.5, 1.5] })
    const alphas = [0.01, 0.3, 0.5, 0.99]
    near(
      model.logLikelihood(x, alphas),
      alphas.map((alpha) => slow(model, x, alpha)),
      1e-12,
    )
    const far = gmm({ mean: [-10, 10], sd: [0.1, 0.1] })
    nearNumber(far.logLikelihood([-10], [0.25])[0], Math.log(0.25) + logNormal(-10, -10, 0.1), 1e-12)
    nearNumber(far.logLikelihood([10], [0.25])[0], Math.log(0.75) + logNormal(10, 10, 0.1), 1e-12)
  })

  it('has a posterior that agrees with another quadrature to 1e-6', () => {
    for (const [model, data] of [
      [overlapping, x],
      [gmm({ mean: [-10, 10] }), gmm({ mean: [-10, 10] }).sample({ size: 60, alpha: 0.15, seed: 2 }).x],
      [gmm({ mean: [-0.5, 0.5], prior: beta(2, 3) }), x],
      [gmm({ mean: [1, 1], prior: beta(2, 8) }), x],
    ] as [Gmm, Float64Array][]) {
      const exact = model.posterior(data)
      const shift = exact.logEvidence
      nearNumber(
        simpson(model, data, shift, () => 1),
        1,
        1e-6,
        'evidence',
      )
      nearNumber(
        exact.mean,
        simpson(model, data, shift, (a) => a),
        1e-6,
        'mean',
      )
      const variance = simpson(model, data, shift, (a) => (a - exact.mean) ** 2)
      nearNumber(exact.sd, Math.sqrt(variance), 1e-6, 'sd')
      const kl = simpson(model, data, shift, (a) => exact.logDensity(a) - model.prior.logDensity(a))
      nearNumber(exact.kl, kl, 1e-6, 'kl')
      nearNumber(
        exact.expect((a) => a * a),
        simpson(model, data, shift, (a) => a * a),
        1e-6,
        'E[α²]',
      )
    }
  })

  it('has a posterior density at the ends of [0, 1] too, and none outside', () => {
    const uniform = gmm({ mean: [-0.5, 0.5], prior: beta(1, 1) }).posterior(x)
    for (const end of [0, 1])
      nearNumber(uniform.logDensity(end), uniform.logDensity(Math.abs(end - 1e-12)), 1e-6)
    const exact = overlapping.posterior(x)
    assert.deepEqual(
      [0, 1, -0.1, 1.1].map((alpha) => exact.logDensity(alpha)),
      Array<number>(4).fill(-Infinity),
    )
  })

  it('keeps that accuracy at 10,000 points, where the posterior is a narrow peak', () => {
    const model = gmm({ mean: [-10, 10] })
    const data = model.sample({ size: 10_000, alpha: 0.15, seed: 3 })
    const first = data.component.reduce((sum, c) => sum + (c === 0 ? 1 : 0), 0)
    const exact = model.posterior(data.x)
    // Components that far apart are as good as labelled: the posterior is Beta(5 + n1, 5 + n2), the evidence
    // a ratio of beta functions.
    const labelled = beta(5 + first, 5 + 10_000 - first)
    nearNumber(exact.mean, labelled.mean, 1e-9)
    nearNumber(exact.sd, labelled.sd, 1e-9)
    nearNumber(exact.logDensity(0.15), labelled.logDensity(0.15), 1e-6)
    const [logX] = model.logLikelihood(data.x, [0.15])
    const byBayes = logX + model.prior.logDensity(0.15) - labelled.logDensity(0.15)
    nearNumber(exact.logEvidence - byBayes, 0, 1e-6)
    // KL between beta distributions by E log p, which quadrature over the prior must meet.
    const priorMean = data.component.reduce((sum, c, i) => {
      const mean = c === 0 ? -10 : 10
      return sum + logNormal(data.x[i], mean, 1)
    }, 0)
    // E log α under Beta(5, 5) = ψ(5) − ψ(10).
    const expectedLog = [5, 6, 7, 8, 9].reduce((sum, k) => sum - 1 / k, 0)
    nearNumber(exact.flatness - (exact.logEvidence - priorMean - 10_000 * expectedLog), 0, 1e-6)
  })

  it('has a posterior equal to the prior and flatness 0, both to 1e-6, where the components are equal, at 10,000 points too', () => {
    const model = gmm({ mean: [-1, -1] })
    const data = model.sample({ size: 10_000, seed: 4 }).x
    const exact = model.posterior(data)
    near([exact.flatness, exact.kl], [0, 0], 1e-6)
    near([exact.mean, exact.sd], [model.prior.mean, model.prior.sd], 1e-6)
    for (const alpha of [0.1, 0.5, 0.7])
      nearNumber(exact.logDensity(alpha), model.prior.logDensity(alpha), 1e-6)
  })

  it('differs more from the prior the further apart the components are', () => {
    const noise = gmm({ mean: [0, 0] }).sample({ size: 500, seed: 5 })
    let last = 0
    for (const apart of [0.25, 0.5, 1, 2, 4]) {
      const model = gmm({ mean: [-apart / 2, apart / 2] })
      const data = noise.x.map((value, i) => value + (i % 5 === 0 ? -apart : apart) / 2)
      const { flatness, kl } = model.posterior(data)
      assert.ok(flatness > last && kl > 0, `${apart}: ${flatness}`)
      last = flatness
    }
  })

  it('has targets whose gradient is that of finite differences, and whose density is the stated one', () => {
    const target = overlapping.target(x)
    const u = Float64Array.of(0.7)
    const gradient = new Float64Array(1)
    const value = target.logDensity(u, gradient)
    const alpha = 1 / (1 + Math.exp(-0.7))
    nearNumber(
      value,
      slow(overlapping, x, alpha) + overlapping.prior.logDensity(alpha) + Math.log(alpha * (1 - alpha)),
      1e-10,
    )
    near(
      gradient,
      finiteDifferences(() => target.logDensity(u), u),
      1e-7,
    )

    const joint = overlapping.jointTarget(x)
    const random = new Random(6)
    for (let i = 0; i < 5; i++) {
      const v = Float64Array.from({ length: 5 }, () => 0.7 * random.normal())
      const slope = new Float64Array(5)
      const log = joint.logDensity(v, slope)
      near(
        slope,
        finiteDifferences(() => joint.logDensity(v), v),
        1e-6,
      )
      const [a, m1, m2, s1, s2] = joint.natural(v)
      assert.ok(m1 < m2)
      const likelihood = slow(gmm({ mean: [m1, m2], sd: [s1, s2] }), x, a)
      const prior =
        overlapping.prior.logDensity(a) +
        Math.log(2) +
        logNormal(m1, 0, 10) +
        logNormal(m2, 0, 10) +
        2 * Math.log(2) +
        logNormal(s1, 0, 2) +
        logNormal(s2, 0, 2)
      const jacobian = Math.log(a * (1 - a)) + v[2] + v[3] + v[4]
      nearNumber(log, likelihood + prior + jacobian, 1e-10)
    }
  })

  it('full-rank and mean-field variational inference find α to 0.02 nat, apart, overlapping and collapsed', () => {
    for (const [mean, alpha] of [
      [[-10, 10], 0.15],
      [[-0.5, 0.5], 0.15],
      [[-1, -1], undefined],
    ] as [[number, number], number | undefined][]) {
      const model = gmm({ mean })
      const data = model.sample({ size: 2000, alpha, seed: 7 }).x
      const exact = model.posterior(data)
      for (const family of ['mean-field', 'full-rank'] as const) {
        const q = advi(model.target(data), { family, seed: 1, steps: 600 })
        const kl = exact.klFrom((logit) => q.logDensity([logit]))
        assert.ok(kl > -1e-9 && kl < 0.02, `${mean.join()} ${family}: ${kl}`)
        const gap = exact.logEvidence - q.elbo.value
        assert.ok(Math.abs(gap - kl) < 4 * q.elbo.standardError + 1e-6, `${gap} against ${kl}`)
      }
    }
  })

  it('draws from the distribution it claims', () => {
    const { x: drawn, component } = gmm({ mean: [-3, 5], sd: [1, 2] }).sample({
      size: 20_000,
      alpha: 0.25,
      seed: 8,
    })
    const of = (k: number): { mean: number; variance: number } =>
      moments(drawn.filter((_, i) => component[i] === k))
    nearNumber(component.filter((c) => c === 0).length / 20_000, 0.25, 0.015)
    near([of(0).mean, of(1).mean], [-3, 5], 0.02)
    near([of(0).variance, of(1).variance / 4], [1, 1], 0.05)
    const weights = Float64Array.from(
      { length: 400 },
      (_, seed) => overlapping.sample({ size: 1, seed }).alpha,
    )
    nearNumber(moments(weights).mean, 0.5, 0.03)
    nearNumber(Math.sqrt(moments(weights).variance), overlapping.prior.sd, 0.02)
  })

  it('draws α from its prior, whatever its shape', () => {
    const size = 4000
    for (const [a, b] of [
      [2, 7],
      [0.6, 3],
      [30, 1.5],
    ] as const) {
      const prior = beta(a, b)
      const model = gmm({ mean: [0, 1], prior })
      const drawn = Array.from({ length: size }, (_, seed) => model.sample({ size: 1, seed }).alpha)
      // The distribution function by the midpoint rule over u with α = sin²u, where the density has no pole at 0.
      const [steps, below] = [4000, [0]]
      for (let i = 0; i < steps; i++) {
        const u = ((i + 0.5) * Math.PI) / (2 * steps)
        const density = Math.exp(prior.logDensity(Math.sin(u) ** 2)) * Math.sin(2 * u)
        below.push(below[i] + (density * Math.PI) / (2 * steps))
      }
      nearNumber(below[steps], 1, 1e-4)
      const at = (alpha: number) => below[Math.round((2 * steps * Math.asin(Math.sqrt(alpha))) / Math.PI)]
      drawn.sort((one, other) => one - other)
      const farthest = Math.max(...drawn.map((alpha, i) => Math.abs(at(alpha) - (i + 0.5) / size)))
      // Kolmogorov and Smirnov: above 1.95/√n in one of a thousand samples.
      assert.ok(farthest < 1.95 / Math.sqrt(size), `Beta(${a}, ${b}): ${farthest}`)
    }
  })

  it('is exact at weights 0 and 1, however far the other component is', () => {
    const far = gmm({ mean: [-100, 100] })
    near(
      far.logLikelihood([-100, 99], [0, 1]),
      [logNormal(-100, 100, 1) + logNormal(99, 100, 1), logNormal(-100, -100, 1) + logNormal(99, -100, 1)],
      1e-9,
    )
  })

  it('refuses what cannot work', () => {
    assert.throws(() => gmm({ mean: [1, 2], sd: null as never }), /`sd` must be two numbers > 0, got null/)
    assert.throws(() => gmm({ mean: [1, NaN] }), /`mean` must be/)
    assert.throws(() => overlapping.sample({ size: 3, seed: 0.5 }), /`seed` must be .*, got 0.5/)
    assert.throws(() => gmm({ mean: [1, 2], sd: [1, 0] }), /`sd\[1\]` must be .*, got 0/)
    assert.throws(() => overlapping.posterior([]), /`x` must be/)
    assert.throws(() => overlapping.posterior([1, NaN]), /`x\[1\]` must be .*, got NaN/)
    assert.throws(() => overlapping.sample({ size: 3, alpha: 2 }), /`alpha` must be .*, got 2/)
    assert.throws(() => overlapping.logLikelihood(x, [0.5, 1.5]), /`alpha` must be .*, got 1.5/)
    assert.throws(() => overlapping.logLikelihood(x, [0.5, NaN]), /`alpha\[1\]` must be .*, got NaN/)
    assert.throws(() => overlapping.logLikelihood(x, 0.5 as never), /`alpha` must be .*, got 0.5/)
    assert.throws(
      () => gmm({ mean: [0, 1], prior: [5, 5] as never }),
      /`prior` must be a beta distribution, got an Array/,
    )
  })
})
