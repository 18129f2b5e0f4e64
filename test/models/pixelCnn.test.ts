import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { pinwheel } from '../../src/data'
import { bernoulli } from '../../src/distributions/bernoulli'
import { gaussian } from '../../src/distributions/gaussian'
import { certificateRatios, certify } from '../../src/metrics/certificate'
import { gmvae, lidvae, vae } from '../../src/models/builders'
import { hasContext, type ContextConditional } from '../../src/models/context'
import type { Model } from '../../src/models/model'
import { pixelCnn, type PixelCnnOptions } from '../../src/models/pixelCnn'
import { sample } from '../../src/models/use'
import { expectReruns } from '../support/again'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { everyRow } from '../support/madeReference'
import { finiteDifferences, near, nearNumber } from '../support/near'
import { pixelCnnEta } from '../support/pixelCnnReference'
import { Random } from '../support/random'
import { disturb, numbers, readWeights, rowsOf } from '../support/tables'

const [HEIGHT, WIDTH, LATENT] = [3, 4, 2]
const DIM = HEIGHT * WIDTH
const common = { likelihood: bernoulli(DIM), latent: LATENT, hidden: 6, seed: 1 }
const injective = { hidden: 5, hiddenLatent: 4, mu: 0.5 }
const sizes = { height: HEIGHT, width: WIDTH, channels: 3, layers: 2, kernel: 3 }
const context = (options: Partial<PixelCnnOptions> = {}) =>
  pixelCnn({ shape: [HEIGHT, WIDTH], channels: 3, layers: 2, kernel: 3, ...options })

const conditionalOf = ({ conditional }: Model): ContextConditional => {
  assert.ok(hasContext(conditional))
  return conditional
}

function disturbed(model: Model, scale = 0.5): Model {
  disturb(model.parameters, new Random(3), scale)
  return model
}

const etaOf = (model: Model, x: readonly number[], z: readonly number[]): number[] =>
  numbers(() => conditionalOf(model).eta(tf.tensor2d([...x], [1, DIM]), tf.tensor3d([...z], [1, 1, LATENT])))

const models: Record<string, () => Model> = {
  'z in the first hidden layer': () => vae({ ...common, context: context() }),
  'z at the output': () => vae({ ...common, context: context({ wiring: 'output' }) }),
  'injective in z': () => lidvae({ ...common, injective, context: context() }),
  'a mixture': () => gmvae({ ...common, components: 3, context: context() }),
}

