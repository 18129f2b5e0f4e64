import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { bernoulli } from '../../src/distributions/bernoulli'
import { ArgumentError } from '../../src/base/errors'
import { mlp } from '../../src/layers/dense'
import { gmvae, vae } from '../../src/models/builders'
import type { DecoderBuilder } from '../../src/models/decoder'
import type { EncoderBuilder, EncoderScale } from '../../src/models/posterior'
import { diagnose } from '../../src/metrics/diagnose'
import { fit } from '../../src/training/fit'
import type { Objective } from '../../src/training/objective'
import { Draws, drawKey } from '../../src/compute/draws'
import { normalInit } from '../../src/compute/parameters'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyImages } from '../support/models'
import { nearNumber } from '../support/near'

const common = { likelihood: bernoulli(8), latent: 2, hidden: 6, seed: 1 }
const fails = (run: () => unknown, message: RegExp): void =>
  assert.throws(run, (error) => {
    assert.ok(error instanceof ArgumentError, String(error))
    assert.match(error.message, message)
    assert.doesNotMatch(error.message, /\n/)
    return true
  })

/** A decoder that does what it is told. */
const doing =
  (apply: (z: tf.Tensor) => unknown): DecoderBuilder =>
  (_, from, to) => ({ from, to, apply: apply as (z: tf.Tensor) => tf.Tensor })

onEachEngine('a decoder of one’s own', () => {
  const refused = (decoder: unknown, message: RegExp): void =>
    expectNoLeaks(() => fails(() => vae({ ...common, decoder: decoder as DecoderBuilder }), message))

  it('is refused where it is not a builder of a layer', () => {
    const wanted =
      /must be a function \(parameters, 2, 8\) that returns a layer \{ from, to, apply \}, got .*\. Write, say/
    refused({ layers: [] }, wanted)
    refused(() => (z: tf.Tensor) => z, wanted)
    refused(() => undefined, wanted)
  })

  it('is refused where it returns another shape, no tensor, or fails, before any training', () => {
    const shape =
      /^result of `decoder\.apply` must be a tensor of shape \[2, 8\], got a Tensor of shape \[2, 3\]/
    refused(
      doing(() => tf.zeros([2, 3])),
      shape,
    )
    refused(
      doing(() => 3),
      /^result of `decoder\.apply` must be a tensor of shape \[2, 8\], got 3/,
    )
    refused(
      doing(() => Promise.resolve()),
      /^result of `decoder\.apply` must be a tensor of shape \[2, 8\], got a Promise/,
    )
    const failed = /^result of `decoder\.apply` must be a tensor of shape \[2, 8\], got the error "[^"\n]+"/
    refused(
      doing((z) => tf.matMul(z, tf.zeros([3, 8]))),
      failed,
    )
    refused(
      doing((z) => tf.add(tf.tile(z, [1, 4]), tf.zeros([3]))),
      failed,
    )
  })

  it('is refused where it has weights that would be neither trained nor saved', () => {
    const W = tf.tidy(() => tf.variable(tf.ones([2, 8])))
    const stranger =
      /^`decoder\.apply` must be a function of weights of the model alone, .*, got a Variable of shape \[2, 8\]/
    refused(
      doing((z) => tf.matMul(z, W)),
      stranger,
    )
    W.dispose()
    const layer = tf.layers.dense({ units: 8 })
    // Its weights are made when it is first called.
    fails(
      () => vae({ ...common, decoder: doing((z) => layer.apply(z)) }),
      /^`decoder\.apply` must be a function of weights .*Variable of shape/,
    )
    layer.dispose()
  })

  it('may have fixed numbers, and its own weights', () =>
    expectNoLeaks(async () => {
      const fixed = tf.tidy(() => tf.variable(tf.ones([2, 8]), false))
      const decoder: DecoderBuilder = (parameters, from, to) => {
        const scale = parameters.variable('scale', [to], normalInit(0.1))
        return { from, to, apply: (z) => tf.mul(scale, tf.matMul(z, fixed as tf.Tensor2D)) }
      }
      const model = vae({ ...common, decoder })
      await fit(model, tinyImages(20, 8), { epochs: 1, batchSize: 10, verbose: false })
      model.dispose()
      fixed.dispose()
    }))

  it('may have no weights at all', () =>
    expectNoLeaks(() => vae({ ...common, decoder: doing((z) => tf.tile(z, [1, 4])) }).dispose()))

  it('keeps the line it failed in for the notebook’s kernel', () => {
    const breaks = (): tf.Tensor => {
      throw new RangeError('no such row')
    }
    assert.throws(
      () => vae({ ...common, decoder: doing(breaks) }),
      (error) => {
        const kept = (error as Record<symbol, string>)[Symbol.for('lidvae.frames')]
        return /^RangeError: no such row/.test(kept) && kept.includes('ownPart.test.ts')
      },
    )
  })
})

