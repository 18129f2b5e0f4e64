import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seal, unseal } from '../../src/storage/checksummedJson'
import { modelOf } from '../../src/storage/modelFile'
import { decodeSafetensors } from '../../src/storage/safetensors'
import { parseJson, problemIn, z } from '../../src/storage/schema'

describe('what is read from a file', () => {
  const schema = z.object({ a: z.number().finite(), b: z.array(z.string()).optional() })

  it('is taken as it is, or refused in a few words that name the place', () => {
    assert.equal(problemIn(schema, { a: 1, more: {} }), undefined)
    for (const [value, problem] of [
      [null, 'it must be an object, got null'],
      [[], 'it must be an object, got a list of 0'],
      [{}, 'a is missing'],
      [{ a: null }, 'a must be a number, got null'],
      [{ a: 1 / 0 }, 'a must be a finite number, got Infinity'],
      [{ a: 1, b: ['x', 2] }, 'b.1 must be a text, got 2'],
    ] as const) {
      const found = problemIn(schema, value)
      if (Array.isArray(value)) assert.match(found ?? '', /^it must be an object, got /)
      else assert.equal(found, problem)
    }
  })

  it('may not be nested deeper than anything of ours, brackets in texts apart', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    assert.ok(parseJson(nested(64)))
    assert.equal(parseJson(nested(65)), undefined)
    assert.equal(parseJson(nested(1e6)), undefined)
    assert.equal(parseJson(`{"a":${'{"a":'.repeat(1e6)}`), undefined)
    assert.equal(parseJson(JSON.stringify('\\"[{'.repeat(100))), '\\"[{'.repeat(100))
    assert.equal(unseal(`{"sha256":"","a":${nested(1e6)}}`), undefined)
  })
})

describe('a model.json', () => {
  const options = { file: 'm/model.json', format: 1, weights: 50_000, remedy: 'Do this.' }
  const reading = (model: unknown, more: object = {}) =>
    modelOf(seal({ format: 1, model, steps: 3, epochs: 1, ...more }), options)
  const vae = (parts: object) => ({
    part: 'vae',
    with: [{ dim: 784, hidden: [512, 512], seed: 4e9, ...parts }],
  })

  it('is read with all that it says', () => {
    const words = {
      part: 'Vocabulary',
      with: [
        ['a', 'b'],
        [1e9, 3],
      ],
    }
    const found = reading(vae({ vocabulary: words, noise: 0.5, widths: null }))
    assert.deepEqual(
      found.model,
      JSON.parse(JSON.stringify(vae({ vocabulary: words, noise: 0.5, widths: null }))),
    )
    assert.deepEqual([found.steps, found.epochs], [3, 1])
  })

  it('is refused before anything is built where a size is more than its weights can be', () => {
    const refused = (model: unknown, words: string) =>
      assert.throws(() => reading(model), {
        name: 'DataError',
        message: `m/model.json does not say how the model was built: ${words}. Do this.`,
      })
    refused(vae({ hidden: 1e9 }), 'model.with.0.hidden must be at most 50000, got 1000000000')
    refused(vae({ hidden: [512, 1e9] }), 'model.with.0.hidden.1 must be at most 50000, got 1000000000')
    refused(
      vae({ injective: { layers: 1e7 } }),
      'model.with.0.injective.layers must be at most 1000, got 10000000',
    )
    refused(
      vae({ likelihood: { part: 'bernoulli', with: [1e9] } }),
      'model.with.0.likelihood.with.0 must be at most 50000, got 1000000000',
    )
    const many = (count: number) =>
      vae({ likelihoods: Array.from({ length: count }, () => ({ part: 'bernoulli', with: [1] })) })
    refused(many(100_000), 'model must be of at most 1000 parts, got an object with part, with')
    assert.ok(reading(many(999)))
    refused(undefined, 'model is missing')
    refused(null, 'model must be an object, got null')
    refused({ part: 'vae', with: null }, 'model.with must be a list, got null')
    refused({ part: null, with: [] }, 'model.part must be a text, got null')
  })

  it('is refused where it counts no steps, is of another version or was changed', () => {
    assert.throws(() => reading(vae({}), { steps: null }), /steps must be a number, got null/)
    assert.throws(() => reading(vae({}), { steps: 1.5 }), /steps must be an integer, got 1\.5/)
    assert.throws(() => reading(vae({}), { epochs: -1 }), /epochs must be at least 0, got -1/)
    assert.throws(() => reading(vae({}), { format: 2 }), /is of format 2, expected 1/)
    const text = seal({ format: 1, model: vae({}), steps: 3, epochs: 1 }).replace('512', '513')
    assert.throws(() => modelOf(text, options), /model\.json is damaged: it is not as it was written/)
  })
})

describe('a safetensors file', () => {
  it('is refused where its metadata are no texts', () => {
    for (const metadata of [null, 1, [], { a: 1 }, { a: null }]) {
      const header = Buffer.from(JSON.stringify({ __metadata__: metadata }))
      const length = Buffer.alloc(8)
      length.writeBigUInt64LE(BigInt(header.length))
      assert.throws(() => decodeSafetensors(Buffer.concat([length, header]), 'w'), {
        name: 'DataError',
        message: /^w is damaged: (its metadata: .+, got .+|it is not as it was written)\. Delete it/,
      })
    }
  })
})
