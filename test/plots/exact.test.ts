import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as aq from 'arquero'
import { PNG } from 'pngjs'
import { beta } from '../../src/distributions/beta'
import { ArgumentError } from '../../src/base/errors'
import { gmm } from '../../src/models/gmm'
import { ppca } from '../../src/models/ppca'
import { svgToPng, toSvg } from '../../src/display/render'
import * as plots from '../../src/plots'
import { Random } from '../support/random'
import { nearNumber } from '../support/near'
import { matchSnapshot } from './snapshot'

const random = new Random(1)
const normals = (count: number, mean: number, sd: number): Float64Array =>
  Float64Array.from({ length: count }, () => mean + sd * random.normal())
const prior = (alpha: number): number => Math.exp(beta(5, 5).logDensity(alpha))
const at = Float64Array.from({ length: 99 }, (_, i) => (i + 1) / 100)
const caseOf = (mean: [number, number]) => {
  const model = gmm({ mean })
  const x = [-1, 0.4, 0.2, 2, 1.5, -0.7]
  return {
    logLikelihood: { at, values: model.logLikelihood(x, at) },
    prior,
    posterior: (alpha: number) => Math.exp(model.posterior(x).logDensity(alpha)),
  }
}
const model = ppca({
  weights: [
    [1, 2],
    [0.5, -0.3],
  ],
  sigma: 0.5,
})
const surface = () => ({
  logLikelihood: model.logLikelihood([1, 0.5], plots.surfaceGrid(20, 2)),
  ...model.posterior([1, 0.5]),
  draws: normals(800, 0, 0.5),
})
const byMethod = (): Record<string, Float64Array> => ({
  HMC: normals(500, 0.5, 0.1),
  'mean-field': normals(500, 0.5, 0.05),
})

const examples: Record<string, [() => plots.VegaLiteSpec, string[]]> = {
  likelihoodCurve: [
    () => plots.likelihoodCurve({ flat: caseOf([0, 0]), apart: caseOf([-1, 1]) }),
    ['Is the likelihood flat in α?', 'flat', 'apart', 'prior', 'exact posterior', 'density'],
  ],
  likelihoodCurveOne: [
    () => plots.likelihoodCurve({ logLikelihood: caseOf([-1, 1]).logLikelihood }),
    ['log-likelihood', 'α', 'drawn to 20 below its maximum'],
  ],
  densities: [
    () =>
      plots.densities(
        { first: { prior, exact: (a) => 2 * a }, second: { prior, q: { at, values: at.map(() => 1) } } },
        { columns: 1 },
      ),
    ['first', 'second', 'prior', 'exact', 'density'],
  ],
  posteriorHistogram: [
    () =>
      plots.posteriorHistogram(
        { apart: byMethod(), single: byMethod() },
        { prior, exact: { apart: prior, single: prior } },
      ),
    ['Posterior of α, by method', 'HMC', 'mean-field', 'apart', 'single', 'Grey: prior.'],
  ],
  exactSurface: [
    () => plots.exactSurface({ 'σ = 0.5': surface(), 'σ = 1': surface() }),
    ['σ = 0.5', 'z1', 'z2', 'prior', 'exact posterior', 'draws'],
  ],
  exactSurfaceOne: [
    () => plots.exactSurface({ logLikelihood: surface().logLikelihood }),
    ['Likelihood of one data point over z', 'prior'],
  ],
  traces: [
    () => plots.traces({ alpha: [normals(500, 0, 1), normals(500, 0, 1)], mean1: [normals(500, 2, 1)] }),
    ['Traces of the chains', 'alpha', 'mean1', 'draw'],
  ],
  truthCurves: [
    () =>
      plots.truthCurves(
        {
          F: [0.1, 0.2, 1].map((dial) => ({
            dial,
            exact: 1 / dial,
            estimate: 1.1 / dial,
            standardError: 0.1,
          })),
          KL: [0.1, 1].flatMap((dial) => ['a', 'b'].map((which) => ({ dial, which, exact: dial }))),
        },
        { logarithmicValues: true },
      ),
    ['Exact values by σ', 'F', 'KL', 'nats', 'whiskers'],
  ],
  sweep: [
    () =>
      plots.sweep(
        {
          steps: [1000, 2000].flatMap((dial) =>
            ['plain', 'identifiable'].flatMap((model) =>
              [1, 2].map((seed) => ({ dial, model, value: -2 - 500 / dial - seed / 10 })),
            ),
          ),
          width: [16, 64].map((dial) => ({ dial, model: 'plain', value: -2 - 4 / dial })),
        },
        { references: { 'the truth': -1.62 }, dial: { steps: 'training steps', width: 'hidden width' } },
      ),
    ['training steps', 'hidden width', 'the truth', 'identifiable', 'means over the seeds', '2,000'],
  ],
}

