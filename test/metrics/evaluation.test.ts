import assert from 'node:assert/strict'
import { it } from 'node:test'
import { gaussian } from '../../src/distributions/gaussian'
import { ArgumentError } from '../../src/base/errors'
import { diagnose } from '../../src/metrics/diagnose'
import { evaluate } from '../../src/metrics/evaluate'
import { flatness, inferenceGap } from '../../src/metrics/flatness'
import { kl } from '../../src/metrics/kl'
import { pointLogLikelihoods } from '../../src/metrics/importance'
import { logLikelihood } from '../../src/metrics/logLikelihood'
import { mutualInformation } from '../../src/metrics/mutualInformation'
import { vae } from '../../src/models/builders'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { average, drawX, standard, truthAt } from './known'
import { affineEncoder, exactEncoder, realData, scaling } from './knownModel'
import { onePixelModel, pixelModel } from './pixels'

const linear = standard([1.5, -0.7, 0], 0.8)
const linearVae = (encoder = exactEncoder(linear)) =>
  vae({
    likelihood: gaussian(3, { sigma: linear.sigma }),
    latent: 3,
    decoder: scaling(linear.slopes),
    encoder,
  })

onEachEngine('evaluate of a linear VAE', () => {
  const xs = drawX(linear, 700, new Random(1))
  const truths = xs.map((x) => truthAt(linear, x))

  it('has evidence, ELBO, KL, flatness, gap and information in closed form when q is the exact posterior', async () => {
    const model = linearVae()
    // 700 data points in several chunks, the last one smaller.
    const e = await expectNoLeaks(() =>
      evaluate(model, realData(xs), { samples: 20, priorSamples: 40, size: 700 }),
    )
    near(
      pointLogLikelihoods(e),
      truths.map((t) => t.logX),
      1e-5,
    )
    nearNumber(logLikelihood(e).value, average(truths.map((t) => t.logX)), 1e-5)
    near(
      e.mean,
      truths.flatMap((t) => t.posteriors[0].mean),
      1e-5,
    )
    near(
      e.sd,
      truths.flatMap((t) => t.posteriors[0].sd),
      1e-5,
    )
    const gap = inferenceGap(e)
    assert.ok(Math.abs(gap.total.value) < 4 * gap.total.standardError && gap.total.standardError < 0.02)
    // KL of the exact posterior is closed form too: ½ Σ (s² + m² − 1 − log s²).
    near(
      e.klZ,
      truths.flatMap(({ posteriors: [{ mean, sd }] }) =>
        mean.map((m, u) => (sd[u] ** 2 + m ** 2 - 1) / 2 - Math.log(sd[u])),
      ),
      1e-4,
    )
    const { z, units, w } = flatness(e)
    const errors = Array.from(flatness(e).pointsZ, (f, i) => f - truths[i].flatnessZ)
    const noise = Math.sqrt(average(errors.map((d) => d * d)) / xs.length)
    assert.ok(Math.abs(average(errors)) < 4 * noise && noise < 0.05, `${average(errors)} ± ${noise}`)
    assert.ok(z.standardError > noise)
    near(
      units.map((unit) => unit.value),
      linear.slopes.map((_, u) => average(truths.map((t) => t.flatnessOfUnits[u]))),
      1e-3,
    )
    assert.ok(Math.abs(units[2].value) < 1e-4 && units[0].value > 1 && units[1].value > 0.1)
    assert.equal(w.value, 0)
    // Data from the model: I(x; z) = Σ ½ log(1 + a²/σ²) = E KL.
    const exact = linear.slopes.reduce((sum, a) => sum + 0.5 * Math.log(1 + (a / linear.sigma) ** 2), 0)
    for (const estimate of [mutualInformation(e).z, kl(e).z])
      assert.ok(Math.abs(estimate.value - exact) < 4 * estimate.standardError, `${estimate.value}, ${exact}`)
    model.dispose()
  })

  it('underestimates the evidence at a rate of about 1/S with a poor proposal', async () => {
    const [first] = truths[0].posteriors
    // Means of half the gain, standard deviations 1.5 times too wide.
    const gain = linear.slopes.map((a) => (0.8 * a) / (a * a + linear.sigma ** 2))
    const model = linearVae(
      affineEncoder(
        gain,
        [0.1, 0.1, 0.1],
        first.sd.map((s) => 1.5 * s),
      ),
    )
    const bias: number[] = []
    for (const samples of [5, 20, 80]) {
      const e = await evaluate(model, realData(xs), { samples, priorSamples: 1, seed: samples })
      bias.push(average(Array.from(pointLogLikelihoods(e), (log, i) => log - truths[i].logX)))
    }
    const rates = [bias[0] / bias[1], bias[1] / bias[2]]
    assert.ok(bias.every((b) => b < 0) && rates.every((r) => r > 2 && r < 8), `bias ${bias.join(', ')}`)
    model.dispose()
  })

  it('respects its options: size, seed, prior draws', async () => {
    const model = linearVae()
    const data = realData(
      xs,
      xs.map((_, i) => i % 3),
    )
    const options = { samples: 3, priorSamples: 2, size: 10 }
    const a = await evaluate(model, data, options)
    assert.deepEqual([a.size, a.samples, a.priorSamples, a.z.length], [10, 3, 2, 90])
    const rows = Array.from(a.rows ?? [])
    assert.equal(new Set(rows).size, 10)
    assert.deepEqual(
      rows,
      [...rows].sort((one, other) => one - other),
    )
    // Not the first ones: data are often sorted.
    assert.ok(rows[9] > 9, rows.join())
    assert.deepEqual(
      Array.from(a.labels ?? []),
      rows.map((row) => row % 3),
    )
    assert.deepEqual(await evaluate(model, data, options), a)
    const other = await evaluate(model, data, { ...options, seed: 1 })
    assert.notDeepEqual(other.rows, a.rows)
    const all = { samples: 3, size: xs.length }
    const [one, two] = [await evaluate(model, data, all), await evaluate(model, data, { ...all, seed: 1 })]
    assert.notDeepEqual(two.z, one.z)
    assert.deepEqual(two.mean, one.mean)
    assert.equal((await evaluate(model, data.take(4), { samples: 1 })).size, 4)
    model.dispose()
  })
})

