import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'
import { Parameters } from '../../src/compute/parameters'
import { withStoredConstants } from '../../src/compute/storedConstants'
import { save } from '../../src/display/save'
import { gaussian } from '../../src/distributions/gaussian'
import { lidmvae, lidvae } from '../../src/models/builders'
import type { Model } from '../../src/models/model'
import { ppca } from '../../src/models/ppca'
import { linearVae } from '../../src/models/linearVae'
import { decode, sample } from '../../src/models/use'
import { load } from '../../src/runs/load'
import { seal } from '../../src/storage/checksummedJson'
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from '../../src/storage/safetensors'
import { inFolder } from '../data/temporary'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { Random } from '../support/random'
import { disturb } from '../support/tables'
import { textVariants } from '../support/texts'

const common = { likelihood: gaussian(6), latent: 3, hidden: 5, injective: { hiddenLatent: 4 } }
/** Models with fixed tensors, and their names. */
const makers: Record<string, { make: (seed: number) => Model; names: string[] }> = {
  lidvae: { make: (seed) => lidvae({ ...common, seed }), names: ['decoder/beta/Q'] },
  'lidmvae of few components': {
    make: (seed) => lidmvae({ ...common, components: 2, seed }),
    names: ['prior/means/Q', 'decoder/beta/Q'],
  },
  'lidmvae of many components': {
    make: (seed) => lidmvae({ ...common, components: 7, seed }),
    names: ['prior/anchors', 'prior/reach', 'decoder/beta/Q'],
  },
}

const files = (folder: string) =>
  ['model.json', 'weights.safetensors'].map((name) => path.join(folder, name)) as [string, string]
const tensorsIn = (folder: string) => decodeSafetensors(readFileSync(files(folder)[1]), 'w').tensors
const numbersOf = (tensors: Model['parameters']['constants']) =>
  Object.fromEntries([...tensors].map(([name, tensor]) => [name, Array.from(tensor.dataSync())]))
/** What a model says, of its decoder and its prior. */
const saysOf = async (model: Model) => ({
  decoded: await decode(
    model,
    Float32Array.from({ length: 4 * model.latent }, (_, i) => Math.sin(i)),
  ),
  sampled: await sample(model, { count: 3, seed: 1 }),
})
/** The folder with other tensors, and with other fields of model.json. */
function rewrite(folder: string, tensors: Record<string, NamedTensor>, fields: object = {}): void {
  const [description, weights] = files(folder)
  const { sha256: _, ...content } = JSON.parse(readFileSync(description, 'utf8')) as Record<string, unknown>
  writeFileSync(weights, encodeSafetensors(tensors))
  writeFileSync(description, seal({ ...content, ...fields }))
}
const without = (tensors: Record<string, NamedTensor>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(tensors).filter(([name]) => !names.includes(name)))