onEachEngine('pixelCnn', () => {
  for (const [layers, kernel] of [
    [1, 3],
    [3, 5],
  ])
    it(`is its formula, by hand: ${layers} hidden layers, filters of ${kernel}`, () =>
      expectNoLeaks(() => {
        const model = disturbed(vae({ ...common, context: context({ layers, kernel }) }))
        const random = new Random(5)
        const [batch, samples] = [3, 2]
        const [x, z] = [random.bits(batch * DIM), random.normals(batch * samples * LATENT)]
        const weights = readWeights(model.parameters)
        const found = numbers(() =>
          conditionalOf(model).eta(tf.tensor2d(x, [batch, DIM]), tf.tensor3d(z, [batch, samples, LATENT])),
        )
        const expected = rowsOf(z, LATENT).flatMap((code, i) =>
          pixelCnnEta(weights, rowsOf(x, DIM)[Math.floor(i / samples)], code, { ...sizes, layers, kernel }),
        )
        near(found, expected, 5e-6)
        model.dispose()
      }))

  for (const [title, build] of Object.entries(models)) {
    it(`gives each pixel from those before it alone: ${title}`, () =>
      expectNoLeaks(() => {
        // Filters that reach over the whole image, so that each pixel sees all before it.
        const model = disturbed(build(), 1)
        const z = new Random(6).normals(LATENT)
        const x = new Random(7).bits(DIM)
        const base = etaOf(model, x, z)
        let seen = 0
        for (let e = 0; e < DIM; e++) {
          const moved = etaOf(
            model,
            x.map((value, i) => (i === e ? 1 - value : value)),
            z,
          )
          moved.forEach((value, d) => {
            if (d <= e) assert.equal(value, base[d], `η of ${d}, x of ${e}`)
            else if (value !== base[d]) seen++
          })
        }
        assert.ok(seen > DIM, `${seen} pairs of pixels depend on each other`)
        model.dispose()
      }))

    it(`has a likelihood that sums to one: ${title}`, () =>
      expectNoLeaks(() => {
        const model = disturbed(build())
        const rows = everyRow(DIM)
        const z = new Random(8).normals(LATENT)
        const logs = numbers(() =>
          model.conditional.logProb(tf.tensor2d(rows), tf.tensor2d(rows.map(() => [...z]))),
        )
        nearNumber(
          logs.reduce((sum, log) => sum + Math.exp(log), 0),
          1,
          2e-5,
        )
        model.dispose()
      }))
  }

  it('has a gradient like finite differences in every weight', () =>
    expectNoLeaks(() => {
      const model = disturbed(vae({ ...common, context: context({ channels: 2 }) }), 0.3)
      const [x, z] = [new Random(9).bits(DIM), new Random(10).normals(LATENT)]
      const weights = readWeights(model.parameters)
      const loss = (): number =>
        pixelCnnEta(weights, x, z, { ...sizes, channels: 2 }).reduce(
          (sum, eta, d) => sum + x[d] * eta - Math.log1p(Math.exp(eta)),
          0,
        )
      const variables = [...model.parameters.variables].filter(([name]) => name.startsWith('decoder/'))
      assert.equal(variables.length, 7)
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
          near(grads[variable.name].dataSync(), finiteDifferences(loss, weights[name]), 5e-5, name)
      })
      model.dispose()
    }))

  it('keeps the certificate of an injective decoder, whatever the pixels before', () =>
    expectNoLeaks(async () => {
      const model = disturbed(lidvae({ ...common, injective, context: context() }), 0.3)
      const { constant } = certify(model)
      assert.ok(constant > 0)
      const ratios = await certificateRatios(model, { pairs: 200, seed: 1 })
      assert.ok(Math.min(...ratios) >= constant * (1 - 1e-4))
      const random = new Random(11)
      const [a, b] = rowsOf(random.normals(2 * LATENT), LATENT)
      const x = random.bits(DIM)
      const [at, other] = [etaOf(model, x, a), etaOf(model, x, b)]
      const moved = Math.hypot(...at.map((value, d) => value - other[d]))
      assert.ok(moved >= constant * Math.hypot(...a.map((value, u) => value - b[u])) * (1 - 1e-3))
      model.dispose()
    }))

  it('is trained, saved, loaded and run again', () =>
    expectNoLeaks(async () => {
      const points = { ...common, likelihood: gaussian(2), context: context({ shape: [1, 2] }) }
      for (const model of [vae(points), lidvae({ ...points, injective })]) {
        await expectReruns(model, pinwheel({ train: 40, seed: 1 }).train, { epochs: 2, batchSize: 10 })
        model.dispose()
      }
    }))

  it('draws images pixel by pixel, as often as they are likely', () =>
    expectNoLeaks(async () => {
      const model = disturbed(
        vae({ ...common, likelihood: bernoulli(4), context: context({ shape: [2, 2] }) }),
      )
      const count = 4000
      const { x, z } = await sample(model, { count, seed: 1 })
      const [rows, codes] = [everyRow(4), rowsOf(z, LATENT)]
      // Each row of the 16 as often as its mean probability over the codes that were drawn.
      const expected = rows.map((row) => {
        const logs = numbers(() =>
          model.conditional.logProb(tf.tensor2d(codes.map(() => row)), tf.tensor2d(codes)),
        )
        return logs.reduce((sum, log) => sum + Math.exp(log), 0) / count
      })
      const drawn = rowsOf(x, 4).map((row) => row.join(''))
      rows.forEach((row, i) => {
        const share = drawn.filter((one) => one === row.join('')).length / count
        const error = Math.sqrt(expected[i] / count)
        assert.ok(Math.abs(share - expected[i]) < 4 * error, `${row.join('')}: ${share}, ${expected[i]}`)
      })
      model.dispose()
    }))

  it('is refused for what is no grey image, and for filters without a centre', () => {
    assert.throws(() => pixelCnn({} as never), /`shape`/)
    assert.throws(
      () => context({ shape: [2, 2, 3] }),
      /\[height, width\], of one channel.*lid\.parts\.made\(\)/,
    )
    assert.throws(() => context({ kernel: 4 }), /`kernel` must be an odd integer/)
    assert.throws(() => context({ layers: 0 }), /`layers` must be an integer from 1 to 1000/)
    assert.throws(() => context({ channels: 1.5 }), /`channels` must be an integer ≥ 1/)
    assert.throws(() => context({ wiring: 'head' as 'output' }), /must be 'hidden' or 'output'/)
    assert.throws(
      () => vae({ ...common, context: pixelCnn({ shape: [5, 5] }) }),
      /of 12 numbers, the dimension of x/,
    )
  })
})