describe('plots of exact models', () => {
  for (const [name, [make, words]] of Object.entries(examples))
    it(`${name}: compiles without warning, draws, says what it shows`, () => {
      const spec = make()
      assert.deepEqual(JSON.parse(JSON.stringify(spec)), spec, 'holds only what JSON can hold')
      matchSnapshot(name, spec)
      const warnings: string[] = []
      const svg = toSvg(spec, (warning) => warnings.push(warning))
      assert.deepEqual(warnings, [])
      for (const word of words) assert.ok(svg.includes(word), `says "${word}"`)
      assert.doesNotMatch(svg.replace(/<[^>]*>/g, ' '), /NaN|undefined|Infinity|\[object/)
      const [, width] = /width="([\d.]+)"/.exec(svg) ?? []
      assert.ok(Number(width) <= 900, `fits a notebook's cell: ${width}`)
      const png = PNG.sync.read(svgToPng(svg, 1))
      assert.ok(png.data.filter((value, i) => i % 4 === 0 && value < 100).length > 200, 'letters are drawn')
    })
})

type Rows = Record<string, number>[]
const rowsOf = (data: unknown): Rows => aq.fromCSV((data as { values: string }).values).objects() as Rows

describe('numbers in these plots', () => {
  it('likelihoodCurve measures from the maximum, and keeps a flat likelihood flat', () => {
    const flat = plots.likelihoodCurve({ logLikelihood: caseOf([0, 0]).logLikelihood })
    const [panel] = flat.concat as { data: unknown }[]
    for (const { below } of rowsOf(panel.data)) nearNumber(below, 0, 1e-9)
    const curve = plots.likelihoodCurve({ logLikelihood: { at: [0.2, 0.5, 0.7], values: [-5, -3, -1000] } })
    const [other] = curve.concat as { data: unknown }[]
    assert.deepEqual(
      rowsOf(other.data).map(({ below }) => below),
      [-2, 0, -40],
    )
  })

  it('takes the inference method from kinds or a whole name, never from how a label begins', () => {
    const colorsOf = (spec: plots.VegaLiteSpec) =>
      (spec.concat as { layer: { mark: { color: string } }[] }[]).map(({ layer }) => layer[0].mark.color)
    const draws = { HMC: [0.5], 'HMC, long': [0.5], run: [0.5] }
    const [hmc, other, run] = colorsOf(plots.posteriorHistogram(draws, { kinds: { run: 'HMC' } }))
    assert.equal(run, hmc)
    assert.notEqual(other, hmc)
  })

  it('posteriorHistogram has bars that integrate to the fraction of draws inside', () => {
    const spec = plots.posteriorHistogram({ HMC: [0.1, 0.11, 0.5, 2] }, { bins: 10 })
    const [panel] = spec.concat as { layer: { data: unknown }[] }[]
    const bars = rowsOf(panel.layer[0].data)
    nearNumber(
      bars.reduce((sum, { from, to, height }) => sum + height * (to - from), 0),
      0.75,
      1e-6,
    )
  })

  it('exactSurface draws ellipses at one and two standard deviations of the posterior', () => {
    const { mean, covariance } = model.posterior([1, 0.5])
    const spec = plots.exactSurface(surface())
    const [panel] = spec.concat as { layer: { data: unknown }[] }[]
    const [[a, b], [, c]] = covariance
    const det = a * c - b * b
    let found = 0
    for (const { which, deviations, x, y } of rowsOf(panel.layer.at(-1)!.data)) {
      if ((which as unknown as string) !== 'exact posterior') continue
      const [d1, d2] = [x - mean[0], y - mean[1]]
      const square = (c * d1 * d1 - 2 * b * d1 * d2 + a * d2 * d2) / det
      nearNumber(Math.sqrt(square), deviations, 0.01)
      found++
    }
    assert.equal(found, 122)
  })

  it('surfaceGrid puts high z2 on top', () => {
    assert.deepEqual(Array.from(plots.surfaceGrid(2, 1)), [-0.5, 0.5, 0.5, 0.5, -0.5, -0.5, 0.5, -0.5])
  })

  it('traces keeps the order and thins long chains', () => {
    const spec = plots.traces([Float64Array.from({ length: 1000 }, (_, i) => i)])
    const [panel] = spec.concat as { data: unknown }[]
    const rows = rowsOf(panel.data)
    assert.ok(rows.length > 100 && rows.length < 200)
    assert.ok(rows.every(({ draw, value }) => draw === value + 1))
  })
})

describe('bad input to these plots', () => {
  const cases: [string, () => unknown, RegExp][] = [
    [
      'no likelihood',
      () => plots.likelihoodCurve({ a: { prior } as never }),
      /`cases.a` must be .*logLikelihood/,
    ],
    [
      'a likelihood of NaN',
      () => plots.likelihoodCurve({ logLikelihood: { at: [1], values: [NaN] } }),
      /got NaN/,
    ],
    ['curves of unequal length', () => plots.densities({ q: { at: [1, 2], values: [1] } }), /of one length/],
    [
      'a posterior for one case only',
      () => plots.likelihoodCurve({ a: caseOf([0, 0]), b: { logLikelihood: caseOf([0, 0]).logLikelihood } }),
      /`cases.b` must be .*as in the other cases/,
    ],
    ['no densities', () => plots.densities({}), /`panels` must be /],
    ['no draws', () => plots.posteriorHistogram({ HMC: [] }), /`draws.HMC` must be .*at least one number/],
    ['a surface that is no square', () => plots.exactSurface({ logLikelihood: [1, 2, 3] }), /a square grid/],
    ['no chains', () => plots.traces({ a: [] }), /one array of draws per chain/],
    ['a curve without a dial', () => plots.truthCurves([{ exact: 1 }]), /Add dial/],
    ['a run without a model', () => plots.sweep([{ dial: 1, value: 1 }]), /Add model/],
    [
      'a reference of NaN',
      () => plots.sweep([{ dial: 1, value: 1, model: 'a' }], { references: { truth: NaN } }),
      /column `truth` of `references` must be .*, got NaN/,
    ],
    [
      'an exact value of NaN',
      () => plots.truthCurves([{ dial: 1, exact: NaN }]),
      /column `exact` of `\w+` must be .*, got NaN/,
    ],
  ]
  for (const [name, call, message] of cases)
    it(`${name}: one line that says what to do`, () => {
      assert.throws(call, (error: Error) => {
        assert.ok(error instanceof ArgumentError, String(error))
        assert.match(error.message, message)
        return true
      })
    })
})

describe('thinning of curves', () => {
  it('keeps few points, and a narrow peak', () => {
    const peak = (alpha: number): number => Math.exp(-(((alpha - 0.153) / 0.004) ** 2) / 2)
    const spec = plots.densities({ peak })
    const [panel] = spec.concat as { data: unknown }[]
    const rows = rowsOf(panel.data)
    assert.ok(rows.length < 60, `${rows.length} points`)
    for (const place of [0.14, 0.15, 0.153, 0.155, 0.16, 0.5]) {
      const after = rows.findIndex(({ at: one }) => one >= place)
      const [from, to] = [rows[after - 1], rows[after]]
      const share = (place - from.at) / (to.at - from.at)
      const drawn = from.height + share * (to.height - from.height)
      assert.ok(Math.abs(drawn - peak(place)) < 0.03, `${place}: ${drawn} for ${peak(place)}`)
    }
  })
})
