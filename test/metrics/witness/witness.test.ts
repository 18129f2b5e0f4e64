import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { Matrix, SingularValueDecomposition } from 'ml-matrix'
import { bernoulli } from '../../../src/distributions/bernoulli'
import { gaussian } from '../../../src/distributions/gaussian'
import { thousands } from '../../../src/base/thousands'
import { ArgumentError, NumericalError } from '../../../src/base/errors'
import { certify } from '../../../src/metrics/certificate'
import { ballRadius } from '../../../src/metrics/witness/ball'
import { witness, type Witness } from '../../../src/metrics/witness/witness'
import { gmvae, lidmvae, lidvae, vae } from '../../../src/models/builders'
import { plainDecoder, type Decoder } from '../../../src/models/decoder'
import type { Model } from '../../../src/models/model'
import { freeMeans } from '../../../src/models/prior'
import { onEachEngine } from '../../support/engines'
import { expectNoLeaks } from '../../support/leaks'
import { near, nearNumber } from '../../support/near'
import { Random } from '../../support/random'
import { disturb, numbersOfAll, readWeights } from '../../support/tables'
import { scaling } from '../knownModel'
import { fixedPrior, folding, linear, withDeadDirection } from './models'

const quick = { candidates: 256, steps: 100 }

async function witnessOf(model: Model, options = quick): Promise<Witness> {
  try {
    return await expectNoLeaks(() => witness(model, options))
  } finally {
    model.dispose()
  }
}

const cosine = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.abs(Array.from(a).reduce((sum, x, u) => sum + x * b[u], 0))

