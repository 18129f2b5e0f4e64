import type { TextSet } from '../../data/text/textSet'
import { syntheticText } from '../../data/text/syntheticText'
import { yahoo, yelp, type PublishedTexts } from '../../data/text/published'
import type { Model } from '../../models/model'
import { languageModel, lidsvae, svae, type SvaeOptions } from '../../models/text/builders'
import { injectiveHead, vocabularyHead, type NarrowHeadOptions } from '../../models/text/head'

/** What the models of one experiment share, and the widths of the injective head. */
export interface TextSetting {
  /** Widths of both models of the pair. */
  options: Omit<SvaeOptions, 'vocabulary' | 'seed'>
  /** The identifiable model's head. */
  head: NarrowHeadOptions
  epochs: number
  rate: number
  /** Draws of z per sentence for the log-likelihood, and sentences it is measured on. */
  samples: number
  size: number
  /** Loads the texts. */
  data(): Promise<{ train: TextSet; test: TextSet }>
}

const both = ({ train, test }: PublishedTexts): { train: TextSet; test: TextSet } => ({ train, test })

/** The texts of the experiment, at which size, and for how long. */
export const textSettings = {
  /** V 200, 4,000 sentences: seconds. */
  'synthetic-quick': {
    options: { latent: 3, hidden: 24, embedding: 24, dropout: 0.2 },
    head: { width: 32, hidden: 32, hiddenLatent: 32, mu: 1 },
    epochs: 15,
    rate: 5e-3,
    samples: 50,
    size: 1000,
    data: () => Promise.resolve(syntheticText({ tokens: 200, train: 4000, validation: 1, test: 1000 })),
  },
  /** V 1,000, 16,000 sentences of ten words. */
  synthetic: {
    options: { latent: 5, hidden: 50, embedding: 50, dropout: 0.5 },
    head: { width: 64, hidden: 128, hiddenLatent: 128, mu: 1.4 },
    epochs: 20,
    rate: 3e-3,
    samples: 50,
    size: 1000,
    data: () => Promise.resolve(syntheticText({ validation: 1 })),
  },
  /** 30,000 sentences, all their words. */
  yelp: {
    options: { latent: 16, hidden: 256, embedding: 128, dropout: 0.5 },
    head: { width: 128, hidden: 256, hiddenLatent: 256, projection: 96, mu: 1 },
    epochs: 6,
    rate: 1e-3,
    samples: 20,
    size: 1000,
    data: async () => both(await yelp({ size: 10_000, train: 30_000 })),
  },
  /** Documents of at most 60 words. */
  yahoo: {
    options: { latent: 16, hidden: 256, embedding: 128, dropout: 0.5 },
    head: { width: 128, hidden: 256, hiddenLatent: 256, projection: 96, mu: 1.4 },
    epochs: 9,
    rate: 2e-3,
    samples: 10,
    size: 500,
    data: async () => {
      const all = both(await yahoo({ size: 8000 }))
      return { train: upTo(all.train, 60), test: upTo(all.test, 60) }
    },
  },
} as const satisfies Record<string, TextSetting>

export type TextExperiment = keyof typeof textSettings

/** The texts with at most that many words. */
function upTo(texts: TextSet, words: number): TextSet {
  const short = texts.documents.flatMap(({ length }, i) => (length <= words ? [i] : []))
  return texts.select(short)
}

/** The authors' head has no width of its own. */
const asWideAsVocabulary = ({
  width: _width,
  ...rest
}: NarrowHeadOptions): Omit<NarrowHeadOptions, 'width'> => rest

/** The fair pair of the text experiment, its other wirings and its ablations, by the name used in tables. */
export const textMethods = {
  plain: (o: SvaeOptions): Model<TextSet> => svae(o),
  lid: (o, head): Model<TextSet> => lidsvae({ ...o, head: injectiveHead(head) }),
  'plain, z at the head': (o: SvaeOptions): Model<TextSet> => svae({ ...o, wiring: 'head' }),
  'identifiable, z in the LSTM': (o, head): Model<TextSet> =>
    lidsvae({ ...o, wiring: 'lstm', head: injectiveHead(head) }),
  'identifiable, small μ': (o, head): Model<TextSet> =>
    lidsvae({ ...o, head: injectiveHead({ ...head, mu: 0.3 }) }),
  'identifiable, small anchor': (o, head): Model<TextSet> =>
    lidsvae({ ...o, head: injectiveHead({ ...head, anchor: 0.1 }) }),
  "identifiable, the authors' head": (o, head): Model<TextSet> =>
    lidsvae({ ...o, head: vocabularyHead(asWideAsVocabulary(head)) }),
  'language model': ({ latent: _latent, ...o }: SvaeOptions): Model<TextSet> => languageModel(o),
} satisfies Record<string, (options: SvaeOptions, head: NarrowHeadOptions) => Model<TextSet>>

export type TextMethod = keyof typeof textMethods