onEachEngine('an encoder of one’s own', () => {
  it('is refused where it returns another shape or has weights outside of the model’s parameters', () => {
    const encoder: EncoderBuilder = (_, from, to) => ({ from, to, apply: () => tf.zeros([2, 3]) })
    fails(
      () => vae({ ...common, encoder }),
      /^result of `encoder\.apply` must be .* \[2, 4\], got a Tensor of shape \[2, 3\]/,
    )
  })

  it('may have the decoder’s name: each part has its own scope', () => {
    const layer: EncoderBuilder = (parameters, from, to) => mlp(parameters, 'net', [from, 5, to])
    const model = gmvae({ ...common, components: 3, encoder: layer, decoder: layer })
    assert.deepEqual(
      [...model.parameters.variables.keys()].filter((name) => /net\/0\/W/.test(name)),
      ['encoder/net/0/W', 'net/0/W'],
    )
    model.dispose()
  })
})

onEachEngine('scale', () => {
  const second = [-1.2, 0.4]
  /** An encoder that returns the means 1 and −0.5 beside these numbers, whatever x is. */
  const returning =
    (numbers: number[]): EncoderBuilder =>
    (_, from, to) => ({
      from,
      to,
      apply: (x) => tf.tile(tf.tensor2d([[1, -0.5, ...numbers]]), [x.shape[0], 1]),
    })
  const klOf = (numbers: number[], scale?: EncoderScale): number => {
    const model = vae({ ...common, encoder: returning(numbers), scale })
    const kl = tf.tidy(() => {
      const draws = new Draws(drawKey(1, 0))
      return tf.sum(model.elboTerms(tf.zeros([1, 8]), draws).klZ).dataSync()[0]
    })
    model.dispose()
    return kl
  }
  const kl = (sd: number[]): number =>
    [1, -0.5].reduce((sum, m, i) => sum + (m * m + sd[i] ** 2 - 1) / 2 - Math.log(sd[i]), 0)

  it('says what the second half of an encoder’s output is', () =>
    expectNoLeaks(() => {
      const softplus = kl(second.map((f) => Math.log1p(Math.exp(f)) + 1e-3))
      nearNumber(klOf(second), softplus, 1e-5)
      nearNumber(klOf(second, 'softplus'), softplus, 1e-5)
      nearNumber(klOf(second, 'logVariance'), kl(second.map((v) => Math.exp(v / 2))), 1e-5)
      nearNumber(klOf([0.3, 1.1], 'sd'), kl([0.3, 1.1]), 1e-5)
    }))

  it('is refused where it is none, without an encoder, and where the encoder returns no standard deviations', () =>
    expectNoLeaks(() => {
      fails(
        () => vae({ ...common, encoder: returning(second), scale: 'logvar' as never }),
        /^`scale` must be 'softplus', 'logVariance' or 'sd', got 'logvar'\./,
      )
      fails(
        () => vae({ ...common, scale: 'sd' }),
        /^`scale` must be omitted without a custom encoder, got 'sd'/,
      )
      fails(
        () => vae({ ...common, encoder: returning(second), scale: 'sd' }),
        /^`encoder` must be a function with standard deviations > 0 .*, got .*logVariance/,
      )
    }))
})

