import assert from 'node:assert/strict'
import { it } from 'node:test'
import { pinwheel } from '../../src/data'
import { gaussian } from '../../src/distributions/gaussian'
import { bernoulli } from '../../src/distributions/bernoulli'
import { ArgumentError } from '../../src/base/errors'
import { certificateRatios, certify } from '../../src/metrics/certificate'
import { gmvae, lidmvae, lidvae } from '../../src/models/builders'
import { injectiveDecoder, type InjectiveOptions } from '../../src/models/decoder'
import type { Model } from '../../src/models/model'
import { anchoredMeans } from '../../src/models/prior'
import { readWeights } from '../../src/models/weights'
import { parts } from '../../src/runs/parts'
import { fit } from '../../src/training/fit'
import { expectLoads, expectReruns } from '../support/again'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyImages } from '../support/models'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'
import { disturb } from '../support/tables'

const flat = { likelihood: gaussian(2), latent: 2, hidden: 8, seed: 1 }
const image = { likelihood: bernoulli(12), latent: 3, hidden: 8, seed: 1 }
const plane = (injective: InjectiveOptions): Model => lidvae({ ...flat, injective })
const kinds = (model: Model): string[] => model.decoder.injective!.chain.map(({ kind }) => kind)
const floors = (model: Model): number[] => model.decoder.injective!.chain.map(({ floor }) => floor!)

const everyKind: InjectiveOptions = {
  hiddenLatent: 5,
  chain: [
    { kind: 'rotation' },
    { kind: 'twist layer', mu: 0.5 },
    { kind: 'increasing map', mu: 0.8 },
    { kind: 'full-rank map', anchor: 0.9 },
    { kind: 'Brenier map', mu: 0.7, layers: 0 },
    { kind: 'twist layer', mu: 0.6, hidden: 4, saturating: 0 },
  ],
}

/** The certificate holds on pairs of codes, and is at least its floor. */
async function certified(model: Model): Promise<void> {
  const { constant, floor, parts } = certify(model)
  assert.ok(constant >= floor * (1 - 1e-5), `${constant} below ${floor}`)
  nearNumber(
    constant,
    parts!.reduce((product, { expansion }) => product * expansion!, 1),
    1e-9,
  )
  const least = Math.min(...(await certificateRatios(model, { pairs: 100, seed: 2 })))
  assert.ok(least >= constant * (1 - 1e-3), `ratio ${least} below ${constant}`)
}

