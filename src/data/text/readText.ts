import { ArgumentError, DataError } from '../../base/errors'
import { type OptionDefaults, resolveOptions } from '../../base/options'
import { note, type Note } from '../../base/note'
import { thousands } from '../../base/thousands'
import { readBytes } from '../../platform/files'
import path from '../../platform/path'
import { piecesOf } from '../../platform/pieces'
import { loadedFrom } from '../origin'
import { tableOfDelimited } from '../own/delimited'
import { isTable, type TableSource } from '../own/table'
import { textOfTable } from '../own/tableText'
import { inVocabulary, vocabularyOf } from './inVocabulary'
import { firstLines, layoutOf } from './layout'
import { readTexts } from './readTexts'
import { remarksOnTokens } from './remarks'
import { withPlainSpaces } from './spaces'
import { textsOfTable, textsOfStrings } from './strings'
import { TextSet } from './textSet'
import { TOKEN_OPTIONS, requireTokenKind, type TokenOptions, type Vocabulary } from './vocabulary'
import { WordTable } from './wordTable'

/** How texts are read. */
export interface TextOptions extends TokenOptions {
  /** Name for charts and messages (default: the file's). */
  name?: string
  /** The vocabulary of another text set, so that both share token ids (default: made from this file). */
  vocabulary?: Vocabulary
  /**
   * True where each line is a label, a tab and the text; false where it is the text alone (default: recognised).
   */
  labelled?: boolean
  /** Which field of a line, or column of a table, is the text: its name, or its number from 0. */
  column?: string | number
  /** Which field or column is the label. */
  label?: string | number
  /** Array: a string or a number per text. */
  labels?: ArrayLike<string | number>
  /** Names of the labels 0, 1, …, in that order. */
  labelNames?: readonly string[]
  /** Receives the line that says what was read (default: printed). */
  onNote?: Note
}

const TEXT_OPTIONS = {
  ...TOKEN_OPTIONS,
  name: undefined,
  vocabulary: undefined,
  labelled: undefined,
  column: undefined,
  label: undefined,
  labels: undefined,
  labelNames: undefined,
  onNote: note,
} satisfies OptionDefaults<TextOptions>

/**
 * Texts as a text set. A file is UTF-8 with one text per line, or fields that tabs separate, of which one is the
 * text and one may be the label; a line of names, and which field is which, are recognised, and said. Words are
 * separated by spaces of any kind. Empty lines are skipped.
 *
 * @param source path of a text file or of a CSV (with `column`), an array of strings, or a table (with `column`)
 * @param options `{ name?, size?, minCount?, by = 'words', unknown?, vocabulary?, labelled?, column?, label?,
 *   labels?, labelNames?, onNote? }`; see `TextOptions`
 * @returns a TextSet; `split` divides it into training and test texts
 * @throws ArgumentError if it is none of these, or a field does not exist; DataError if the file cannot be read, is
 *   not UTF-8, has no texts, or has lines with and without label
 * @example
 * const { train, test } = (await lid.data.text('my-texts.txt', { size: 10000, minCount: 2 })).split({ test: 0.1 })
 * const molecules = await lid.data.text(['CCO', 'c1ccccc1'], { by: 'characters' })
 */
export async function text(
  source: string | readonly string[] | TableSource,
  options: TextOptions = {},
): Promise<TextSet> {
  const resolved = resolveOptions('text', options, TEXT_OPTIONS)
  requireTokenKind(options.vocabulary?.by ?? resolved.by)
  if (Array.isArray(source)) return say(...textsOfStrings(source as readonly string[], resolved), resolved)
  if (isTable(source)) return say(...textsOfTable(source, resolved), resolved)
  if (typeof source !== 'string')
    throw new ArgumentError(
      'text(source)',
      source,
      'the path of a text file, an array of strings or a table',
      "Write, say, lid.data.text('my-texts.txt').",
    )
  if (resolved.labels !== undefined)
    throw new ArgumentError(
      'text({ labels })',
      resolved.labels,
      'omitted for a file',
      'Its field is label: 0, say.',
    )
  const name = resolved.name ?? path.basename(source)
  if (/\.csv$/i.test(source)) {
    const read = textOfTable(await readBytes(source, 'Check the path and its permissions.'))
    if (read === undefined) throw new DataError(`${source} is not UTF-8. Save it as UTF-8.`)
    const table = tableOfDelimited(read, { file: name })
    const [set, words] = textsOfTable(table, { ...resolved, name }, path.resolve(source))
    return loadedFrom('text', path.resolve(source), options, say(set, words, resolved))
  }
  const { by, unknown, size, minCount, labelNames, labelled } = resolved
  const table = new WordTable()
  const pieces = withPlainSpaces(await piecesOf(source, 'Check the path and its permissions.'))
  const { layout, words } = layoutOf(await firstLines(pieces), resolved)
  const characters = (options.vocabulary?.by ?? by) === 'characters'
  const texts = await readTexts(pieces, source, table, { labelled, layout, characters })
  const vocabulary =
    options.vocabulary ?? vocabularyOf(texts.documents, table, { size, minCount, by, unknown })
  const set = new TextSet({
    name,
    source: path.resolve(source),
    ...inVocabulary(texts, table, vocabulary, labelNames),
  })
  const skipped = texts.empty > 0 ? [`${thousands(texts.empty)} empty lines skipped`] : []
  say(set, [words, ...skipped], resolved)
  return loadedFrom('text', path.resolve(source), options, set)
}

/** Says what was read and what separated what. */
function say(
  set: TextSet,
  words: readonly string[],
  { onNote, unknown }: { onNote: Note; unknown?: string },
): TextSet {
  const { name, size, vocabulary } = set
  onNote(
    [
      `${name}: ${thousands(size)} texts, ${thousands(vocabulary.size)} tokens`,
      ...words,
      ...remarksOnTokens(set, unknown),
    ].join('; '),
  )
  return set
}
