import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { matMul } from '../../src/compute/ops'
import { bernoulli } from '../../src/distributions/bernoulli'
import { ArgumentError, EngineError } from '../../src/base/errors'
import { mlp } from '../../src/layers/dense'
import { gmvae, lidmvae, lidvae, vae } from '../../src/models/builders'
import { anchoredMeans, freeMeans } from '../../src/models/prior'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { COMPONENTS, DIM, HIDDEN, LATENT } from '../support/models'
import { paperParts } from '../support/injective'
import { numbers, readWeights } from '../support/tables'

const common = { likelihood: bernoulli(DIM), latent: LATENT, hidden: HIDDEN, seed: 1 }
const mixture = { ...common, components: COMPONENTS }
const part = (weights: Record<string, number[]>, name: string) =>
  Object.fromEntries(Object.entries(weights).filter(([key]) => key.startsWith(name)))

it('needs an engine before any model', () => {
  assert.throws(
    () => vae(common),
    (error) =>
      error instanceof EngineError && /vae: no engine is chosen yet.*lid\.ready\(\)/.test(error.message),
  )
})

onEachEngine('builders', () => {
  it('gives a plain model and its identifiable twin the same encoder, number for number', () => {
    for (const [plain, twin] of [
      [vae(common), lidvae(common)],
      [gmvae(mixture), lidmvae(mixture)],
      [
        gmvae({ ...mixture, posterior: 'q(w|x) q(z|x,w)' }),
        lidmvae({ ...mixture, posterior: 'q(w|x) q(z|x,w)' }),
      ],
    ]) {
      const [a, b] = [plain, twin].map((model) => part(readWeights(model.parameters), 'encoder/'))
      assert.ok(Object.keys(a).length >= 6)
      assert.deepEqual(a, b)
      assert.equal(plain.posterior.family, twin.posterior.family)
      plain.dispose()
      twin.dispose()
    }
  })

  it('keeps the start of each part when another part changes', () => {
    const base = lidmvae({ ...mixture, prior: anchoredMeans() })
    const changed = [
      {
        model: lidmvae({ ...mixture, injective: { layers: 2, hiddenLatent: 7 } }),
        same: ['encoder/', 'prior/'],
      },
      { model: lidmvae({ ...mixture, prior: freeMeans() }), same: ['encoder/', 'decoder/'] },
      {
        model: lidmvae({ ...mixture, posterior: 'q(w|x) q(z|x,w)' }),
        same: ['encoder/w', 'decoder/', 'prior/'],
      },
    ]
    const start = readWeights(base.parameters)
    for (const { model, same } of changed) {
      const weights = readWeights(model.parameters)
      for (const name of same) {
        assert.ok(Object.keys(part(start, name)).length > 0)
        assert.deepEqual(part(weights, name), part(start, name))
      }
      assert.notDeepEqual(weights, start)
      model.dispose()
    }
    base.dispose()
  })

  it('describes itself: kind, widths, components, prior, posterior', () => {
    const plain = vae(common)
    assert.deepEqual([plain.kind, plain.latent, plain.components, plain.dim], ['vae', LATENT, 1, DIM])
    assert.equal(plain.prior.kind, 'standard normal')
    assert.equal(plain.posterior.family, 'q(z|x)')
    assert.equal(plain.decoder.injective, undefined)
    const injective = lidmvae(mixture)
    assert.deepEqual(
      [injective.kind, injective.components, injective.prior.kind, injective.posterior.family],
      ['lidmvae', COMPONENTS, 'anchored means', 'q(w|x) q(z|x)'],
    )
    assert.ok(injective.decoder.injective)
    const free = gmvae(mixture)
    assert.deepEqual([free.prior.kind, free.prior.distinct], ['free means', false])
    for (const model of [plain, injective, free]) model.dispose()
  })

  it('accepts the ablations: plain decoder with the identifiable prior and the other way round', () => {
    const a = gmvae({ ...mixture, prior: anchoredMeans() })
    const b = lidmvae({ ...mixture, prior: freeMeans() })
    assert.deepEqual([a.prior.distinct, a.decoder.injective !== undefined], [true, false])
    assert.deepEqual([b.prior.distinct, b.decoder.injective !== undefined], [false, true])
    a.dispose()
    b.dispose()
  })

  it('passes μ, anchor, widths and activation to the injective map', () => {
    const model = lidvae({
      ...common,
      injective: { mu: [0.3, 2], anchor: 0.5, hidden: 7, hiddenLatent: 6, layers: 2, activation: 'paper' },
    })
    const map = paperParts(model)
    assert.ok(map)
    assert.deepEqual([map.g1.mu, map.g2.mu, map.beta.anchor], [0.3, 2, 0.5])
    assert.deepEqual([map.g1.convex.hidden, map.g2.convex.hidden], [6, 7])
    assert.deepEqual([map.g1.convex.layers, map.g2.convex.activation], [2, 'paper'])
    const same = lidvae({ ...common, injective: { mu: 3 } })
    assert.deepEqual([paperParts(same)?.g1.mu, paperParts(same)?.g2.mu], [3, 3])
    model.dispose()
    same.dispose()
  })

  it('accepts a custom encoder and decoder', () =>
    expectNoLeaks(() => {
      const model = gmvae({
        ...mixture,
        encoder: (parameters, from, to) => mlp(parameters, 'z', [from, 7, to]),
        decoder: (parameters, latent, dim) => {
          const scale = parameters
            .scope('decoder')
            .variable('scale', [latent, dim], (n) => new Float32Array(n).fill(2))
          return { from: latent, to: dim, apply: (z) => matMul(z, scale) }
        },
      })
      const shapeOf = (name: string) => model.parameters.variables.get(name)?.shape
      assert.deepEqual(shapeOf('encoder/z/0/W'), [DIM, 7])
      assert.deepEqual(shapeOf('decoder/scale'), [LATENT, DIM])
      const eta = numbers(() => model.decoder.apply(tf.tensor2d([[1, 0.5]])))
      assert.deepEqual(eta, [3, 3, 3, 3])
      model.dispose()
    }))

  it('refuses invalid input in one line that names it, and leaves nothing behind', () =>
    expectNoLeaks(() => {
      const shared = { ...mixture }
      const wrong: [string, () => unknown][] = [
        ['latent', () => vae({ ...common, latent: 0 })],
        ['latent', () => vae({ ...common, latent: 1.5 })],
        ['latent', () => lidvae({ ...common, latent: DIM + 1 })],
        ['latent', () => lidmvae({ ...mixture, latent: DIM + 1 })],
        ['hidden', () => vae({ ...common, hidden: 0 })],
        ['seed', () => vae({ ...common, seed: -1 })],
        ['seed', () => vae({ ...common, seed: 0.5 })],
        ['components', () => gmvae({ ...mixture, components: 1 })],
        ['components', () => gmvae({ ...mixture, components: 2.5 })],
        ['components', () => gmvae(common as never)],
        // Options shared by a pair of models slip through the types: they must not end in a vae with half a
        // mixture in it.
        ['components', () => vae(shared)],
        ['posterior', () => vae({ ...common, posterior: 'q(w|x) q(z|x,w)' } as never)],
        ['prior', () => lidvae({ ...common, prior: freeMeans() })],
        ['posterior', () => gmvae({ ...mixture, posterior: 'q(z|x)' as never })],
        ['likelihood', () => vae({ latent: 2 } as never)],
        ['likelihood', () => vae({ ...common, likelihood: 'bernoulli' as never })],
        ['likelihood', () => vae({ ...common, likelihood: bernoulli as never })],
        ['mu', () => lidvae({ ...common, injective: { mu: 0 } })],
        ['mu', () => lidvae({ ...common, injective: { mu: [1, -1] } })],
        ['anchor', () => lidvae({ ...common, injective: { anchor: 0 } })],
        ['hidden', () => lidvae({ ...common, injective: { hiddenLatent: 0 } })],
        ['encoder', () => vae({ ...common, encoder: (p, from) => mlp(p, 'z', [from, 3]) })],
        ['decoder', () => vae({ ...common, decoder: (p, latent) => mlp(p, 'decoder', [latent, 3]) })],
        [
          'encoder',
          () =>
            gmvae({
              ...mixture,
              posterior: 'q(w|x) q(z|x,w)',
              encoder: (p, from, to) => mlp(p, 'z', [from, to]),
            }),
        ],
      ]
      for (const [argument, build] of wrong)
        assert.throws(build, (error) => {
          assert.ok(error instanceof ArgumentError, String(error))
          assert.equal(error.argument, argument)
          return !error.message.includes('\n') && error.message.length < 250
        })
    }))
})
