import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { PNG } from 'pngjs'
import ts from 'typescript'
import * as lid from '../../src'
import { provenanceOf } from '../../src/base/provenance'
import { makePart } from '../../src/runs/makePart'
import { parts } from '../../src/runs/parts'
import { onEachEngine } from '../support/engines'
import { compile, publicNames } from '../package/publicApi'

/** What a function that builds a part returns, or promises. */
const PARTS =
  /^(Promise<)?(Model(<\w+>)?|Likelihood|\w*PriorBuilder|DecoderBuilder|EncoderBuilder|ContextBuilder|Convergence|FlowBuilder|HeadBuilder|PosteriorConstraint|Optimizer|(Step)?Schedule|Objective|TrainingSchedule|Vocabulary|DataSet|TextSet|Generated|PpcaData|SyntheticTexts|FashionMnist|Omniglot|PublishedTexts|\{ train: (DataSet|TextSet);.*)>?$/

/** Not builders: a view of a model, which shares its weights, and what reads saved ones. */
const OTHERS = ['refined', 'load', 'pretrained']
/** They need a download. */
const DOWNLOADED = ['data.omniglot', 'data.yahoo', 'data.yelp']

const texts = lid.data.syntheticText({
  tokens: 20,
  length: 4,
  train: 6,
  validation: 3,
  test: 3,
  units: 8,
  seed: 1,
})
let folder = ''
const quiet = { onNote: () => undefined }
const images = () => lid.data.fashionMnist({ train: 6, test: 4, download: false, ...quiet })
const { train } = lid.data.pinwheel({ train: 10, test: 4, seed: 1 })
const rows = { likelihood: lid.gaussian(2), latent: 2, hidden: 4, seed: 1 }
const words = { vocabulary: texts.vocabulary, latent: 2, hidden: 4, embedding: 3, seed: 1 }
const head = () => lid.parts.injectiveHead({ width: 10, hidden: 8, hiddenLatent: 8 })

/** Every builder of a part among the public names, called with settings that are not its usual ones. */
const examples: Record<string, () => object | Promise<object>> = {
  vae: () => lid.vae({ ...rows, flow: lid.layers.realNvp({ hidden: 3 }) }),
  lidvae: () => lid.lidvae({ ...rows, injective: { mu: [0.5, 2] } }),
  gmvae: () => lid.gmvae({ ...rows, components: 3, prior: lid.parts.freeMeans({ start: 1 }) }),
  lidmvae: () => lid.lidmvae({ ...rows, components: 3, posterior: 'q(w|x) q(z|x,w)' }),
  svae: () => lid.svae({ ...words, wiring: 'head', constraint: lid.fixes.delta({ delta: 1 }) }),
  lidsvae: () => lid.lidsvae({ ...words, head: head() }),
  languageModel: () => lid.languageModel({ vocabulary: texts.vocabulary, hidden: 4, embedding: 3, seed: 1 }),
  linearVae: () =>
    lid.linearVae(lid.ppca({ weights: [[1, 2, 0]], sigma: 0.5, mean: [1, 0, 2] }), { widen: 2 }),
  bernoulli: () => lid.bernoulli(3),
  gaussian: () => lid.gaussian(2, { sigma: 'learned' }),
  poisson: () => lid.poisson(3),
  negativeBinomial: () => lid.negativeBinomial(3, { dispersion: 0.5 }),
  'parts.freeMeans': () => lid.parts.freeMeans({ start: 0.5 }),
  'parts.anchoredMeans': () => lid.parts.anchoredMeans({ separation: 3 }),
  'fixes.vampPrior': () => lid.fixes.vampPrior({ components: 3 }),
  'parts.plainDecoder': () => lid.parts.plainDecoder(4),
  'parts.injectiveDecoder': () => lid.parts.injectiveDecoder(4, { anchor: 2 }),
  'fixes.inverseLipschitz': () => lid.fixes.inverseLipschitz({ bound: 2, hidden: 4 }),
  'layers.realNvp': () => lid.layers.realNvp({ hidden: 3 }),
  'fixes.batchNorm': () => lid.fixes.batchNorm({ gamma: 0.5 }),
  'fixes.delta': () => lid.fixes.delta({ delta: 2 }),
  'parts.linearHead': () => lid.parts.linearHead(),
  'parts.injectiveHead': () => head(),
  'parts.vocabularyHead': () => lid.parts.vocabularyHead({ hidden: 8 }),
  'optimizers.adam': () => lid.optimizers.adam({ rate: lid.optimizers.stepDecay(1e-2) }),
  'optimizers.rmsprop': () => lid.optimizers.rmsprop({ momentum: 0.5 }),
  'optimizers.sgd': () => lid.optimizers.sgd({ rate: 0.1 }),
  'optimizers.stepDecay': () => lid.optimizers.stepDecay(1e-2, { at: 0.5 }),
  'optimizers.cosineDecay': () => lid.optimizers.cosineDecay(1e-2, { warmUp: 0.1 }),
  'optimizers.overSteps': () => lid.optimizers.overSteps(3, lid.optimizers.cosineDecay(1e-2)),
  'fixes.linearAnnealing': () => lid.fixes.linearAnnealing({ until: 0.5 }),
  'fixes.cyclicalAnnealing': () => lid.fixes.cyclicalAnnealing({ cycles: 2 }),
  elboObjective: () => lid.elboObjective(),
  'fixes.betaVae': () => lid.fixes.betaVae({ beta: 0.5 }),
  'fixes.freeBits': () => lid.fixes.freeBits({ perUnit: 1 }),
  'fixes.klThreshold': () => lid.fixes.klThreshold({ total: 1 }),
  'fixes.importanceWeighted': () => lid.fixes.importanceWeighted({ samples: 3 }),
  'fixes.mutual': () => lid.fixes.mutual({ information: 1 }),
  'fixes.semiAmortized': () => lid.fixes.semiAmortized({ steps: 2 }),
  'fixes.lagging': () => lid.fixes.lagging({ most: 5 }),
  'fixes.latentReconstruction': () => lid.fixes.latentReconstruction({ weight: 2 }),
  untilConverged: () => lid.untilConverged({ patience: 3 }),
  'parts.made': () => lid.parts.made({ hidden: 5, layers: 2 }),
  'parts.pixelCnn': () => lid.parts.pixelCnn({ shape: [4, 4], channels: 2 }),
  'parts.convolutionalEncoder': () => lid.parts.convolutionalEncoder({ shape: [8, 8], channels: [2, 3] }),
  'parts.convolutionalDecoder': () => lid.parts.convolutionalDecoder({ shape: [8, 8], channels: [2, 3] }),
  'fixes.pretraining': () => lid.fixes.pretraining({ epochs: 2 }),
  'Vocabulary.from': () => lid.Vocabulary.from(texts.vocabulary.tokens, texts.vocabulary.counts),
  'Vocabulary.of': () => lid.Vocabulary.of(['a b', 'b c']),
  'Vocabulary.ofCounts': () => lid.Vocabulary.ofCounts(['so', 'it'], [2, 1], 2),
  'data.fashionMnist': async () => (await images()).test,
  'data.from': () => lid.data.from(folder, { invert: true, ...quiet }),
  'data.text': () =>
    lid.data.text(path.join(folder, 'texts.txt'), { vocabulary: texts.vocabulary, ...quiet }),
  'data.pinwheel': () => lid.data.pinwheel({ train: 5, seed: 2 }).test,
  'data.gaussianMixture': () => lid.data.gaussianMixture({ train: 5, seed: 2 }).test,
  'data.ppca': () => lid.data.ppca({ train: 5, seed: 2 }).train,
  'data.syntheticText': () => texts.test,
  'DataSet.take': () => train.take(3),
  'DataSet.slice': () => train.slice(2, 5),
  'DataSet.select': () => train.select([4, 0]),
  'DataSet.split': () => train.split({ test: 0.3, seed: 2 }).test,
  'DataSet.binarized': async () => (await images()).train.binarized(1),
  'TextSet.take': () => texts.train.take(2),
  'TextSet.select': () => texts.train.select([4, 0]),
  'TextSet.split': () => texts.train.split({ test: 0.5 }).train,
}

describe('the table of parts', () => {
  it('knows synthetic texts by the names in records, whose vocabulary size is `words`', async () => {
    const args = provenanceOf(texts.train)?.with as unknown as [{ words: number; tokens?: number }, string]
    assert.deepEqual([args[0].words, args[0].tokens], [20, undefined])
    const again = (await makePart(
      provenanceOf(texts.train)!,
      () => new Error('no part'),
    )) as typeof texts.train
    assert.equal(again.vocabulary.tokens.join(), texts.vocabulary.tokens.join())
  })

  it('has every builder of a part among the public names', () => {
    const program = compile()
    const checker = program.getTypeChecker()
    const builders = publicNames(program).flatMap(({ name, kind, symbol }) => {
      if (!['function', 'method', 'group'].includes(kind)) return []
      // A fix is a group too: a function with what is known of it.
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
      const [signature] = checker.getTypeOfSymbol(target).getCallSignatures() as (ts.Signature | undefined)[]
      return signature && PARTS.test(checker.typeToString(signature.getReturnType())) ? [name] : []
    })
    const known = [...Object.keys(examples), ...OTHERS, ...DOWNLOADED]
    assert.deepEqual(builders.filter((name) => !/^data\..*Set\./.test(name)).sort(), known.sort())
    for (const name of DOWNLOADED) assert.ok(name in parts, name)
  })
})

onEachEngine('the table of parts', () => {
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'lidvae-parts-'))
    writeFileSync(path.join(folder, 'texts.txt'), 'so it is\nso it was\n')
    const png = new PNG({ width: 2, height: 2 })
    png.data.fill(200)
    writeFileSync(path.join(folder, 'one.png'), PNG.sync.write(png))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  for (const [name, build] of Object.entries(examples))
    it(`makes what ${name} made again from its provenance`, async () => {
      const part = await build()
      const provenance = provenanceOf(part)!
      assert.ok(provenance.part in parts, provenance.part)
      const inFile = JSON.parse(JSON.stringify(provenance)) as typeof provenance
      const again = (await makePart(inFile, (what) => new Error(`no ${what}`))) as object
      assert.deepEqual(provenanceOf(again), inFile)
      assert.equal(Object.getPrototypeOf(again), Object.getPrototypeOf(part))
      if (part instanceof lid.DataSet) assert.deepEqual((again as lid.DataSet).x, part.x)
      if (part instanceof lid.TextSet) assert.deepEqual((again as lid.TextSet).documents, part.documents)
      for (const one of [part, again]) if (one instanceof lid.Model) one.dispose()
    })
})