onEachEngine('evaluate', () => {
  it('describe invalid arguments in one line', async () => {
    const model = linearVae()
    const data = realData([[1, 2, 3]])
    const wrong: [() => Promise<unknown>, RegExp][] = [
      [
        () => evaluate(model, realData([[1, 2]])),
        /^`data` must be rows of 3 numbers, the likelihood's dimension, got rows of 2\./,
      ],
      [() => evaluate(model, data, { samples: 0 }), /^`samples` must be an integer ≥ 1, got 0/],
      [() => evaluate(model, data, { priorSamples: 1.5 }), /^`priorSamples` must be .*, got 1.5/],
      [() => evaluate(model, data, { size: -1 }), /^`size` must be .*, got -1/],
      [() => diagnose(model, data, { seed: -1 }), /^`seed` must be .*, got -1/],
    ]
    for (const [call, message] of wrong)
      await assert.rejects(call, (error: Error) => {
        assert.ok(error instanceof ArgumentError)
        assert.match(error.message, message)
        assert.ok(!error.message.includes('\n'))
        return true
      })
    const pixels = pixelModel(onePixelModel, { qw: [1], q: [{ mean: [0], sd: [1] }] })
    await assert.rejects(
      evaluate(pixels, realData([[0.1, 0.2, 3]])),
      /must be intensity or binary values .*, got real values/,
    )
    model.dispose()
    pixels.dispose()
  })

  it('stop between two chunks when the signal aborts', async () => {
    const model = linearVae()
    const controller = new AbortController()
    setImmediate(() => controller.abort(new Error('enough')))
    const data = realData(drawX(linear, 1000, new Random(5)))
    await assert.rejects(evaluate(model, data, { samples: 100, signal: controller.signal }), /enough/)
    model.dispose()
  })
})