onEachEngine('chains of injective parts', () => {
  it('consist of twist layers around β, with μ of each side divided among its layers', () => {
    const both = plane({ map: 'twist', mu: [0.25, 0.3], anchor: 0.8 })
    assert.deepEqual(kinds(both), ['twist layer', 'twist layer', 'full-rank map', 'twist layer'])
    near(floors(both), [0.5, 0.5, 0.8, 0.3], 1e-12)
    nearNumber(certify(both).floor, 0.25 * 0.8 * 0.3, 1e-12)
    const chosen = plane({ map: 'twist', mu: 0.5, twists: [0, 3] })
    assert.deepEqual(kinds(chosen), ['Brenier map', 'full-rank map', ...Array<string>(3).fill('twist layer')])
    near(floors(chosen), [0.5, 1, ...Array<number>(3).fill(0.5 ** (1 / 3))], 1e-12)
    // On wide data only the side of z has them.
    const wide = lidvae({ ...image, likelihood: bernoulli(65), injective: { map: 'twist' } })
    assert.deepEqual(kinds(wide), ['twist layer', 'twist layer', 'full-rank map', 'Brenier map'])
    for (const model of [both, chosen, wide]) model.dispose()
  })

  it("are as in the paper by default, and by that map's own name", () => {
    const [named, usual] = [plane({ map: 'as in the paper' }), plane({})]
    assert.deepEqual(kinds(usual), ['Brenier map', 'full-rank map', 'Brenier map'])
    assert.deepEqual(readWeights(named), readWeights(usual))
    for (const model of [named, usual]) model.dispose()
  })

  it('are twist layers, with full covariance, in a mixture of points in the plane', () => {
    const mixture = { ...flat, components: 3 }
    const usual = lidmvae(mixture)
    nearNumber(certify(usual).floor, 0.01, 1e-9)
    usual.dispose()
    const shape = (model: Model): unknown[] => [kinds(model)[0], model.prior.factor !== undefined]
    const twisted = ['twist layer', true]
    const papers = ['Brenier map', false]
    const wide = { ...image, components: 3 }
    const cases: [() => Model, unknown[]][] = [
      [() => lidmvae(mixture), twisted],
      [() => lidmvae({ ...mixture, injective: { mu: 0.1, hiddenLatent: 4 } }), twisted],
      [() => lidmvae({ ...mixture, prior: anchoredMeans() }), ['twist layer', false]],
      [() => lidmvae({ ...mixture, injective: { map: 'as in the paper' } }), papers],
      // Options of Brenier maps say which map is meant.
      [() => lidmvae({ ...mixture, injective: { layers: 0 } }), papers],
      [() => lidmvae(wide), papers],
      [() => lidvae(flat), papers],
      // As files of earlier versions say it, without the map.
      [() => parts.lidmvae(mixture), papers],
      [() => parts.lidmvae({ ...mixture, injective: { mu: 0.1 } }), papers],
      [() => parts.lidmvae({ ...mixture, injective: { map: 'twist' } }), twisted],
    ]
    for (const [i, [build, expected]] of cases.entries()) {
      const model = build()
      assert.deepEqual(shape(model), expected, `case ${i}`)
      model.dispose()
    }
  })

  for (const [title, build] of Object.entries({
    twist: () => plane({ map: 'twist', mu: 0.2 }),
    'twist on images': () => lidvae({ ...image, injective: { map: 'twist', twists: [2, 0] } }),
    'every kind, on images': () =>
      gmvae({ ...image, components: 3, decoder: injectiveDecoder(8, everyKind) }),
  }))
    it(`keep what they certify at the start, after training and for random weights: ${title}`, () =>
      expectNoLeaks(async () => {
        const model = build()
        await certified(model)
        const data = model.dim === 2 ? pinwheel({ train: 100, test: 1 }).train : tinyImages(100, 12)
        await fit(model, data, { epochs: 3, batchSize: 25, verbose: false })
        await certified(model)
        disturb(model.parameters, new Random(1), 3)
        await certified(model)
        model.dispose()
      }))

  it('report each part, and the product before, in and after β', () => {
    const model = plane(everyKind)
    disturb(model.parameters, new Random(1), 0.5)
    const { parts, mu1, sigmaMin, mu2, constant, summary } = certify(model)
    assert.deepEqual(
      parts!.map(({ kind }) => kind),
      kinds(model),
    )
    const [turn, first, bend, beta, g2, last] = parts!.map(({ expansion }) => expansion!)
    near([mu1!, sigmaMin!, mu2!], [turn * first * bend, beta, g2 * last], 1e-9)
    assert.deepEqual([turn, g2], [1, 0.7])
    assert.ok(first > 0.5 && last > 0.6 && bend > 0.8)
    assert.match(summary, new RegExp(`at least ${constant.toPrecision(3)} `))
    model.dispose()
  })

  it('have no constant with a coupling flow, and say so', () => {
    const model = plane({ chain: [{ kind: 'coupling flow', hidden: 4 }, { kind: 'full-rank map' }] })
    const { constant, floor, summary } = certify(model)
    assert.deepEqual([constant, floor], [0, 0])
    assert.match(summary, /always give different likelihoods.*no constant.*coupling flow/)
    model.dispose()
  })

  it('need no full-rank map where z is as wide as x', () => {
    const model = plane({ chain: [{ kind: 'twist layer', mu: 0.5 }] })
    nearNumber(certify(model).floor, 0.5, 1e-12)
    model.dispose()
  })

  it('are saved, loaded and trained again to the same numbers', async () => {
    const { train } = pinwheel({ train: 60, test: 1 })
    const model = plane(everyKind)
    disturb(model.parameters, new Random(1), 0.5)
    await expectLoads(model, train)
    model.dispose()
    const fresh = lidmvae({ ...flat, components: 3 })
    await expectReruns(fresh, train, { epochs: 1, batchSize: 30 })
    fresh.dispose()
  })

  it('are refused where a part is unknown, missing or has options of another map', () => {
    const wrong: [string, InjectiveOptions][] = [
      ['map', { map: 'brenier' as never }],
      ['twists', { twists: [1, 1] }],
      ['saturating', { saturating: 0.5 }],
      ['twists[0]', { map: 'twist', twists: [-1, 1] }],
      ['saturating', { map: 'twist', saturating: 2 }],
      ['mu', { map: 'twist', mu: 0 }],
      ['mu', { chain: [{ kind: 'rotation' }], mu: 1 }],
      ['map', { chain: [{ kind: 'rotation' }], map: 'twist' }],
      ['chain', { chain: [] }],
      ['chain[0].kind', { chain: [{ kind: 'turn' as never }] }],
      ['mu', { chain: [{ kind: 'twist layer', mu: -1 }] }],
      ['an option of twist', { chain: [{ kind: 'twist layer', anchor: 1 } as never] }],
    ]
    for (const [argument, injective] of wrong)
      assert.throws(
        () => plane(injective),
        (error: unknown) => error instanceof ArgumentError && error.argument === argument,
        argument,
      )
    assert.throws(
      () => lidvae({ ...image, injective: { chain: [{ kind: 'twist layer' }] } }),
      /`chain` must be a chain with a 'full-rank map'/,
    )
  })
})
