import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import * as lid from '../../src'
import { publicFunctions } from '../support/publicFunctions'

/** They load whole data sets where nothing is said. */
const LOADERS = ['data.fashionMnist', 'data.omniglot', 'data.yahoo', 'data.yelp', 'data.syntheticText']

const givings: [string, unknown[]][] = [
  ['nothing', []],
  ['undefined', [undefined]],
  ['null', [null]],
  ['an empty object', [{}]],
]

/** What a call throws that is no error of ours: such as a TypeError from somewhere inside. */
async function strangeErrorOf(call: () => unknown): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    if (!(error instanceof lid.errors.LidvaeError)) return error
  }
  return undefined
}

describe('missing arguments', () => {
  before(() => lid.ready({ engine: 'wasm', quiet: true }))

  for (const [name, call] of publicFunctions())
    it(`${name} works without, or says what it wants`, async () => {
      for (const [what, given] of givings) {
        if (LOADERS.includes(name) && what !== 'null') continue
        assert.equal(await strangeErrorOf(() => call(...given)), undefined, `given ${what}`)
      }
    })

  it('are said by name, with what is wanted', () => {
    const said = (call: (...given: never[]) => unknown, wanted: RegExp) =>
      assert.throws(() => call(), { name: 'ArgumentError', message: wanted })
    said(lid.gmm, /^options of gmm must be an object, got undefined. Give, say, \{ mean: \[-2, 2\] \}\.$/)
    said(
      lid.vae,
      /^options of vae must be an object, got undefined. Give, say, \{ likelihood: lid.bernoulli\(784\), /,
    )
    said(lid.certify, /^`model` must be a model, got undefined\. For example /)
    said(lid.plots.samples, /^`samples` must be \{ images, shape \}, got undefined\./)
  })
})
