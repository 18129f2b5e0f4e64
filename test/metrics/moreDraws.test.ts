import assert from 'node:assert/strict'
import { it } from 'node:test'
import { evaluate } from '../../src/metrics/evaluate'
import { inferenceGap } from '../../src/metrics/flatness'
import { pointLogLikelihoods } from '../../src/metrics/importance'
import { logLikelihood } from '../../src/metrics/logLikelihood'
import { gaussian } from '../../src/distributions/gaussian'
import { vae } from '../../src/models/builders'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { Random } from '../support/random'
import { average, drawX, standard, truthAt } from './known'
import { affineEncoder, exactEncoder, realData, scaling } from './knownModel'

const known = standard([2, 1.5, 1, 2.5])
const xs = drawX(known, 400, new Random(7))
const exact = average(xs.map((x) => truthAt(known, x).logX))

/** The known model, with a q that is too narrow by a factor and off the centre, so that few draws carry the weight. */
const model = (
  encoder = affineEncoder([0.4, 0.46, 0.5, 0.34], [0.3, 0.3, 0.3, 0.3], [0.25, 0.3, 0.4, 0.2]),
) => vae({ likelihood: gaussian(4), latent: 4, decoder: scaling(known.slopes), encoder })

onEachEngine('evaluate', () => {
  it('draws more where that changes log p(x), and says what bias may be left', async () => {
    const one = model()
    const e = await evaluate(one, realData(xs), { samples: 20 })
    const found = logLikelihood(e)
    const { bias = 0 } = found
    const few = average(pointLogLikelihoods(e))
    assert.ok(e.more && e.more.blocks.length >= 8, `${e.more?.blocks.length} blocks`)
    assert.ok(exact - few > 0.3, `${exact - few} nats are missing with 20 draws`)
    assert.ok(found.value > few + 0.2)
    // The truth lies between the value and the value less the bias, up to three standard errors of the data
    // points' mean.
    const error = found.value - exact
    const noise = 3 * Math.hypot(0.1, average(e.more.blocks[0].map(Math.abs)) / 100)
    assert.ok(error < noise && error > bias - noise, `error ${error}, bias ${bias}`)
    assert.match(found.estimator, /^importance-weighted, 20 to 1280 draws, 400 data points$/)
    const gap = inferenceGap(e).total
    assert.equal(gap.bias, bias)
    assert.deepEqual((await evaluate(one, realData(xs), { samples: 20 })).more, e.more)
    one.dispose()
  })

  it('draws no more where the proposal is the exact posterior, or the prior serves', async () => {
    const [one, flat] = [
      model(exactEncoder(known)),
      vae({
        likelihood: gaussian(4),
        latent: 4,
        decoder: scaling([0, 0, 0, 0]),
        encoder: affineEncoder([0, 0, 0, 0], [3, 3, 3, 3], [0.1, 0.1, 0.1, 0.1]),
      }),
    ]
    const e = await evaluate(one, realData(xs))
    assert.equal(e.more, undefined)
    const empty = await evaluate(flat, realData(xs))
    assert.equal(empty.more, undefined)
    // q is 3 from the prior, where the likelihood is flat: the prior gives log p(x), q does not.
    const truth = average(xs.map((x) => truthAt(standard([0, 0, 0, 0]), x).logX))
    assert.ok(Math.abs(logLikelihood(empty).value - truth) < 1e-4)
    assert.ok(average(pointLogLikelihoods(empty)) < truth - 5)
    for (const each of [one, flat]) each.dispose()
  })

  it('leaves no tensors', async () => {
    const one = model()
    await expectNoLeaks(() => evaluate(one, realData(xs), { samples: 5, size: 50 }))
    one.dispose()
  })
})

onEachEngine('evaluation.points', () => {
  it('is a table of one row per data point', async () => {
    const one = model()
    const labels = xs.map((_, i) => i % 3)
    const e = await evaluate(one, realData(xs, labels), { size: 50, seed: 3 })
    const { points } = e
    assert.deepEqual(points.columnNames(), [
      ...['row', 'label', 'logLikelihood', 'elbo', 'reconstruction', 'klZ', 'klW'],
    ])
    const rows = points.objects() as Record<string, number>[]
    assert.equal(rows.length, 50)
    rows.forEach(({ row, label, elbo, reconstruction, klZ, klW }) => {
      assert.equal(label, row % 3)
      assert.ok(Math.abs(reconstruction - klZ - klW - elbo) < 1e-4)
    })
    // It is not copied, compared or written as JSON.
    assert.ok(!Object.keys(e).includes('points'))
    one.dispose()
  })
})
