import { requireInteger } from '../../base/errors'
import { resolveOptions } from '../../base/options'
import { SOURCE_OPTIONS, choosePlace, type PublishedSet, type SourceOptions } from '../choosePlace'
import { verifiedFile } from '../../platform/files'
import { remedyFor, type Place } from '../folders'
import { thousands } from '../../base/thousands'
import { loadedBy } from '../origin'
import { piecesOf } from '../../platform/pieces'
import { inVocabulary, vocabularyOf } from './inVocabulary'
import { readTexts, type NumberedTexts } from './readTexts'
import { TextSet } from './textSet'
import { YAHOO, YELP } from './publishedFiles'
import { VOCABULARY_OPTIONS, type Vocabulary, type VocabularyOptions } from './vocabulary'
import { WordTable } from './wordTable'

/** How much of a published text set to load, and the vocabulary. */
export interface PublishedTextOptions extends SourceOptions, VocabularyOptions {
  /** Largest size of the vocabulary, made from the training texts (default: 20,000). */
  size?: number
  /** Number of training texts: the first ones (default: all). */
  train?: number
  /** Number of validation texts, likewise. */
  validation?: number
  /** Number of test texts, likewise. */
  test?: number
}

/** A published text set in memory. */
export interface PublishedTexts {
  /** Training texts. */
  train: TextSet
  /** Validation texts. */
  validation: TextSet
  /** Test texts. */
  test: TextSet
  /** The vocabulary of the training texts, which all three share. */
  vocabulary: Vocabulary
  /** Where they come from: 'LIDVAE_DATA' or 'cache'. */
  source: Place['kind']
}

/**
 * Yahoo Answers (Yang et al. 2017): documents of 20 to 200 words, a question with its best answer,
 * lower-cased, rare words `_UNK`. The files `yahoo.train.txt`, `yahoo.valid.txt` and `yahoo.test.txt` are
 * read from LIDVAE_DATA, otherwise from the cache; they cannot be downloaded automatically.
 *
 * @param options `{ size = 20000, minCount = 1, train?, validation?, test?, onNote? }`; see
 *   `PublishedTextOptions`
 * @returns `{ train, validation, test, vocabulary, source }`
 * @throws ArgumentError for a wrong count; DataError if a file is damaged, unreadable or missing: it says
 *   what to put where
 * @example
 * const { train, test } = await lid.data.yahoo({ size: 8000, train: 5000 })
 * @see Yang et al. 2017, Improved variational autoencoders for text modeling using dilated convolutions,
 *   arXiv:1702.08139
 */
export const yahoo = (options: PublishedTextOptions = {}): Promise<PublishedTexts> =>
  published(YAHOO, 'yahoo', options)

/**
 * Yelp reviews, one sentence or review per line with its label, negative or positive. The files
 * `yelp.train.txt`, `yelp.valid.txt` and `yelp.test.txt` are read from LIDVAE_DATA, otherwise from the cache;
 * they cannot be downloaded automatically.
 *
 * @param options `{ size = 20000, minCount = 1, train?, validation?, test?, onNote? }`; see
 *   `PublishedTextOptions`
 * @returns `{ train, validation, test, vocabulary, source }`, texts with labels
 * @throws ArgumentError for a wrong count; DataError if a file is damaged, unreadable or missing: it says
 *   what to put where
 * @example
 * const { train, vocabulary } = await lid.data.yelp({ train: 30000 })
 * @see Shen et al. 2017, Style transfer from non-parallel text by cross-alignment, arXiv:1705.09655
 */
export const yelp = (options: PublishedTextOptions = {}): Promise<PublishedTexts> =>
  published(YELP, 'yelp', options)

async function published(
  set: PublishedSet,
  call: string,
  options: PublishedTextOptions,
): Promise<PublishedTexts> {
  const resolved = resolveOptions(call, options, {
    ...SOURCE_OPTIONS,
    ...VOCABULARY_OPTIONS,
    size: 20000,
    train: undefined,
    validation: undefined,
    test: undefined,
  })
  const { size, minCount, onNote } = resolved
  const wanted = [resolved.train, resolved.validation, resolved.test]
  ;(['train', 'validation', 'test'] as const).forEach((part, i) => {
    if (wanted[i] !== undefined) requireInteger(`${call}({ ${part} })`, wanted[i])
  })
  const { place, because } = await choosePlace(set, resolved)
  const table = new WordTable()
  const read = async (i: number) => {
    const remedy = remedyFor(set.name, place.kind)
    const file = await verifiedFile(place.folder, set.files[i], remedy)
    return readTexts(await piecesOf(file, remedy), file, table, { most: wanted[i] })
  }
  const first = await read(0)
  const vocabulary = vocabularyOf(first.documents, table, { size, minCount })
  const labelNames = first.labels && set === YELP ? ['negative', 'positive'] : undefined
  const encoded = (texts: NumberedTexts, part: string): TextSet =>
    new TextSet({
      name: `${set.title}, ${part}`,
      source: place.kind,
      ...inVocabulary(texts, table, vocabulary, labelNames),
    })
  const train = encoded(first, 'training')
  const validation = encoded(await read(1), 'validation')
  const test = encoded(await read(2), 'test')
  const counts = [train, validation, test].map((one) => thousands(one.size))
  const reasons = because.length > 0 ? ` (${because.join('; ')})` : ''
  onNote(
    `${set.title}, from ${place.kind === 'cache' ? 'the cache' : place.kind}: ${counts[0]} training, ${counts[1]} validation and ${counts[2]} test texts, ` +
      `${thousands(vocabulary.size)} tokens${reasons}`,
  )
  return loadedBy(call, options, { train, validation, test, vocabulary, source: place.kind })
}
