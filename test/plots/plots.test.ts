import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PNG } from 'pngjs'
import * as aq from 'arquero'
import { svgToPng, toSvg } from '../../src/display/render'
import * as plots from '../../src/plots'
import { ablation, diagnoses, example, examples, history } from './examples'
import { fontLetters } from './fontLetters'
import { matchSnapshot } from './snapshot'

/** Texts that each picture must contain. */
const words: Record<string, string[]> = {
  training: [
    'Training by epoch',
    'plain',
    'identifiable',
    ablation,
    'nats per data point',
    'KL of w from its prior',
    'epoch',
  ],
  live: [
    'Training the lidmvae',
    'And so on.',
    'Loss, start cut off',
    'Inner steps of the encoder',
    'validation',
  ],
  trainingOne: ['Loss (minimised in training)', 'nats per data point'],
  collapse: [
    'Active units of w',
    'Flatness F of z',
    'fraction of units',
    '≥ 6.80',
    '1.61 ± 0.04',
    'plain',
    ablation,
  ],
  collapseOne: ['KL from the prior of w', 'lidmvae'],
  unitBars: [
    'KL of each unit of z, largest first',
    '9 of 16 above the line',
    'unit, by rank',
    'nats per data point',
  ],
  reconstructions: ['original', 'plain', 'identifiable', 'Pullover', 'Ankle', 'boot'],
  samples: ['w = 0 · 11%', 'w = 3 · &lt; 1%'],
  classImages: ['Images by class', 'Trouser', 'Dress', '3 of 4 classes; the first 8 images of each'],
  classImagesUnnamed: ['alphabet 7', 'alphabet 9', 'All 2 classes'],
  textLengths: ['Lengths of the texts', 'reviews', 'answers', '400 texts, mean', 'tokens per text'],
  textLengthsOne: ['400 texts, mean 10.0 tokens', '100%'],
  wordFrequencies: ['Frequencies of tokens', 'rank of the token', 'fraction of all tokens', 'answers'],
  samplesPlain: ['Samples', 'Drawn from the prior; grey levels are means.'],
  latentScatter: [
    'Positions of the data in z',
    'plain',
    'identifiable',
    'Ankle boot',
    'first axis of z',
    'class',
  ],
  latentScatterOne: ['second axis of z', 'class'],
  componentLabels: ['Classes of each component', 'Ankle boot', 'component w · its percentage', '9 · 0%'],
  componentLabelsOne: ['Number of images.'],
  comparison: ['Log-likelihood of held-out data', '−241.3 ± 2.9', 'plain', 'Further right is better'],
  certificateRatios: [
    'No sampled pair falls below the certified constant',
    'certified 0.310',
    'no certificate',
    'pairs',
  ],
  flatness: [
    'Is the likelihood flat in w?',
    'plain: mean below 0.01 nats',
    'F of w (nats, log scale)',
    'images',
  ],
  traversal: [
    'Effect of each unit of z: one is dead',
    'z 5 · 2.31',
    'z 3 · dead',
    '−1.5',
    '+3',
    '3 of 8 units',
    'Framed: the image’s code.',
  ],
  traversalLines: ['z 3 · dead', 'length', 'weight', 'unit, prior sd', 'E[x|z]', 'Flat lines'],
  interpolation: ['Trouser to Coat', 'Trouser to Coat (2)', 'data', '0%', '50%', '100%'],
  interpolationLines: ['row 0 to row 1', 'x 0', 'x 1', 'fraction of the way'],
  likelihoodSurface: [
    'log p(x|z) of one data point over z 2 and z 7',
    '>z 2<',
    '>z 7<',
    'nats below the maximum',
    'less than 0.1',
    '1 to 3',
    'more than 300',
    'Orange: q(z|x)',
  ],
  likelihoodSurfaceFlat: ['log p(x|z) of one data point over z 2 and z 7: flat in z 7'],
  klUnits: [
    'KL of each unit of z by epoch',
    'plain: 7 of 16 alive',
    'identifiable: 16 of 16 alive',
    'z 0 · 2.38',
    '9 dead',
    'log scale',
    'nats per data point',
  ],
  klUnitsOne: ['14 of 16 alive', 'dead: z 14, z 15'],
  rateDistortion: [
    'Cost of the code and reconstruction error',
    'rate: KL of q from the prior (nats per data point)',
    'β = 0.2',
    'free bits',
    ablation,
    'ELBO −',
  ],
  tradeOff: [
    'Information of the latent variable and fit of the model',
    'mutual information I(x; w) (nats)',
    'log-likelihood (nats per data point)',
    'VampPrior',
    'Arrow: the estimate is at its cap, a lower bound.',
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

  it('keeps given texts', () => {
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
