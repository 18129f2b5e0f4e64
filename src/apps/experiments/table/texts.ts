import { yahoo, yelp, type PublishedTexts } from '../../../data/text/published'
import { syntheticText, type SyntheticTexts } from '../../../data/text/syntheticText'
import type { TextSet } from '../../../data/text/textSet'
import { md5OfAll } from '../../../platform/hash'
import { adam } from '../../../compute/optimizers'
import { lidsvae, svae, type SvaeOptions } from '../../../models/text/builders'
import { injectiveHead, vocabularyHead, type HeadBuilder } from '../../../models/text/head'
import { textSettings, type TextSetting } from '../textPair'
import { MOST_EPOCHS, QUICK_RULE, RULE, type Setting, type Size, type TableData } from './setting'

type Texts = Pick<PublishedTexts | SyntheticTexts, 'train' | 'validation' | 'test'>

const asTableData = ({ train, validation, test }: Texts): TableData => ({
  train,
  validation,
  test,
  checksum: checksumOf(train, validation, test),
})

/** MD5 of the texts, one per line: of the words, because files may be packed differently. */
function checksumOf(...sets: TextSet[]): string {
  const lines = function* (): Generator<string> {
    for (const set of sets) for (let i = 0; i < set.size; i++) yield `${set.text(i)}\n`
  }
  return md5OfAll(lines())
}

/** The texts with at most that many words. */
const upTo = (texts: TextSet, words: number): TextSet =>
  texts.select(texts.documents.flatMap(({ length }, i) => (length <= words ? [i] : [])))

const shortOnes = ({ train, validation, test }: Texts, words: number): Texts => ({
  train: upTo(train, words),
  validation: upTo(validation, words),
  test: upTo(test, words),
})

/** The fair pair: the same encoder, widths and training; z in the LSTM, or at an injective head. */
const pair = (options: Omit<SvaeOptions, 'vocabulary' | 'seed' | 'head'>, head: HeadBuilder) =>
  ({
    variable: 'z',
    units: options.latent,
    texts: true,
    build: (which, seed, { train }, { prior, wiring } = {}) => {
      const { vocabulary } = train as TextSet
      const all = { ...options, vocabulary, seed, ...(prior && { prior }), ...(wiring && { wiring }) }
      return which === 'plain' ? svae(all) : lidsvae({ ...all, head })
    },
  }) satisfies Partial<Setting>

const fitting = (rate: number, epochs = MOST_EPOCHS) => ({
  epochs,
  batchSize: 32,
  clipNorm: 5,
  optimizer: adam({ rate }),
})

/** The recipe's setting, as the text experiment has it, trained until converged. */
const recipeOf = ({ options, head, epochs, rate, size }: TextSetting) => ({
  ...pair(options, injectiveHead(head)),
  fit: fitting(rate),
  until: RULE,
  evaluate: { size },
  earlierEpochs: epochs,
})

const small = {
  ...pair(
    { latent: 3, hidden: 24, embedding: 24, dropout: 0.2 },
    injectiveHead({ width: 32, hidden: 32, hiddenLatent: 32 }),
  ),
  fit: fitting(5e-3, 8),
  until: QUICK_RULE,
  evaluate: { samples: 20, size: 500 },
}

/** The authors' sizes, with the injective head that spans the vocabulary. */
const authors = (latent: number, width: number, hidden: number, convex: number) => ({
  ...pair(
    { latent, hidden: width, embedding: hidden, dropout: 0.5 },
    vocabularyHead({ hidden: convex, hiddenLatent: convex, layers: 2 }),
  ),
  fit: fitting(1e-3),
  until: RULE,
  evaluate: { size: 1000 },
})

const { synthetic, yelp: yelpRecipe, yahoo: yahooRecipe } = textSettings

export const syntheticTextSettings: Readonly<Record<Size, Setting>> = {
  quick: {
    models: 'z 3, LSTM 24; 2,000 sentences of 200 words',
    ...small,
    load: () =>
      Promise.resolve(asTableData(syntheticText({ tokens: 200, train: 2000, validation: 500, test: 500 }))),
  },
  local: {
    models: 'z 5, LSTM 50; 16,000 sentences of 1,000 words',
    ...recipeOf(synthetic),
    load: () => Promise.resolve(asTableData(syntheticText())),
  },
  paper: {
    models: 'z 5, LSTM 50, convex networks 128; 16,000 sentences of 1,000 words',
    ...authors(5, 50, 50, 128),
    load: () => Promise.resolve(asTableData(syntheticText())),
  },
}

export const yelpSettings: Readonly<Record<Size, Setting>> = {
  quick: {
    models: 'z 3, LSTM 24; 2,000 sentences, vocabulary 1,000',
    ...small,
    load: async (onNote) =>
      asTableData(await yelp({ size: 1000, train: 2000, validation: 500, test: 500, onNote })),
  },
  local: {
    models: 'z 16, LSTM 256; 30,000 sentences',
    ...recipeOf(yelpRecipe),
    load: async (onNote) => asTableData(await yelp({ size: 10_000, train: 30_000, onNote })),
  },
  paper: {
    models: 'z 32, LSTM 1,024, convex networks 1,024; 30,000 documents',
    ...authors(32, 1024, 512, 1024),
    load: async (onNote) => asTableData(await yelp({ train: 30_000, onNote })),
  },
}

export const yahooSettings: Readonly<Record<Size, Setting>> = {
  quick: {
    models: 'z 3, LSTM 24; documents of at most 30 words of 8,000, vocabulary 1,000',
    ...small,
    // Each length has its own graph, which takes ten seconds for SA-VAE: few lengths.
    load: async (onNote) => asTableData(shortOnes(await yahoo({ size: 1000, train: 8000, onNote }), 30)),
  },
  local: {
    models: 'z 16, LSTM 256; documents of at most 60 words',
    ...recipeOf(yahooRecipe),
    load: async (onNote) => asTableData(shortOnes(await yahoo({ size: 8000, onNote }), 60)),
  },
  paper: {
    models: 'z 32, LSTM 1,024, convex networks 1,024; 30,000 documents',
    ...authors(32, 1024, 512, 1024),
    load: async (onNote) => asTableData(await yahoo({ train: 30_000, onNote })),
  },
}
