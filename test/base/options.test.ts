import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import * as lid from '../../src'
import { nearest, requireOptions, resolveOptions, type OptionDefaults } from '../../src/base/options'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
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
  tokens: 8,
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
      assert.match(error.message, /^an option of .+ must be one of \w+.*, got nonsense\./)
    })

  it('names the one that was probably meant, and all others', async () => {
    const error = await thrownBy(() => lid.fit({} as never, train, { epoch: 3 } as never))
    assert.match(
      String(error),
      /^ArgumentError: an option of fit must be one of epochs, batchSize, .*, got epoch\. Did you mean epochs\?$/,
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
        /^ArgumentError: options of f must be an object, got .*\. Give, say, \{ epochs: 8 \}\.$/,
      )
  })

  it('refuses names that every object inherits', () =>
    assert.throws(
      () => requireOptions<object>('f', { toString: 1 }, names),
      /an option of f must be one of /,
    ))
})

describe('resolveOptions', () => {
  interface Some {
    epochs: number
    rate?: number
    kind?: 'plain' | 'lid'
    span?: [number, number]
    note?: string | null
  }
  const given: Some = { epochs: 3 }
  const defaults = {
    epochs: undefined,
    rate: 0.1,
    kind: 'plain',
    span: [0, 1],
    note: undefined,
  } satisfies OptionDefaults<Some>

  it('puts a default where an option is left out or undefined, and nowhere else', () => {
    assert.deepEqual(resolveOptions('f', given, defaults), { ...defaults, epochs: 3 })
    const noted = { ...defaults, note: 'x' }
    const undefinedOnes: Some = { epochs: 3, rate: undefined, kind: undefined }
    assert.deepEqual(resolveOptions('f', undefinedOnes, noted), { ...noted, epochs: 3 })
    const others: Some = { epochs: 3, rate: 0, kind: 'lid', note: null }
    assert.deepEqual(resolveOptions('f', others, noted), { ...defaults, ...others })
  })

  it('leaves the options and the defaults as they are', () => {
    const [options, usual] = [Object.freeze({ ...given }), Object.freeze({ ...defaults })]
    const { rate } = resolveOptions<Some, typeof defaults>('f', options, usual)
    assert.equal(rate, 0.1)
  })

  it('refuses unknown names and what is no object, as requireOptions does', () => {
    assert.throws(
      () => resolveOptions('f', { epochs: 1, rat: 1 } as Some, defaults),
      /^ArgumentError: an option of f must be one of epochs, rate, kind, span, note, got rat\. Did you mean rate\?$/,
    )
    for (const wrong of [undefined, null, 3, [1]])
      assert.throws(
        () => resolveOptions('f', wrong as unknown as Some, defaults, '{ epochs: 8 }'),
        /^ArgumentError: options of f must be an object, got .*\. Give, say, \{ epochs: 8 \}\.$/,
      )
  })

  it('has types: each name once, a default of its type, and undefined only where there is no default', () => {
    const all = resolveOptions('f', given, {
      epochs: undefined,
      rate: 0.1,
      kind: 'plain',
      span: [0, 1],
      note: undefined,
    })
    const [rate, kind, span]: [number, 'plain' | 'lid', [number, number]] = [all.rate, all.kind, all.span]
    const epochs: number = all.epochs
    assert.deepEqual([epochs, rate, kind, span], [3, 0.1, 'plain', [0, 1]])
    // @ts-expect-error it has no default
    const note: string | null = all.note
    assert.equal(note, undefined)
    const { rate: fromGroup }: { rate: number } = resolveOptions('f', given, { ...defaults, span: undefined })
    assert.equal(fromGroup, 0.1)
    // @ts-expect-error one is missing
    resolveOptions('f', given, { epochs: undefined, rate: 0.1, kind: 'plain', span: [0, 1] })
    // @ts-expect-error one is unknown
    resolveOptions('f', given, { ...defaults, epoch: 1 })
    // @ts-expect-error one is of another type
    resolveOptions('f', given, { ...defaults, rate: '0.1' })
    // @ts-expect-error one is missing in a group
    const group = { rate: 0.1 } satisfies OptionDefaults<Some>
    assert.equal(group.rate, 0.1)
  })

  it('is how every function takes its defaults: no destructuring of options has one', () => {
    const files = (folder: string): string[] =>
      readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const file = path.join(folder, entry.name)
        return entry.isDirectory() ? files(file) : file.endsWith('.ts') ? [file] : []
      })
    const wrong = files('src').flatMap((file) => defaultsBeside(file, readFileSync(file, 'utf8')))
    assert.deepEqual(wrong, [])
    assert.deepEqual(defaultsBeside('a.ts', 'const { a, b = 3 } = options'), [
      'a.ts:1 { a, b = 3 } = options',
    ])
  })
})

/** Where options are destructured with a default. */
function defaultsBeside(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (
      ts.isVariableDeclaration(node) &&
      ts.isObjectBindingPattern(node.name) &&
      /^(options|wanted|own|o)$/.test(node.initializer?.getText() ?? '') &&
      node.name.elements.some(({ initializer }) => initializer)
    )
      found.push(
        `${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${node.getText()}`,
      )
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

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