onEachEngine('an objective of one’s own', () => {
  const refused = async (ofParts: unknown, message: RegExp): Promise<void> => {
    const model = vae(common)
    const objective = { name: 'mine', ofParts } as Objective
    const options = { epochs: 1, batchSize: 10, verbose: false, objective }
    await expectNoLeaks(() => assert.rejects(fit(model, tinyImages(20, 8), options), message))
    assert.equal(model.steps, 0)
    model.dispose()
  }

  it('is refused where it returns anything but one number, or fails, before any step', async () => {
    const wanted =
      /^ArgumentError: result of `objective\.ofParts` must be one number, a tensor of shape \[\], got .*/
    await refused(({ klUnits }: { klUnits: tf.Tensor }) => klUnits, wanted)
    for (const given of [3, undefined, Promise.resolve(3)]) await refused(() => given, wanted)
    await refused(({ klUnits }: { klUnits: tf.Tensor }) => tf.sum(tf.mul(klUnits, [1, 2, 3])), wanted)
  })

  it('is refused where it depends on weights that are not trained', async () => {
    const weight = tf.tidy(() => tf.variable(tf.scalar(1)))
    const stranger =
      /`objective\.ofParts` must be a function of weights of the model alone, .*, got a Variable of shape \[\]/
    await refused(({ klZ }: { klZ: tf.Tensor }) => tf.mul(klZ, weight), stranger)
    weight.dispose()
  })
})

onEachEngine('fit', () => {
  it('refuses a model that is being trained, and leaves that training alone', async () => {
    const [model, alone] = [vae(common), vae(common)]
    const data = tinyImages(40, 8)
    const options = { epochs: 3, batchSize: 10, verbose: false }
    const first = fit(model, data, options)
    // All are asked before the first step, so that none can come too late.
    await Promise.all([
      assert.rejects(
        fit(model, data, options),
        /`model` must be one that is not in training, got a Model\. Write await/,
      ),
      assert.rejects(
        diagnose(model, data),
        /`model` must be one that is not in training, got a Model\. Write await/,
      ),
    ])
    const { rows } = await first
    const expected = await fit(alone, data, options)
    assert.deepEqual(
      rows.map(({ loss }) => loss),
      expected.rows.map(({ loss }) => loss),
    )
    await fit(model, data, options)
    for (const each of [model, alone]) each.dispose()
  })

  it('refuses to measure the model between two epochs, where no callback waits', async () => {
    const model = vae(common)
    const data = tinyImages(20, 8)
    const asked: Promise<void>[] = []
    const epoch = () =>
      queueMicrotask(() => asked.push(assert.rejects(diagnose(model, data), /one that is not in training/)))
    await fit(model, data, { epochs: 3, batchSize: 10, verbose: false, observer: { epoch } })
    assert.equal(asked.length, 3)
    await Promise.all(asked)
    model.dispose()
  })

  it('lets onEpoch measure the model', async () => {
    const model = vae(common)
    const data = tinyImages(20, 8)
    const found: number[] = []
    const onEpoch = async () => {
      found.push((await diagnose(model, data, { samples: 5 })).elbo.value)
    }
    await fit(model, data, { epochs: 2, batchSize: 10, verbose: false, onEpoch })
    assert.equal(found.length, 2)
    assert.equal((await diagnose(model, data, { samples: 5 })).elbo.value, found[1])
    model.dispose()
  })

  it('reports what it got instead of a model', async () => {
    const data = tinyImages(10, 8)
    await assert.rejects(
      fit(data as never, data, { epochs: 1 }),
      /^ArgumentError: `model` must be a model, got a DataSet of shape \[8\]\./,
    )
  })
})
