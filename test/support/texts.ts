import { TextSet } from '../../src/data/text/textSet'
import { Vocabulary } from '../../src/data/text/vocabulary'
import { languageModel, lidsvae, svae, type SvaeOptions } from '../../src/models/text/builders'
import { injectiveHead, vocabularyHead } from '../../src/models/text/head'
import type { Model } from '../../src/models/model'
import { Random } from './random'

/**
 * Some sentences of so many words, in two moods that prefer different words; labelled by the mood. Each
 * length is a graph of its own, which takes longest to record: few serve most tests.
 */
export function tinyTexts(size: number, words = 5, seed = 1, lengths: readonly number[] = [2, 4]): TextSet {
  const random = new Random(seed)
  const labels = Int32Array.from({ length: size }, (_, i) => i % 2)
  const texts = Array.from(labels, (mood, i) => {
    const length = lengths[i % lengths.length]
    return Array.from({ length }, () => {
      const preferred = random.uniform() < 0.8
      const half = Math.floor(words / 2)
      const word = preferred
        ? mood * half + Math.floor(random.uniform() * half)
        : Math.floor(random.uniform() * words)
      return `w${word}`
    }).join(' ')
  })
  const vocabulary = Vocabulary.from(
    ['<s>', '</s>', '_UNK', ...Array.from({ length: words }, (_, i) => `w${i}`)],
    [size, size, 0, ...Array.from({ length: words }, () => 1)],
  )
  return new TextSet({
    name: 'tiny texts',
    vocabulary,
    documents: texts.map((text) => vocabulary.encode(text)),
    labels,
    labelNames: ['low', 'high'],
    source: 'made by a test',
  })
}

/** A model of texts with tiny widths. */
export interface TextVariant {
  title: string
  build: (options?: Partial<SvaeOptions>) => Model
}

const small = { hidden: 6, hiddenLatent: 5, mu: [0.5, 2] as const, anchor: 0.7 }
const narrow = injectiveHead({ ...small, width: 4, projection: 2 })
const authors = vocabularyHead({ ...small, projection: 3 })

/** Every wiring, every head, and the language model, over the vocabulary of `tinyTexts(…, words)`. */
export function textVariants(words = 5): TextVariant[] {
  const { vocabulary } = tinyTexts(1, words)
  const common = { vocabulary, latent: 2, hidden: 4, embedding: 3, dropout: 0.2, seed: 1 }
  const of =
    (builder: (options: SvaeOptions) => Model, more: Partial<SvaeOptions>) =>
    (options: Partial<SvaeOptions> = {}): Model =>
      builder({ ...common, ...more, ...options })
  return [
    { title: 'svae, lstm', build: of(svae, {}) },
    { title: 'svae, head', build: of(svae, { wiring: 'head' }) },
    { title: 'lidsvae, head', build: of(lidsvae, { head: narrow }) },
    { title: 'lidsvae, lstm', build: of(lidsvae, { wiring: 'lstm', head: narrow }) },
    { title: "lidsvae, the authors' head", build: of(lidsvae, { head: authors }) },
    {
      title: 'languageModel',
      build: of(({ latent: _latent, wiring: _wiring, ...o }) => languageModel(o), {}),
    },
  ]
}
