import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as aq from 'arquero'
import * as vega from 'vega'
import { clusterAccuracy } from '../../src/metrics/clusterAccuracy'
import { compile, toSvg } from '../../src/display/render'
import * as plots from '../../src/plots'
import { nearNumber } from '../support/near'
import {
  blobs,
  bowl,
  classNames,
  diagnoses,
  history,
  rateDistortionRows,
  tradeOffRows,
  walked,
} from './examples'

describe('numbers in the charts', () => {
  const values = (spec: plots.VegaLiteSpec, panel: number) =>
    (spec.concat as { data: { values: Record<string, unknown>[] } }[])[panel].data.values

  it('collapse marks caps and carries each estimate', () => {
    const rows = plots.collapseRows(diagnoses)
    assert.equal(rows.length, 3 * 2 * 4)
    const capped = rows.filter((row) => row.atCap)
    assert.deepEqual(
      [...new Set(capped.map((row) => `${row.metric} of ${row.variable}`))],
      ['mutualInformation of z'],
    )
    const text = values(plots.collapse(rows), 6).map((bar) => bar.text)
    assert.deepEqual(text, ['≥ 6.85', '≥ 6.80', '≥ 6.84'])
  })

  it('a collapsed variable has no bar, even if every model has collapsed', () => {
    const flat = plots.collapse({ plain: diagnoses.plain })
    const { layer } = (flat.concat as { layer: { encoding: { x: { scale: { domain: number[] } } } }[] }[])[1]
    assert.ok(layer[0].encoding.x.scale.domain[1] >= 0.1)
  })

  it('unitBars sorts the units and keeps their indices', () => {
    const [panel] = plots.unitBars([0.2, 3, 1]).concat as { data: { values: unknown } }[]
    assert.deepEqual(panel.data.values, [
      { unit: 1, value: 3, rank: 1 },
      { unit: 2, value: 1, rank: 2 },
      { unit: 0, value: 0.2, rank: 3 },
    ])
  })

  it('unitBars takes the units of a diagnosis', () => {
    const units = [0.2, 3].map((value) => ({ kl: { value, standardError: 0, estimator: '' } }))
    assert.deepEqual(plots.unitBars({ a: { units } }), plots.unitBars({ a: [0.2, 3] }))
  })

  it('training leaves out a KL of w that a model without w has', () => {
    const panels = plots.training(history(238, 0)).concat as { title: { text: string } }[]
    assert.deepEqual(
      panels.map(({ title }) => title.text.split(/[ ,]/)[0]),
      ['Loss', 'Reconstruction', 'KL'],
    )
  })

  it('componentLabels counts each image once, rows add up to one, main classes on the diagonal', () => {
    const rows = [
      { component: 1, label: 0 },
      { component: 1, label: 0 },
      { component: 1, label: 1 },
      { component: 0, label: 1 },
    ]
    const cells = values(plots.componentLabels(rows, { components: 3 }), 0)
    assert.equal(
      cells.reduce((sum, cell) => sum + Number(cell.count), 0),
      4,
    )
    assert.deepEqual(
      cells.map((cell) => [cell.component, cell.label, cell.fraction]),
      [
        ['1 · 75%', '0', 0.667],
        ['1 · 75%', '1', 0.333],
        ['0 · 25%', '0', 0],
        ['0 · 25%', '1', 1],
        ['2 · 0%', '0', 0],
        ['2 · 0%', '1', 0],
      ],
    )
  })

  it('certificateRatios reports a pair below the constant', () => {
    const title = plots.certificateRatios({ ratios: [0.1, 2], constant: 0.5 }).title as { text: string }
    assert.equal(title.text, 'A sampled pair falls below the certified constant')
  })

  it('latentScatter names axes and classes', () => {
    const rows = [{ x: 0, y: 1, label: 0 }]
    const [panel] = plots.latentScatter(rows, { axes: ['x₁', 'x₂'], kind: 'arm' }).concat as {
      layer: {
        encoding: { x: { title: string }; y: { title: string }; color: { legend: { title: string } } }
      }[]
    }[]
    const { x, y, color } = panel.layer[0].encoding
    assert.deepEqual([x.title, y.title, color.legend.title], ['x₁', 'x₂', 'arm'])
    const subtitle = (axes?: readonly [string, string]): string =>
      String((plots.latentScatter(rows, { axes }).title as { subtitle: unknown }).subtitle)
    assert.match(subtitle(), /posterior mean/)
    assert.doesNotMatch(subtitle(['x₁', 'x₂']), /posterior mean/)
  })

  it('latentScatter shows every class whatever the order of rows, and at most the requested number of points', () => {
    const rows = Array.from({ length: 5000 }, (_, i) => ({ x: i, y: -i, label: i % 10 }))
    const [panel] = plots.latentScatter(rows, { points: 300, labels: classNames }).concat as {
      layer: { data: { values: string } }[]
    }[]
    const points = aq.fromCSV(panel.layer[0].data.values).objects() as { label: string }[]
    assert.ok(Math.abs(points.length - 300) <= 3, `${points.length}`)
    for (const name of classNames)
      assert.ok(Math.abs(points.filter((p) => p.label === name).length - 30) <= 15, name)
  })

  it('confusion frames each component’s label, and its accuracy is that of clusterAccuracy', () => {
    const component = [0, 0, 0, 1, 1, 2, 2, 2]
    const labels = Int32Array.from([4, 4, 1, 1, 4, 0, 1, 0])
    const rows = component.map((k, i) => ({ component: k, label: labels[i] }))
    const spec = plots.confusion(rows, { components: 4 })
    const logW = Float32Array.from(component.flatMap((k) => [0, 1, 2, 3].map((j) => (j === k ? 0 : -9))))
    const { value } = clusterAccuracy({ size: 8, components: 4, logW, labels })
    assert.equal(
      (spec.title as { text: string }).text,
      `Components against labels: accuracy ${value.toFixed(2)}, 3 labels found`,
    )
    const [panel] = spec.concat as { layer: { data: { values: { component: string; label: string }[] } }[] }[]
    const framed = panel.layer.at(-1)!.data.values.map(({ component: name, label }) => [name, label])
    assert.deepEqual(framed, [
      ['2: 0', '0'],
      ['1: 1', '1'],
      ['0: 4', '4'],
    ])
  })

  it('a traversal frames the step nearest to the code', () => {
    const spec = plots.traversal(walked([4, 4], () => blobs(1, () => 1, 4)))
    const frames = (spec.layer as { data: { values: { row: string; from: number; to: number }[] } }[])[2].data
      .values
    assert.deepEqual(
      frames.map(({ from, to }) => [Math.round(from), Math.round(to)]),
      [
        [1, 2],
        [4, 5],
        [2, 3],
      ],
    )
    const rows = ['z 5 · 2.31', 'z 0 · 0.62', 'z 3 · dead']
    assert.deepEqual(
      frames.map(({ row }) => row),
      rows,
    )
    const written = [...toSvg(spec).matchAll(/>(z \d · [^<]*)</g)].map(([, text]) => text)
    assert.deepEqual(written, rows, 'largest KL on top')
  })

  it('the likelihood surface shows nats below the maximum, and ellipses at 1 and 2 sd', () => {
    const surface = bowl(20, 0)
    const spec = plots.likelihoodSurface(surface)
    const layers = spec.layer as { data: { values: string } }[]
    const below = (aq.fromCSV(layers[0].data.values).array('below') as number[]).map(Number)
    below.forEach((nats, i) =>
      assert.ok(Math.abs(nats - 10 * (surface.first[i % 31] - 1) ** 2) < 0.05, `${i}: ${nats}`),
    )
    // Where Vega puts them, and into which band.
    const drawn = compile(spec) as { data: { name: string }[] }
    const view = new vega.View(vega.parse(drawn), { renderer: 'none' }).run()
    const cells = drawn.data
      .map(({ name }) => view.data(name) as { a: number; below: number; band: string }[])
      .filter(([first]) => first !== undefined && 'band' in first)[0]
    assert.equal(cells.length, 961)
    for (const { a, below: nats, band } of cells) {
      assert.ok(Math.abs(nats - 10 * (a - 1) ** 2) < 0.05, `${a}: ${nats}`)
      const [low, high] = band.startsWith('less') ? [0, 0.1] : band.match(/[\d.]+/g)!.map(Number)
      assert.ok(nats >= low && nats < (high ?? Infinity), `${nats} in "${band}"`)
    }
    const { mean, sd } = surface.posterior
    const outline = aq.fromCSV(layers[5].data.values).objects() as { sd: number; a: number; b: number }[]
    for (const point of outline) {
      const distance = Math.hypot((point.a - mean[0]) / sd[0], (point.b - mean[1]) / sd[1])
      assert.ok(Math.abs(distance - point.sd) < 0.01)
    }
    assert.deepEqual([...new Set(outline.map((point) => point.sd))], [1, 2])
  })

  it('klUnits distinguishes dead and alive units and draws none below its floor', () => {
    const [panel] = plots.klUnits([
      { epoch: 1, klUnits: [1, 0.5, 0.02] },
      { epoch: 2, klUnits: [2, 0.009, 0] },
    ]).concat as { layer: { data: { values: string } }[] }[]
    const points = aq.fromCSV(panel.layer[0].data.values).objects() as {
      unit: number
      value: number
      state: string
    }[]
    assert.deepEqual(
      points.map(({ unit, value, state }) => [unit, value, state]),
      [
        [0, 1, 'alive'],
        [0, 2, 'alive'],
        [1, 0.5, 'dead'],
        [1, 0.009, 'dead'],
        [2, 0.02, 'dead'],
        [2, 1e-4, 'dead'],
      ],
    )
  })

  it('klUnits leaves out epochs without measured units', () => {
    const rows = [{ epoch: 1 }, { epoch: 2, klUnits: [1] }, { epoch: 3, klUnits: [2] }]
    assert.deepEqual(plots.klUnits(rows).concat, plots.klUnits(rows.slice(1)).concat)
  })

  it('a method of the trade-off is at its information and log-likelihood, with an arrow at the cap', () => {
    const { layer } = plots.tradeOff(tradeOffRows) as unknown as {
      layer: { data: { values: { model: string; mi: number; ll: number; miLow: number; shape: string }[] } }[]
    }
    const points = layer[1].data.values
    assert.deepEqual(
      points.map(({ model, mi, ll, shape }) => [model, mi, ll, shape]),
      [
        ['plain', 0.01, -245.4, 'circle'],
        ['β 0.2', 1.2, -244.9, 'circle'],
        ['VampPrior', 1.3, -244.8, 'circle'],
        ['lid', 2.25, -243.6, 'triangle-right'],
      ],
    )
    assert.equal(points[3].miLow, 2.19)
  })

  it('on each line of the rate–distortion plane rate + distortion is constant, with the ELBO beside it', () => {
    const { layer } = plots.rateDistortion(rateDistortionRows) as unknown as {
      layer: { data: { values: { from: number; fromY: number; to: number; toY: number; text: string }[] } }[]
    }
    const lines = layer[0].data.values
    assert.ok(lines.length >= 4)
    for (const { from, fromY, to, toY, text } of lines) {
      const elbo = -Number(text.replace('ELBO ', '').replace('−', '-'))
      assert.ok(Math.abs(from + fromY - elbo) < 1e-3 && Math.abs(to + toY - elbo) < 1e-3, text)
      assert.ok(to > from)
    }
  })

  it('draws a rate that noise puts below zero, in view with its bar', () => {
    const rate = { value: -0.2, standardError: 0.1, estimator: 'one draw per data point' }
    const spec = plots.rateDistortion([
      ...rateDistortionRows,
      { ...rateDistortionRows[0], model: 'drawn', rate },
    ])
    const { layer } = spec as unknown as {
      layer: { data: { values: object[] }; encoding: { x: { scale: { domain: number[] } } } }[]
    }
    const points = layer.map(
      ({ data }) => data.values as { model?: string; rate?: number; rateLow?: number }[],
    )
    const found = points.flat().find(({ model }) => model === 'drawn')
    nearNumber(found!.rate!, -0.2, 1e-9)
    nearNumber(found!.rateLow!, -0.3, 1e-9)
    const [left] = layer[0].encoding.x.scale.domain
    assert.ok(left < -0.3)
    for (const { from, fromY, to, toY } of layer[0].data.values as Record<string, number>[])
      assert.ok(from >= left && Math.abs(from + fromY - to - toY) < 1e-3)
  })
})

describe('latentScatter', () => {
  const charted = (rows: object[]) => JSON.stringify(plots.latentScatter(rows))

  it('says how many of how many it draws', () => {
    const rows = Array.from({ length: 20000 }, (_, i) => ({ x: i, y: -i }))
    const text = charted(rows)
    const [, shown] = /([\d,]+) of 20,000 data points, each at its posterior mean/.exec(text)!
    const lines = /"values":"x,y,index\\n([^"]*)"/.exec(text)![1].split('\\n')
    assert.equal(lines.length, Number(shown))
    assert.match(charted(rows.slice(0, 3)), /"3 data points, each at its posterior mean/)
  })

  it('keeps labels that the first row lacks, and says where classes share a colour', () => {
    assert.match(
      charted([
        { x: 0, y: 0 },
        { x: 1, y: 1, label: 'b' },
      ]),
      /1,1,1,\\"b\\"/,
    )
    const classes = Array.from({ length: 12 }, (_, i) => ({ x: i, y: i, label: i }))
    assert.match(charted(classes), / 12 classes share 10 colours\./)
    assert.doesNotMatch(charted(classes.slice(0, 10)), /share/)
  })
})
