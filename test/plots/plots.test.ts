import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PNG } from 'pngjs'
import * as aq from 'arquero'
import * as vega from 'vega'
import { ArgumentError } from '../../src/errors'
import { clusterAccuracy } from '../../src/metrics/clusterAccuracy'
import { compile, svgToPng, toSvg } from '../../src/notebook/render'
import * as plots from '../../src/plots'
import {
  ablation,
  blobs,
  bowl,
  classNames,
  diagnoses,
  example,
  examples,
  history,
  rateDistortionRows,
  tradeOffRows,
  walked,
} from './examples'
import { fontLetters } from './fontLetters'
import { matchSnapshot } from './snapshot'

/** Words that a reader must find in each picture. */
const words: Record<string, string[]> = {
  training: [
    'Training, epoch by epoch',
    'plain',
    'identifiable',
    ablation,
    'nats per image',
    'KL of w from its prior',
    'epoch',
  ],
  live: [
    'Training the lidmvae',
    'And so on.',
    'Loss, its start cut off',
    'Inner steps of the encoder',
    'validation',
  ],
  trainingOne: ['Loss (what training minimises)', 'nats per image'],
  collapse: [
    'Active units of w',
    'Flatness F of z',
    'fraction of units',
    '≥ 6.80',
    '1.61 ± 0.04',
    'plain',
    ablation,
  ],
  collapseOne: ['KL from the prior of w', 'identifiable'],
  unitBars: [
    'KL of each unit of z, largest first',
    '9 of 16 above the line',
    'unit, by rank',
    'nats per image',
  ],
  reconstructions: ['original', 'plain', 'identifiable', 'Pullover', 'Ankle', 'boot'],
  samples: ['w = 0 · 11%', 'w = 3 · &lt; 1%'],
  classImages: ['Images by class', 'Trouser', 'Dress', '3 of 4 classes; the first 8 images of each'],
  classImagesUnnamed: ['alphabet 7', 'alphabet 9', 'All 2 classes'],
  textLengths: ['How long the texts are', 'reviews', 'answers', '400 texts, mean', 'words a text'],
  textLengthsOne: ['400 texts, mean 10.0 words', '100%'],
  wordFrequencies: ['How often each word comes', 'rank of the word', 'share of all words', 'answers'],
  samplesPlain: ['Samples', 'Drawn from the prior; grey levels are means.'],
  latentScatter: [
    'Where the data lie in z',
    'plain',
    'identifiable',
    'Ankle boot',
    'first axis of z',
    'class',
  ],
  latentScatterOne: ['second axis of z', 'class'],
  componentLabels: ['Which component holds which class', 'Ankle boot', 'component w · its share', '9 · 0%'],
  componentLabelsOne: ['Number of images.'],
  comparison: ['Log-likelihood of held-out images', '−241.3 ± 2.9', 'plain', 'Further right is better'],
  certificateRatios: [
    'No sampled pair falls below the certified constant',
    'certified 0.310',
    'no certificate',
    'pairs',
  ],
  flatness: [
    'Is the likelihood flat in w?',
    'plain: mean below 0.01 nats',
    'F of w (nats, logarithmic)',
    'images',
  ],
  traversal: [
    'What each unit of z does: one is dead',
    'z 5 · 2.31',
    'z 3 · dead',
    '−1.5',
    '+3',
    '3 of 8 units',
    'Framed: the image’s own code.',
  ],
  traversalLines: ['z 3 · dead', 'length', 'weight', 'unit, prior sd', 'E[x|z]', 'Flat lines'],
  interpolation: ['Trouser to Coat', 'Trouser to Coat (2)', 'data', '0%', '50%', '100%'],
  interpolationLines: ['row 0 to row 1', 'x 0', 'x 1', 'part of the way'],
  likelihoodSurface: [
    'log p(x|z) of one data point over z 2 and z 7',
    '>z 2<',
    '>z 7<',
    'nats below the best',
    'less than 0.1',
    '1 to 3',
    'more than 300',
    'Orange: q(z|x)',
  ],
  likelihoodSurfaceFlat: ['log p(x|z) of one data point over z 2 and z 7: flat in z 7'],
  klUnits: [
    'KL of each unit of z, epoch by epoch',
    'plain: 7 of 16 alive',
    'identifiable: 16 of 16 alive',
    'z 0 · 2.38',
    '9 dead',
    'logarithmic',
    'nats per data point',
  ],
  klUnitsOne: ['14 of 16 alive', 'dead: z 14, z 15'],
  rateDistortion: [
    'What the code costs and what it leaves unsaid',
    'rate: KL of q from the prior (nats per data point)',
    'β = 0.2',
    'free bits',
    ablation,
    'ELBO −',
  ],
  tradeOff: [
    'What the latent variable says, and how well the model fits',
    'mutual information I(x; w) (nats)',
    'log-likelihood (nats per data point)',
    'VampPrior',
    'Arrow: as much as can be measured, or more.',
  ],
  confusion: [
    'Components against labels',
    'plain: accuracy 0.1',
    'identifiable: accuracy 0.7',
    'Percent of each component',
  ],
  confusionOne: [
    'Components against labels: accuracy 0.8',
    '10 (empty)',
    '3: Trouser',
    'Number of data points.',
  ],
  beside: ['Two models side by side', 'Spread 3', 'Spread 6'],
}