onEachEngine('witness of codes', () => {
  it('returns the axis of a dead unit', async () => {
    const { closest, deadUnits, everywhere, found, pairs, summary } = await witnessOf(
      withDeadDirection(3).model,
    )
    assert.ok(found && pairs[0] === closest)
    assert.deepEqual([closest.unit, deadUnits, everywhere], [3, [3], 1])
    assert.ok(closest.divergence < 1e-8, `${closest.divergence}`)
    nearNumber(closest.distance, 1, 1e-3)
    assert.match(
      summary,
      /^z: non-identifiable\. Two codes 1 apart, along the axis of unit 3, .* less than 1e-6 nat/,
    )
    assert.match(
      summary,
      /100 % of draws of the prior \(median less than 1e-6 nat\)\. Unit 3 \(counted from 0\) is dead/,
    )
  })

  it('finds a dead direction that is no axis', async () => {
    const { model, direction } = withDeadDirection(1, { along: [0.6, -0.9, 0.4, 0.5, 0.7] })
    assert.ok(Math.max(...direction.map(Math.abs)) < 0.8)
    const { closest, deadUnits, everywhere, found } = await witnessOf(model, { ...quick, steps: 200 })
    assert.ok(found && closest.divergence < 1e-4, `${closest.divergence}`)
    assert.ok(cosine(closest.direction, direction) > 0.999, closest.direction.join())
    assert.equal(everywhere, 1)
    assert.deepEqual([closest.unit, deadUnits], [undefined, []])
  })

  it('reaches the least divergence of a linear decoder, σ_min(W)²/σ² at distance 1, and finds none', async () => {
    const random = new Random(1)
    const W = Array.from({ length: 4 }, () => random.normals(6))
    const svd = new SingularValueDecomposition(new Matrix(W).transpose())
    const least = Math.min(...svd.diagonal)
    const model = vae({ likelihood: gaussian(6, { sigma: 0.8 }), latent: 4, decoder: linear(W) })
    const { closest, deadUnits, everywhere, found, pairs, summary } = await witnessOf(model)
    nearNumber(closest.divergence / (least / 0.8) ** 2, 1, 2e-3)
    assert.deepEqual([found, pairs, deadUnits, everywhere], [false, [], [], 0])
    assert.match(
      summary,
      /^z: no witness found\. .* still differ by .* nat .*Finding no witness proves nothing/,
    )
  })

  it('applies its threshold', async () => {
    // Divergence a² at distance 1.
    const of = (a: number) => vae({ likelihood: gaussian(2), latent: 2, decoder: scaling([1.5, a]) })
    const below = await witnessOf(of(0.03))
    assert.deepEqual([below.found, below.deadUnits, below.closest.unit], [true, [1], 1])
    nearNumber(below.closest.divergence / 9e-4, 1, 1e-2)
    const above = await witnessOf(of(0.033))
    assert.equal(above.found, false)
    const model = of(0.033)
    assert.equal((await witness(model, { ...quick, threshold: 0.0011 })).found, true)
    model.dispose()
  })

  it('finds distant codes that a fold brings together, and reports that they are few', async () => {
    const model = vae({ likelihood: gaussian(3, { sigma: 0.1 }), latent: 3, decoder: folding })
    const { closest, deadUnits, everywhere, found, typical, summary } = await witnessOf(model)
    assert.ok(found && closest.divergence < 1e-3)
    assert.ok(typical > 1, `${typical}`)
    assert.match(summary, /^z: witness found, but only locally\. /)
    nearNumber(closest.z[0], -closest.other[0], 1e-2)
    assert.deepEqual(deadUnits, [])
    assert.ok(everywhere < 0.1, `${everywhere}`)
  })

  it('returns codes in the ball, at least 1 apart, with the reported divergence', async () => {
    for (const model of [
      vae({ likelihood: bernoulli(6), latent: 3, hidden: 8, seed: 1 }),
      gmvae({ likelihood: gaussian(6), latent: 3, components: 2, hidden: 8, seed: 1 }),
    ]) {
      const { pairs } = await witness(model, { ...quick, threshold: 10 })
      assert.ok(pairs.length > 1)
      const [m, s] = numbersOfAll(() => {
        const { mean, sd } = model.prior.moments()
        return [mean, sd]
      })
      for (const { z, other, distance, divergence, components } of pairs) {
        const length = Math.hypot(...z.map((value, u) => value - other[u]))
        assert.ok(length >= 1)
        nearNumber(distance, length, 1e-6)
        ;[z, other].forEach((code, side) => {
          const k = components[side]
          const offsets = code.map((value, u) => (value - m[k * 3 + u]) / s[k * 3 + u])
          assert.ok(Math.hypot(...offsets) <= ballRadius(3))
        })
        const [again] = numbersOfAll(() => {
          const eta = (code: Float32Array) => model.decoder.apply(tf.tensor2d(code, [1, 3]))
          return [model.observation.divergence(eta(z), eta(other))]
        })
        nearNumber(again[0], divergence, 1e-5)
      }
      // No two in the same direction.
      pairs.forEach((p, i) =>
        pairs.slice(0, i).forEach((q) => assert.ok(cosine(p.direction, q.direction) < 0.9)),
      )
      model.dispose()
    }
  })

  it('does not use the guarantee of a decoder', async () => {
    const liar = (
      parameters: Parameters<ReturnType<typeof plainDecoder>>[0],
      latent: number,
      dim: number,
    ): Decoder => {
      const { from, to } = plainDecoder(4)(parameters, latent, dim)
      return {
        from,
        to,
        apply: (z) => tf.zeros([z.shape[0], dim]),
        get injective(): never {
          throw new Error('asked for the certificate')
        },
      }
    }
    const { closest, deadUnits } = await witnessOf(
      vae({ likelihood: bernoulli(4), latent: 2, decoder: liar }),
    )
    assert.deepEqual([closest.divergence, deadUnits], [0, [0, 1]])
  })

  it('finds nothing below the certificate on an injective model with a Gaussian likelihood', async () => {
    const model = lidvae({
      likelihood: gaussian(6),
      latent: 3,
      hidden: 8,
      injective: { mu: 0.7, hiddenLatent: 5 },
    })
    disturb(model.parameters, new Random(5), 0.3)
    const { constant } = certify(model)
    const { closest, found } = await witnessOf(model)
    assert.ok(
      !found && closest.divergence >= constant ** 2 * (1 - 1e-3),
      `${closest.divergence}, ${constant}`,
    )
  })
})