onEachEngine('fixed tensors', () => {
  for (const [title, { make, names }] of Object.entries(makers)) {
    const trained = (seed: number): Model => {
      const model = make(seed)
      disturb(model.parameters, new Random(3), 0.3)
      return model
    }

    it(`are saved beside the weights: ${title}`, () =>
      expectNoLeaks(() =>
        inFolder((folder) => {
          const model = trained(1)
          save(model, folder)
          const tensors = tensorsIn(folder)
          assert.deepEqual([...model.parameters.constants.keys()], names)
          for (const [name, tensor] of model.parameters.constants) {
            assert.deepEqual(tensors[name].shape, tensor.shape)
            assert.deepEqual(tensors[name].values, tensor.dataSync())
          }
          assert.equal(Object.keys(tensors).length, names.length + model.parameters.variables.size)
          model.dispose()
          return Promise.resolve()
        }),
      ))

    it(`are those of the file, not those that are drawn now: ${title}`, () =>
      expectNoLeaks(() =>
        inFolder(async (folder) => {
          // Another seed stands for a version that draws others from the same one.
          const [now, then] = [make(1), trained(2)]
          save(now, folder)
          const drawn = numbersOf(now.parameters.constants)
          save(then, path.join(folder, 'then'))
          rewrite(folder, tensorsIn(path.join(folder, 'then')))
          const loaded = load(folder)
          assert.deepEqual(await saysOf(loaded), await saysOf(then))
          assert.deepEqual(numbersOf(loaded.parameters.constants), numbersOf(then.parameters.constants))
          assert.notDeepEqual(numbersOf(loaded.parameters.constants), drawn)
          // Saved again it is the same file, and what is built afterwards is drawn as before.
          save(loaded, path.join(folder, 'again'))
          const [[, first], [, second]] = [files(folder), files(path.join(folder, 'again'))]
          assert.deepEqual(readFileSync(second), readFileSync(first))
          const fresh = make(1)
          assert.deepEqual(numbersOf(fresh.parameters.constants), drawn)
          for (const one of [now, then, loaded, fresh]) one.dispose()
        }),
      ))

    it(`are drawn from the seed for a folder of before, which has none: ${title}`, () =>
      expectNoLeaks(() =>
        inFolder(async (folder) => {
          const model = trained(1)
          save(model, folder)
          rewrite(folder, without(tensorsIn(folder), names), { format: 1 })
          const loaded = load(folder)
          assert.deepEqual(await saysOf(loaded), await saysOf(model))
          for (const one of [model, loaded]) one.dispose()
        }),
      ))

    it(`must be there, of their shapes, in a folder of now: ${title}`, () =>
      expectNoLeaks(() =>
        inFolder((folder) => {
          const model = trained(1)
          save(model, folder)
          const tensors = tensorsIn(folder)
          for (const name of names) {
            rewrite(folder, without(tensors, [name]))
            assert.throws(() => load(folder), {
              name: 'DataError',
              message: new RegExp(`no ${name}`),
            })
            const { shape, values } = tensors[name]
            rewrite(folder, { ...tensors, [name]: { shape: [1, ...shape], values } })
            assert.throws(() => load(folder), { name: 'DataError', message: new RegExp(name) })
          }
          model.dispose()
          return Promise.resolve()
        }),
      ))
  }

  it('of texts and of PPCA are saved and loaded too', () =>
    expectNoLeaks(() =>
      inFolder((folder) => {
        const some = [...textVariants(5).map(({ build }) => build()), linear()]
        for (const [i, model] of some.entries()) {
          const place = path.join(folder, String(i))
          save(model, place)
          const loaded = load(place)
          assert.deepEqual(numbersOf(loaded.parameters.constants), numbersOf(model.parameters.constants))
          loaded.dispose()
        }
        const names = some.map(({ parameters }) => [...parameters.constants.keys()].join())
        assert.deepEqual(names, [
          '',
          '',
          'decoder/head/beta/Q,decoder/head/sI',
          'decoder/head/beta/Q,decoder/head/sI',
          'decoder/head/beta/Q',
          '',
          'encoder/gain,encoder/centre,encoder/shift,encoder/spread,W,mean',
        ])
        for (const model of some) model.dispose()
        return Promise.resolve()
      }),
    ))

  it('have names of their own, and are put back where building fails', () =>
    expectNoLeaks(() => {
      const parameters = Parameters.from(1)
      parameters.variable('W', [1], () => Float32Array.of(0))
      parameters.constant('Q', [1], [1])
      for (const name of ['W', 'Q'])
        assert.throws(() => parameters.constant(name, [1], [1]), { name: 'ArgumentError', argument: 'name' })
      assert.throws(() => parameters.variable('Q', [1], () => Float32Array.of(0)), { name: 'ArgumentError' })
      const stored = { Q: { shape: [1], values: Float32Array.of(7) } }
      const fail = (): never => {
        throw new Error('building failed')
      }
      assert.throws(() => withStoredConstants(stored, fail), /building failed/)
      const other = Parameters.from(1)
      assert.deepEqual(Array.from(other.constant('Q', [2], [1]).dataSync()), [2])
      for (const one of [parameters, other]) one.dispose()
    }))
})

const linear = (): Model => linearVae(ppca({ weights: [[1, 2, 0]], sigma: 0.5 }))