const letters = fontLetters()

describe('every plot', () => {
  for (const name of Object.keys(examples))
    it(`${name}: compiles without warning, draws, says what it shows`, () => {
      const spec = example(name)
      assert.deepEqual(JSON.parse(JSON.stringify(spec)), spec, 'holds only what JSON can hold')
      matchSnapshot(name, spec)
      const warnings: string[] = []
      const svg = toSvg(spec, (warning) => warnings.push(warning))
      assert.deepEqual(warnings, [])
      assert.ok(words[name]?.length > 0, 'has words to look for')
      for (const word of words[name])
        assert.ok(svg.includes(`>${word}<`) || svg.includes(word), `says "${word}"`)
      for (const [, text] of svg.matchAll(/<text [^>]*>([^<]*)</g))
        for (const letter of text) assert.ok(letters.has(letter.codePointAt(0)!), `the font has no ${letter}`)
      assert.doesNotMatch(svg.replace(/<[^>]*>/g, ' '), /NaN|undefined|Infinity|\[object/)
      const [, width, height] = /width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? []
      assert.ok(Number(width) <= 900, `fits a notebook's cell: ${width}`)
      const png = PNG.sync.read(svgToPng(svg, 1))
      assert.ok(Math.abs(png.width - Number(width)) <= 1 && Math.abs(png.height - Number(height)) <= 1)
      const dark = png.data.filter((value, i) => i % 4 === 0 && value < 100).length
      assert.ok(dark > 200, 'letters are drawn')
    })

  it('is the same for an arquero table and for rows', () => {
    assert.deepEqual(plots.training(aq.from(history(238, 1))), plots.training(history(238, 1)))
  })

  it('takes what fit returns', () => {
    assert.deepEqual(plots.training({ rows: history(238, 1) }), plots.training(history(238, 1)))
    assert.deepEqual(plots.training({ a: { rows: history(238, 1) } }), plots.training({ a: history(238, 1) }))
  })

  it('keeps the words it is given', () => {
    const spec = plots.comparison(diagnoses, {
      title: 'A < B & C',
      subtitle: '',
      quantity: 'Perplexity',
      better: 'lower',
    })
    assert.deepEqual(spec.title, { text: 'A < B & C' })
    assert.match(toSvg(spec), /Perplexity/)
  })
})

describe('bad input', () => {
  const circle = [{ x: 1, y: NaN }]
  const cases: [string, () => unknown, RegExp][] = [
    ['no rows', () => plots.training([]), /history: .*at least one row/],
    ['no rows by label', () => plots.training({ plain: aq.table({ epoch: [] }) }), /at least one row/],
    ['no histories', () => plots.training({}), /history: .*by label/],
    ['no epoch', () => plots.training([{ loss: 1 }]), /columns loss', wanted the columns epoch. Add epoch/],
    ['nothing to draw', () => plots.training([{ epoch: 1, other: 2 }]), /any of the columns loss/],
    ['not a table', () => plots.training({ plain: 3 as never }), /got 3, wanted a table/],
    [
      'not a diagnosis',
      () => plots.collapse({ plain: { x: 1 } as never }),
      /diagnosis: got an object with x/,
    ],
    ['undefined', () => plots.collapse(undefined as never), /at least one row/],
    [
      'an unknown metric',
      () => plots.collapse([{ model: 'a', variable: 'w', metric: 'x', value: 1, standardError: 0 }]),
      /metric: got 'x'/,
    ],
    [
      'a NaN in a bar',
      () => plots.collapse([{ model: 'a', variable: 'w', metric: 'kl', value: NaN, standardError: 0 }]),
      /column value: got NaN/,
    ],
    ['no units', () => plots.unitBars(new Float32Array(0)), /values: .*at least one number/],
    ['an infinite unit', () => plots.unitBars({ a: [1, Infinity] }), /values\[1\]: got Infinity/],
    [
      'a broken image',
      () => plots.samples({ images: new Float32Array(783), shape: [28, 28] }),
      /images\[0\]: .*multiple of 28 × 28/,
    ],
    [
      'no shape',
      () => plots.samples({ images: new Float32Array(784), shape: undefined as never }),
      /shape: got undefined/,
    ],
    [
      'usage of another length',
      () => plots.samples({ images: [blobs(1, () => 1)], shape: [28, 28], usage: [0.5, 0.5] }),
      /usage: .*1 fractions/,
    ],
    [
      'rows of unlike length',
      () => plots.samples({ images: [blobs(1, () => 1), blobs(2, () => 1)], shape: [28, 28] }),
      /images: .*1, 2 images/,
    ],
    [
      'fewer reconstructions',
      () =>
        plots.reconstructions({
          original: blobs(2, () => 1),
          models: { a: blobs(1, () => 1) },
          shape: [28, 28],
        }),
      /models.a: .*2 images as in original/,
    ],
    [
      'labels of another length',
      () =>
        plots.reconstructions({ original: blobs(2, () => 1), models: {}, shape: [28, 28], labels: ['a'] }),
      /labels: .*2 labels/,
    ],
    ['a scatter without y', () => plots.latentScatter([{ x: 1 }]), /Add y/],
    ['a NaN in a scatter', () => plots.latentScatter(circle), /column y: got NaN/],
    ['components without labels', () => plots.componentLabels([{ component: 1 }]), /Add label/],
    ['nothing to compare', () => plots.comparison({}), /estimates by model label/],
    [
      'an estimate of NaN',
      () => plots.comparison({ a: { value: NaN, standardError: 0, estimator: '' } }),
      /estimates.a: got NaN/,
    ],
    ['a negative ratio', () => plots.certificateRatios({ ratios: [1, -1] }), /ratios: got -1/],
    ['a constant of zero', () => plots.certificateRatios({ ratios: [1], constant: 0 }), /constant: got 0/],
    ['no flatness', () => plots.flatness({ plain: [] }), /values.plain: .*at least one number/],
    ['no walk', () => plots.traversal(undefined as never), /walked: got undefined/],
    [
      'a walk of too few images',
      () => plots.traversal({ ...walked([4, 4], () => blobs(1, () => 1, 4)), steps: [0] }),
      /walked.mean: .*3 × 1 images/,
    ],
    [
      'a walk without a unit’s KL',
      () => plots.traversal({ ...walked([3], () => [1, 2, 3]), kl: [1] }),
      /walked.kl: .*3 numbers/,
    ],
    [
      'a walk of many features that are no image',
      () => plots.traversal(walked([784], () => new Float32Array(784))),
      /shape: .*at most 10 features.*lid\.decode/,
    ],
    [
      'features of another number',
      () =>
        plots.traversal(
          walked([3], () => [1, 2, 3]),
          { features: ['a'] },
        ),
      /features: .*3 names/,
    ],
    ['no way', () => plots.interpolation({} as never), /way: .*at least one pair/],
    [
      'a way without its ends',
      () =>
        plots.interpolation({
          mean: blobs(3, () => 1, 4),
          ends: blobs(1, () => 1, 4),
          names: ['a'],
          steps: [0, 0.5, 1],
          shape: [4, 4],
        }),
      /way.ends: .*2 images/,
    ],
    [
      'a surface with a hole',
      () => plots.likelihoodSurface({ ...bowl(1, 1), logLikelihood: new Float32Array(961).fill(NaN) }),
      /surface.logLikelihood\[0\]: got NaN/,
    ],
    [
      'a surface of another size',
      () => plots.likelihoodSurface({ ...bowl(1, 1), logLikelihood: new Float32Array(900) }),
      /surface.logLikelihood: .*31 × 31/,
    ],
    ['a history without units', () => plots.klUnits(history(238, 1)), /history: .*klUnits/],
    [
      'units that come and go',
      () =>
        plots.klUnits([
          { epoch: 1, klUnits: [1, 2] },
          { epoch: 2, klUnits: [1] },
        ]),
      /column klUnits: .*2 finite numbers/,
    ],
    ['a trade-off without methods', () => plots.tradeOff([]), /rows: .*at least one row/],
    [
      'a trade-off of no number',
      () =>
        plots.tradeOff([{ ...tradeOffRows[0], information: { ...tradeOffRows[0].information, value: NaN } }]),
      /column information: .*finite/,
    ],
    ['a plane without models', () => plots.rateDistortion([]), /rows: .*at least one row/],
    [
      'a rate below zero',
      () =>
        plots.rateDistortion([
          { ...rateDistortionRows[0], rate: { value: -1, standardError: 0, estimator: '' } },
        ]),
      /column rate: got -1/,
    ],
    ['confusion without labels', () => plots.confusion([{ component: 1 }]), /Add label/],
    ['nothing beside', () => plots.beside([]), /specs: .*a list of specifications/],
    ['means of half a row', () => plots.projectLatent([1, 2, 3], 2), /means: .*multiple of 2/],
  ]
  for (const [name, call, message] of cases)
    it(`${name}: one line that says what to do`, () => {
      assert.throws(call, (error: Error) => {
        assert.ok(error instanceof ArgumentError, String(error))
        assert.match(error.message, message)
        assert.doesNotMatch(error.message, /\n/)
        return true
      })
    })
})

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

  it('a collapsed latent has no bar, also where every model has collapsed', () => {
    const flat = plots.collapse({ plain: diagnoses.plain })
    const { layer } = (flat.concat as { layer: { encoding: { x: { scale: { domain: number[] } } } }[] }[])[1]
    assert.ok(layer[0].encoding.x.scale.domain[1] >= 0.1)
  })

  it('unitBars sorts and remembers the unit', () => {
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

  it('certificateRatios says when a pair falls below', () => {
    const title = plots.certificateRatios({ ratios: [0.1, 2], constant: 0.5 }).title as { text: string }
    assert.equal(title.text, 'A sampled pair falls below the certified constant')
  })

  it('latentScatter calls axes and classes what they are', () => {
    const rows = [{ x: 0, y: 1, label: 0 }]
    const [panel] = plots.latentScatter(rows, { axes: ['x₁', 'x₂'], kind: 'arm' }).concat as {
      layer: {
        encoding: { x: { title: string }; y: { title: string }; color: { legend: { title: string } } }
      }[]
    }[]
    const { x, y, color } = panel.layer[0].encoding
    assert.deepEqual([x.title, y.title, color.legend.title], ['x₁', 'x₂', 'arm'])
  })

  it('latentScatter shows every class whatever the order of rows, and no more points than asked', () => {
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

  it('a walk frames the step nearest to the code', () => {
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

  it('the likelihood surface counts nats below the best, and bounds ellipses by 1 and 2 sd', () => {
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

  it('klUnits tells dead units from alive ones and draws none below its floor', () => {
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

  it('klUnits leaves out epochs in which units were not measured', () => {
    const rows = [{ epoch: 1 }, { epoch: 2, klUnits: [1] }, { epoch: 3, klUnits: [2] }]
    assert.deepEqual(plots.klUnits(rows).concat, plots.klUnits(rows.slice(1)).concat)
  })

  it('a method of the trade-off stands at its information and its log-likelihood, with an arrow at the cap', () => {
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

  it('on each line of the rate–distortion plane rate + distortion is one number, the ELBO beside it', () => {
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
})