onEachEngine('witness of components', () => {
  const options = { likelihood: gaussian(6), latent: 3, components: 4, hidden: 8, seed: 1 }

  it('finds pairs on a collapsed mixture and none on its identifiable twin, with as many evaluations', async () => {
    const collapsed = await witnessOf(gmvae({ ...options, prior: freeMeans({ start: 0 }) }))
    assert.equal(collapsed.found, true)
    assert.equal(collapsed.componentPairs.length, 6)
    assert.equal(collapsed.closestComponents?.divergence, 0)
    assert.match(collapsed.summary, /w: non-identifiable\. 6 pairs of components cannot be told apart/)
    const twin = await witnessOf(lidmvae({ ...options, latent: 4, injective: { hiddenLatent: 5 } }))
    assert.deepEqual([twin.found, twin.pairs, twin.componentPairs], [false, [], []])
    assert.ok((twin.closestComponents?.divergence ?? 0) > 1)
    assert.match(twin.summary, /w: no witness found\. Even p\(z\|w\) of components \d and \d differ by \d/)
    const single = await witnessOf(vae({ likelihood: bernoulli(3), latent: 1, hidden: 4 }))
    assert.equal(single.closestComponents, undefined)
    assert.doesNotMatch(single.summary, /w:|undefined|NaN/)
    // Two codes a pair: of 256 candidates, 64 pairs over 100 steps, these measured, and 128 probes.
    const all = 2 * (256 + 64 * 100 + 64 + 128)
    assert.deepEqual(
      [collapsed, twin, single].map((w) => w.evaluations),
      [all, all, all],
    )
    assert.match(twin.summary, new RegExp(`${thousands(all)} codes decoded\\.$`))
  })

  it('applies the threshold for components', async () => {
    // Means d apart, γ 1: divergence d².
    const of = (d: number) =>
      gmvae({
        ...options,
        components: 2,
        latent: 3,
        prior: fixedPrior(
          [
            [0, 0, 0],
            [d, 0, 0],
          ],
          [
            [1, 1, 1],
            [1, 1, 1],
          ],
        ),
      })
    assert.equal((await witnessOf(of(0.14))).componentPairs.length, 1)
    assert.equal((await witnessOf(of(0.143))).componentPairs.length, 0)
  })

  it('finds codes of two components that give one likelihood, where no two of one component do', async () => {
    const model = gmvae({
      likelihood: gaussian(3, { sigma: 0.1 }),
      latent: 3,
      components: 2,
      hidden: 8,
      decoder: folding,
      prior: fixedPrior(
        [
          [-3, 0, 0],
          [3, 0, 0],
        ],
        [
          [0.4, 0.4, 0.4],
          [0.4, 0.4, 0.4],
        ],
      ),
    })
    const { closest, pairs } = await witnessOf(model)
    assert.ok(closest.divergence < 1e-3 && pairs.every(({ components: [j, k] }) => j !== k))
    near([closest.z[0], closest.z[1]], [-closest.other[0], closest.other[1]], 1e-2)
  })
})

onEachEngine('witness as a function', () => {
  const model = () => vae({ likelihood: bernoulli(5), latent: 2, hidden: 6, seed: 2 })

  it('repeats for a seed, differs for another, and leaves the weights alone', async () => {
    const m = model()
    const few = { ...quick, steps: 10 }
    const before = readWeights(m.parameters)
    const first = await witness(m, few)
    assert.deepEqual(readWeights(m.parameters), before)
    const again = await witness(m, few)
    assert.deepEqual({ ...again, seconds: 0 }, { ...first, seconds: 0 })
    const other = await witness(m, { ...few, seed: 1 })
    assert.notDeepEqual(other.closest.z, first.closest.z)
    m.dispose()
  })

  it('stops for a signal and refuses invalid options, without leaks', async () => {
    const m = model()
    await expectNoLeaks(() =>
      assert.rejects(witness(m, { signal: AbortSignal.abort(new Error('enough')) }), /enough/),
    )
    const later = new AbortController()
    setTimeout(() => later.abort(new Error('later')), 20)
    await expectNoLeaks(() => assert.rejects(witness(m, { steps: 100000, signal: later.signal }), /later/))
    for (const options of [
      { candidates: 100 },
      { steps: 0 },
      { threshold: 0 },
      { componentThreshold: -1 },
      { seed: 0.5 },
    ])
      await assert.rejects(witness(m, options), (error: Error) => {
        assert.ok(error instanceof ArgumentError)
        assert.match(error.message, new RegExp(`^\`${Object.keys(options)[0]}\` must be`))
        return true
      })
    m.dispose()
  })

  it('reports a likelihood that is NaN', async () => {
    const m = model()
    const bias = m.decoder.bias
    assert.ok(bias)
    tf.tidy(() => bias.assign(tf.fill(bias.shape, NaN)))
    await expectNoLeaks(() =>
      assert.rejects(witness(m, quick), (error: Error) => {
        assert.ok(error instanceof NumericalError)
        assert.match(error.message, /^witness: the likelihood is NaN or infinite for every pair/)
        return true
      }),
    )
    m.dispose()
  })
})
