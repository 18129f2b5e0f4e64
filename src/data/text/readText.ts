import { ArgumentError } from '../../base/errors'
import { resolveOptions } from '../../base/options'
import { loadedFrom } from '../origin'
import { note, thousands, type Note } from '../../base/thousands'
import { inVocabulary, vocabularyOf } from './inVocabulary'
import { readTexts } from './readTexts'
import path from '../../platform/path'
import { piecesOf } from '../../platform/pieces'
import { TextSet } from './textSet'
import { VOCABULARY_OPTIONS, type Vocabulary, type VocabularyOptions } from './vocabulary'
import { WordTable } from './wordTable'

/** How a text file is read. */
export interface TextOptions extends VocabularyOptions {
  /** Name for charts and messages (default: the file's). */
  name?: string
  /** The vocabulary of another text set, so that both share token ids (default: made from this file). */
  vocabulary?: Vocabulary
  /**
   * True where each line is a label, a tab and the text; false where it is the text alone (default: true if
   * every line has a tab).
   */
  labelled?: boolean
  /** Names of the labels 0, 1, …, in that order. */
  labelNames?: readonly string[]
  /** Receives the line that says what was read (default: printed). */
  onNote?: Note
}

/**
 * A text file as a text set: UTF-8, one text per line, words separated by spaces, or `label TAB text`. Empty
 * lines are skipped.
 *
 * @param file its path
 * @param options `{ name?, size?, minCount?, vocabulary?, labelled?, labelNames?, onNote? }`; see
 *   `TextOptions`
 * @returns a TextSet; `split` divides it into training and test texts
 * @throws ArgumentError if it is not a path; DataError if the file cannot be read, is not UTF-8, has no
 *   texts, or has lines with and without label
 * @example
 * const { train, test } = (await lid.data.text('my-texts.txt', { size: 10000, minCount: 2 })).split({ test: 0.1 })
 */
export async function text(file: string, options: TextOptions = {}): Promise<TextSet> {
  const resolved = resolveOptions('text', options, {
    ...VOCABULARY_OPTIONS,
    name: undefined,
    vocabulary: undefined,
    labelled: undefined,
    labelNames: undefined,
    onNote: note,
  })
  if (typeof file !== 'string')
    throw new ArgumentError(
      'text(file)',
      file,
      'the path of a text file',
      "Write, say, lid.data.text('my-texts.txt').",
    )
  const { name = path.basename(file), labelNames, labelled, onNote, size, minCount } = resolved
  const table = new WordTable()
  const pieces = await piecesOf(file, 'Check the path and its permissions.')
  const texts = await readTexts(pieces, file, table, { labelled })
  const vocabulary = options.vocabulary ?? vocabularyOf(texts.documents, table, { size, minCount })
  const set = new TextSet({
    name,
    source: path.resolve(file),
    ...inVocabulary(texts, table, vocabulary, labelNames),
  })
  onNote(`${name}: ${thousands(set.size)} texts, ${thousands(vocabulary.size)} tokens`)
  return loadedFrom('text', path.resolve(file), options, set)
}
