import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { ArgumentError } from '../../src/base/errors'
import { withProvenance } from '../../src/base/provenance'
import { adam } from '../../src/compute/optimizers'
import { pinwheel } from '../../src/data'
import { DataSet } from '../../src/data/dataset'
import { save } from '../../src/display/save'
import { gaussian } from '../../src/distributions/gaussian'
import { inverseLipschitz } from '../../src/fixes/inverseLipschitz'
import { mutual } from '../../src/fixes/mutual'
import { refined } from '../../src/fixes/semiAmortized'
import { mlp } from '../../src/layers/dense'
import { vae, type VaeOptions } from '../../src/models/builders'
import type { DecoderBuilder } from '../../src/models/decoder'
import { linearVae } from '../../src/models/linearVae'
import { Model } from '../../src/models/model'
import { ppca } from '../../src/models/ppca'
import { load } from '../../src/runs/load'
import { registerPart } from '../../src/runs/registerPart'
import { rerun } from '../../src/runs/rerun/rerun'
import { fit } from '../../src/training/fit'
import type { Objective } from '../../src/training/objective'
import { evaluate } from '../../src/metrics/evaluate'
import { expectLoads, expectReruns } from '../support/again'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyPoints } from '../support/models'

const common = { likelihood: gaussian(2), latent: 2, hidden: 5, seed: 4 }
const { train } = pinwheel({ train: 40, test: 10, seed: 5 })
const usual = { epochs: 1, batchSize: 20, verbose: false }

