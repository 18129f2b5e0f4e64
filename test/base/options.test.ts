import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import * as lid from '../../src'
import { nearest, requireOptions, type OptionNames } from '../../src/base/options'
import { parametersOf, publicFunctions } from '../support/publicFunctions'

/** Calls of every public function that takes options, with these in their place and nothing in any other. */
const calls: [string, (options: unknown) => unknown][] = publicFunctions().flatMap(([name, call]) => {
  const at = parametersOf(call).findIndex((parameter) => /^(options|wanted|own|\{)/.test(parameter))
  return at < 0
    ? []
    : [[name, (options: unknown) => call(...new Array<undefined>(at).fill(undefined), options)]]
})

/** Methods and constructors with options. */
const { train } = lid.data.pinwheel({ train: 20, test: 5 })
const texts = lid.data.syntheticText({
  words: 8,
  train: 20,
  validation: 5,
  test: 5,
  length: 3,
  units: 4,
}).train
const methods: [string, (options: unknown) => unknown][] = [
  ['new DataSet', (options) => new lid.DataSet(options as never)],
  ['new TextSet', (options) => new lid.TextSet(options as never)],
  ['DataSet.split', (options) => train.split(options as never)],
  ['TextSet.split', (options) => texts.split(options as never)],
  ['Vocabulary.of', (options) => lid.Vocabulary.of(['a b'], options as never)],
  ['gmm.sample', (options) => lid.gmm({ mean: [-1, 1] }).sample(options as never)],
  ['ppca.sample', (options) => lid.ppca({ weights: [[1]], sigma: 1 }).sample(options as never)],
  ...Object.entries(lid.fixes).map(([name, fix]): [string, (options: unknown) => unknown] => [
    `fixes.${name}.on`,
    (options) => fix.on('vae', options as never),
  ]),
]

/** What a call throws, at once or later. */
async function thrownBy(call: () => unknown): Promise<unknown> {
  try {
    await call()
    return undefined
  } catch (error) {
    return error
  }
}

describe('options by name', () => {
  before(() => lid.ready({ engine: 'wasm', quiet: true }))

  it('are of many functions', () => {
    const names = calls.map(([name]) => name)
    for (const name of [
      'fit',
      'evaluate',
      'gmvae',
      'svae',
      'fixes.lagging',
      'data.fashionMnist',
      'plots.collapse',
    ])
      assert.ok(names.includes(name), name)
    assert.ok(names.length > 80, names.join(' '))
  })

  for (const [name, call] of [...calls, ...methods])
    it(`${name} refuses one that it does not know`, async () => {
      const error = await thrownBy(() => call({ nonsense: 1 }))
      assert.ok(error instanceof lid.errors.ArgumentError, String(error))
      assert.match(error.message, /\(\{ nonsense \}\): got 1, wanted no such option\. The options are \w+/)
    })

  it('names the one that was probably meant, and all others', async () => {
    const error = await thrownBy(() => lid.fit({} as never, train, { epoch: 3 } as never))
    assert.match(
      String(error),
      /^ArgumentError: fit\(\{ epoch \}\): got 3, wanted no such option\. Did you mean epochs\? The options are epochs, batchSize, /,
    )
  })
})

describe('requireOptions', () => {
  const names = { epochs: true, batchSize: true }

  it('takes known names, and one that is undefined as left out', () => {
    requireOptions('f', { epochs: 1 }, names)
    requireOptions('f', {}, names)
    requireOptions<object>('f', { nonsense: undefined }, names)
  })

  it('refuses what is no object', () => {
    for (const wrong of [undefined, null, 3, 'epochs', [1], () => 1])
      assert.throws(
        () => requireOptions('f', wrong as unknown as object, names, '{ epochs: 8 }'),
        /^ArgumentError: options of f: got .*, wanted an object\. Give, say, \{ epochs: 8 \}\.$/,
      )
  })

  it('takes its names from the type of the options: the compiler asks for each', () => {
    const options: { epochs?: number; batchSize?: number } = {}
    requireOptions('f', options, names)
    // @ts-expect-error one is missing
    requireOptions('f', options, { epochs: true })
    // @ts-expect-error one is unknown
    requireOptions('f', options, { ...names, epoch: true })
    // @ts-expect-error one is missing
    const some: OptionNames<typeof options> = { epochs: true }
    assert.equal(some.batchSize, undefined)
  })

  it('refuses names that every object inherits', () =>
    assert.throws(() => requireOptions<object>('f', { toString: 1 }, names), /no such option/))
})

describe('nearest', () => {
  const known = ['epochs', 'batchSize', 'klWeight', 'seed', 'latent']
  const cases: [string, string | undefined][] = [
    ['epoch', 'epochs'],
    ['latnet', 'latent'],
    ['batch_size', 'batchSize'],
    ['batchsize', 'batchSize'],
    ['batch', 'batchSize'],
    ['sead', 'seed'],
    ['nonsense', undefined],
    ['learningRate', undefined],
    ['', undefined],
  ]
  for (const [name, wanted] of cases)
    it(`${name || 'nothing'} is ${wanted ?? 'none'}`, () => assert.equal(nearest(name, known), wanted))
})
