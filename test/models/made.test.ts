import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { bernoulli } from '../../src/distributions/bernoulli'
import { gaussian } from '../../src/distributions/gaussian'
import { poisson } from '../../src/distributions/poisson'
import { gmvae, lidmvae, lidvae, vae } from '../../src/models/builders'
import { made } from '../../src/models/made'
import { hasContext, type ContextConditional } from '../../src/models/context'
import { plainDecoder } from '../../src/models/decoder'
import type { Model } from '../../src/models/model'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { everyRow, madeEta } from '../support/madeReference'
import { finiteDifferences, near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { disturb, numbers, readWeights, rowsOf } from '../support/tables'

const [DIM, LATENT, HIDDEN] = [4, 2, 7]
const common = { likelihood: bernoulli(DIM), latent: LATENT, hidden: HIDDEN, seed: 1 }
const injective = { hidden: 5, hiddenLatent: 4, mu: 0.5 }

const conditionalOf = ({ conditional }: Model): ContextConditional => {
  assert.ok(hasContext(conditional))
  return conditional
}

function disturbed(model: Model, scale = 0.5, seed = 3): Model {
  disturb(model.parameters, new Random(seed), scale)
  return model
}

/** log p(x|z) of all rows of zeros and ones, `[2 ** DIM]`. */
const logOfEach = (model: Model, z: readonly number[]): number[] => {
  const rows = everyRow(DIM)
  const codes = rows.map(() => [...z])
  return numbers(() => model.conditional.logProb(tf.tensor2d(rows), tf.tensor2d(codes)))
}

/** KL both ways, by enumeration. */
const apart = (model: Model, z: readonly number[], other: readonly number[]): number => {
  const [p, q] = [logOfEach(model, z), logOfEach(model, other)]
  return p.reduce((sum, log, i) => sum + (Math.exp(log) - Math.exp(q[i])) * (log - q[i]), 0)
}

const decoders: Record<string, (seed?: number) => Model> = {
  'z in the hidden layers': () => vae({ ...common, context: made() }),
  'z in two hidden layers': () => vae({ ...common, context: made({ layers: 2, hidden: 9 }) }),
  'z at the output': () => vae({ ...common, context: made({ wiring: 'output' }) }),
  'injective in z': () => lidvae({ ...common, injective, context: made() }),
  'a mixture': () => gmvae({ ...common, components: 3, context: made() }),
  'an injective mixture': () => lidmvae({ ...common, injective, components: 3, context: made() }),
}

onEachEngine('made', () => {
  for (const layers of [1, 2])
    for (const wiring of ['hidden', 'output'] as const)
      it(`is its formula, by hand: ${layers} hidden layers, z ${wiring}`, () =>
        expectNoLeaks(() => {
          const model = disturbed(vae({ ...common, context: made({ layers, wiring }) }))
          const random = new Random(5)
          const [batch, samples] = [3, 2]
          const [x, z] = [random.bits(batch * DIM), random.normals(batch * samples * LATENT)]
          const weights = readWeights(model.parameters)
          const { eta, decoder } = conditionalOf(model)
          const found = numbers(() =>
            eta(tf.tensor2d(x, [batch, DIM]), tf.tensor3d(z, [batch, samples, LATENT])),
          )
          const added = decoder ? numbers(() => decoder.apply(tf.tensor2d(z, [batch * samples, LATENT]))) : []
          const expected = rowsOf(z, LATENT).flatMap((code, i) =>
            madeEta(
              weights,
              x.slice(Math.floor(i / samples) * DIM, (Math.floor(i / samples) + 1) * DIM),
              wiring === 'hidden' ? code : undefined,
              layers,
            ).map((eta, d) => eta + (added[i * DIM + d] ?? 0)),
          )
          near(found, expected, 3e-6)
          model.dispose()
        }))

  for (const [title, build] of Object.entries(decoders)) {
    it(`gives each feature from those before it alone: ${title}`, () =>
      expectNoLeaks(() => {
        const model = disturbed(build())
        const { eta } = conditionalOf(model)
        const z = new Random(6).normals(LATENT)
        const at = (x: number[]): number[] =>
          numbers(() => eta(tf.tensor2d(x, [1, DIM]), tf.tensor3d(z, [1, 1, LATENT])))
        const x = [1, 0, 1, 1]
        const base = at(x)
        for (let e = 0; e < DIM; e++) {
          const moved = at(x.map((value, i) => (i === e ? 1 - value : value)))
          moved.forEach((value, d) => {
            if (d <= e) assert.equal(value, base[d], `η of ${d}, x of ${e}`)
            else assert.notEqual(value, base[d], `η of ${d}, x of ${e}`)
          })
        }
        model.dispose()
      }))

    it(`has a likelihood that sums to one: ${title}`, () =>
      expectNoLeaks(() => {
        const model = disturbed(build(), 1)
        for (const z of rowsOf(new Random(7).normals(3 * LATENT), LATENT))
          nearNumber(
            logOfEach(model, z).reduce((sum, log) => sum + Math.exp(log), 0),
            1,
            1e-5,
          )
        model.dispose()
      }))
  }

  it('has a gradient like finite differences in every weight', () =>
    expectNoLeaks(() => {
      const model = disturbed(vae({ ...common, hidden: 3, context: made({ layers: 2 }) }), 0.3)
      const [x, z] = [[1, 0, 1, 1], new Random(8).normals(LATENT)]
      const weights = readWeights(model.parameters)
      const loss = (): number =>
        madeEta(weights, x, z, 2).reduce((sum, eta, d) => sum + x[d] * eta - Math.log1p(Math.exp(eta)), 0)
      const variables = [...model.parameters.variables].filter(([name]) => name.startsWith('decoder/'))
      assert.equal(variables.length, 9)
      tf.tidy(() => {
        const { grads } = tf.variableGrads(
          () =>
            model.conditional
              .logProb(tf.tensor2d(x, [1, DIM]), tf.tensor2d(z, [1, LATENT]))
              .sum()
              .asScalar(),
          variables.map(([, variable]) => variable),
        )
        for (const [name, variable] of variables)
          near(grads[variable.name].dataSync(), finiteDifferences(loss, weights[name]), 2e-5, name)
      })
      model.dispose()
    }))

  it('gives two codes two distributions for every weight where g is injective', () => {
    const random = new Random(9)
    for (let setting = 0; setting < 40; setting++) {
      const model = lidvae({ ...common, injective, seed: setting, context: made({ hidden: 5 }) })
      disturb(model.parameters, random, [0.1, 0.5, 1][setting % 3])
      const [z, other] = rowsOf(random.normals(2 * LATENT), LATENT)
      // No context can hide it: some coordinate of η moves by at least c ‖z − z′‖ / √D, whatever x is.
      const { eta } = conditionalOf(model)
      const x = tf.tensor2d(random.bits(DIM), [1, DIM])
      const at = (code: number[]): number[] => numbers(() => eta(x, tf.tensor3d(code, [1, 1, LATENT])))
      const [a, b] = [at(z), at(other)]
      const most = Math.max(...a.map((value, d) => Math.abs(value - b[d])))
      const distance = Math.hypot(...z.map((value, u) => value - other[u]))
      assert.ok(most >= ((injective.mu ** 2 * distance) / Math.sqrt(DIM)) * (1 - 1e-3), `setting ${setting}`)
      if (setting % 3 < 2) assert.ok(apart(model, z, other) > 1e-7, `setting ${setting}`)
      x.dispose()
      model.dispose()
    }
  })

  it('can give two codes one distribution where z enters the hidden layers, or an unconstrained output', () => {
    const [z, other] = [
      [1, -2],
      [-1, 0.5],
    ]
    const hidden = disturbed(vae({ ...common, context: made() }))
    assert.ok(apart(hidden, z, other) > 1e-4)
    const U = hidden.parameters.variables.get('decoder/context/0/U')!
    tf.tidy(() => U.assign(tf.zerosLike(U)))
    assert.equal(apart(hidden, z, other), 0)
    const output = disturbed(vae({ ...common, decoder: plainDecoder(5), context: made() }))
    assert.ok(apart(output, z, other) > 1e-4)
    const W = output.parameters.variables.get('decoder/0/W')!
    tf.tidy(() => W.assign(tf.zerosLike(W)))
    assert.equal(apart(output, z, other), 0)
    for (const model of [hidden, output]) model.dispose()
  })

  it('is refused where it could not do what the model says', () => {
    const context = made({ wiring: 'hidden' })
    assert.throws(
      () => lidvae({ ...common, context }),
      /`wiring` must be 'output', since a lidvae is injective/,
    )
    assert.throws(() => vae({ ...common, decoder: plainDecoder(5), context }), /Leave out `decoder`/)
    assert.throws(() => made({ wiring: 'head' as 'output' }), /must be 'hidden' or 'output'/)
    assert.throws(() => made({ hidden: 0 }), /`hidden` must be an integer ≥ 1/)
    assert.throws(() => vae({ ...common, context: {} as never }), /lid\.parts\.made\(\)/)
    const likelihood = poisson(DIM, { depth: 10 })
    assert.throws(() => vae({ ...common, likelihood, context: made() }), /one without a depth/)
    const model = vae({ ...common, context: made() })
    assert.throws(
      () => model.decoder,
      /a model whose features are independent given z, got a vae with a context/,
    )
    model.dispose()
  })

  it('serves real numbers too: the density of a Gaussian chain, by hand', () =>
    expectNoLeaks(() => {
      const model = disturbed(vae({ ...common, likelihood: gaussian(DIM, { sigma: 0.7 }), context: made() }))
      const random = new Random(11)
      const [x, z] = [random.normals(DIM), random.normals(LATENT)]
      const eta = madeEta(readWeights(model.parameters), x, z, 1)
      const expected = eta.reduce(
        (sum, mean, d) => sum - 0.5 * ((x[d] - mean) / 0.7) ** 2 - Math.log(0.7 * Math.sqrt(2 * Math.PI)),
        0,
      )
      const [found] = numbers(() =>
        model.conditional.logProb(tf.tensor2d(x, [1, DIM]), tf.tensor2d(z, [1, LATENT])),
      )
      nearNumber(found, expected, 1e-5)
      model.dispose()
    }))
})