const inFolder = async (use: (folder: string) => Promise<void> | void): Promise<void> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-registered-'))
  try {
    await use(path.join(folder, 'it'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const narrow = registerPart(
  'narrow',
  (width: number): DecoderBuilder =>
    (parameters, from, to) =>
      mlp(parameters, 'narrow', [from, width, to]),
)
const capacity = registerPart('capacity', (nats: number): Objective => ({
  name: 'capacity',
  ofParts: ({ reconstruction, klZ, klW }) =>
    tf.sub<tf.Scalar>(tf.abs(tf.sub(tf.add(klZ, klW), nats)), reconstruction),
}))
const moved = registerPart('moved', (data: DataSet, by: number) => {
  const of = (part: DataSet): DataSet => new DataSet({ ...part, x: part.x.map((value) => value + by) })
  return { train: of(data), test: of(data.take(5)) }
})
const drawn = registerPart('drawn', (size: number) => Promise.resolve(tinyPoints(size, 2)))
const small = registerPart('small', (options: Omit<VaeOptions, 'hidden'>) => vae({ ...options, hidden: 3 }))

onEachEngine('registered parts', () => {
  it('are saved, loaded and run again: a decoder, an objective, a schedule, data and a model of your own', () =>
    expectNoLeaks(async () => {
      const falling = registerPart('falling', (from: number) => (progress: number) => from * (1 - progress))
      const model = small({ ...common, decoder: narrow(3) })
      await expectReruns(model, moved(train.take(30), 0.5).train.take(25), {
        ...usual,
        objective: capacity(1),
        klWeight: falling(0.5),
        optimizer: adam({ rate: falling(1e-2) }),
        validation: await drawn(12),
      })
      model.dispose()
    }))

  it('may stand inside other parts', () =>
    expectNoLeaks(async () => {
      const network = registerPart(
        'network',
        (): DecoderBuilder => (p, from, to) => mlp(p, 'r', [from, 4, to]),
      )
      const model = vae(common)
      await expectReruns(model, train, {
        ...usual,
        objective: mutual({ information: 1, network: network() }),
      })
      model.dispose()
    }))

  it('are tried before they are used, as parts made by hand are', () => {
    const wrong = registerPart('wrong', (): DecoderBuilder => (p, from, to) => ({
      ...mlp(p, 'wrong', [from, to]),
      apply: () => tf.zeros([1]),
    }))
    assert.throws(
      () => vae({ ...common, decoder: wrong() }),
      /result of `decoder\.apply` must be a tensor of shape/,
    )
  })

  it('take the place of those that were registered by that name before', () =>
    inFolder((folder) => {
      const before = registerPart('again', () => vae(common))
      const model = before()
      save(model, folder)
      registerPart('again', () => vae({ ...common, seed: 9 }))
      const loaded = load(folder)
      assert.equal(loaded.parameters.seed, 9)
      for (const one of [model, loaded]) one.dispose()
    }))

  it('are named where nobody registered them', () =>
    inFolder(async (folder) => {
      const model = vae(common)
      withProvenance('custom.of another notebook', [], model)
      save(model, folder)
      assert.throws(
        () => load(folder),
        /no model 'custom\.of another notebook'\. Register it first.*lid\.registerPart\('of another notebook', builder\)/,
      )
      const objective = withProvenance('custom.mine', [], capacity(1))
      const trained = vae(common)
      await fit(trained, train, { ...usual, objective, run: `${folder}-run` })
      await assert.rejects(
        rerun(`${folder}-run`),
        /the objective of that run is a 'custom\.mine', which is not registered/,
      )
      for (const one of [model, trained]) one.dispose()
    }))

  it('refuse what cannot be registered, or is no part', () => {
    assert.throws(() => registerPart('', () => ({})), ArgumentError)
    assert.throws(() => registerPart('it', {} as never), ArgumentError)
    assert.throws(
      () => registerPart('number', () => 3 as never)(),
      /result of number must be an object or a function that is not frozen, got 3/,
    )
    assert.throws(() => registerPart('frozen', () => Object.freeze({}))(), /not frozen/)
  })
})

onEachEngine('what could not be loaded again', () => {
  const refuses = (model: Model, why: RegExp): Promise<void> =>
    inFolder((folder) => assert.throws(() => save(model, folder), { name: 'ArgumentError', message: why }))

  it('is refused by save: a view, a model made by hand, a part by hand inside a part, data', async () => {
    const model = vae(common)
    await refuses(refined(model), /This is a view of a model.*save the model.*lid\.refined\(model\)/)
    await refuses(new Model(model), /made by hand.*lid\.registerPart/)
    const withRate = registerPart('with rate', (options: { rate: () => number }) =>
      vae({ ...common, seed: options.rate() }),
    )
    const odd = withRate({ rate: () => 3 })
    await refuses(odd, /no file can hold: rate\. Register/)
    const ofData = registerPart('of data', (data: DataSet) => vae({ ...common, seed: data.size }))(train)
    await refuses(ofData, /made from a data set/)
    for (const one of [model, odd, ofData]) one.dispose()
  })

  it('is said at the beginning of a training with a run folder, which can be resumed all the same', () =>
    inFolder(async (folder) => {
      const lines: string[] = []
      const { log } = console
      const model = vae(common)
      const byHand = new Model(vae(common))
      const said = async (one: Model, options: object, data = train): Promise<string | undefined> => {
        lines.length = 0
        console.log = (line: string) => void lines.push(line)
        try {
          await fit(one, data, {
            ...usual,
            verbose: true,
            live: false,
            run: `${folder}-${Math.random()}`,
            ...options,
          })
        } finally {
          console.log = log
        }
        return lines.find((line) => line.includes('but not'))
      }
      assert.equal(await said(model, {}), undefined)
      assert.match((await said(model, {}))!, /but not rerun: the model was already trained for 2 steps/)
      assert.match(
        (await said(model, { klWeight: () => 1 }, tinyPoints(20, 2)))!,
        /can be resumed and loaded, but not rerun.*: train, klWeight$/,
      )
      assert.match(
        (await said(byHand, { run: `${folder}-hand` }))!,
        /can be resumed, but not rerun.*: model$/,
      )
      assert.throws(() => load(`${folder}-hand`), /does not exist/)
      // The same again only reads the finished run.
      assert.equal((await fit(byHand, train, { ...usual, run: `${folder}-hand` })).rows.length, 1)
      for (const one of [model, byHand]) one.dispose()
    }))
})

onEachEngine('models built of others', () => {
  it('are loaded as they were saved: a linear VAE and an inverse-Lipschitz decoder', () =>
    expectNoLeaks(async () => {
      const linear = linearVae(ppca({ weights: [[1, 2]], sigma: 0.5 }), { shift: 0.5 })
      await expectLoads(linear, train)
      const steep = vae({ ...common, decoder: inverseLipschitz({ bound: 2, hidden: 4, hiddenLatent: 4 }) })
      await expectLoads(steep, train)
      for (const one of [linear, steep]) one.dispose()
    }))
})

onEachEngine('a view of a model in training', () => {
  it('is not evaluated or trained meanwhile, but in onEpoch', async () => {
    const model = vae(common)
    const few = { samples: 2, priorSamples: 2 }
    for (const view of [refined(model, { steps: 1 }), new Model({ ...model, latent: 2 } as never)]) {
      const under = fit(model, train, {
        ...usual,
        onEpoch: async () => void (await evaluate(view, train, few)),
      })
      await assert.rejects(evaluate(view, train, few), /one that is not in training/)
      await assert.rejects(fit(view, train, usual), /one that is not in training/)
      await under
      await evaluate(view, train, few)
    }
    model.dispose()
  })
})
