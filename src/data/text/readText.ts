import path from 'node:path'
import { ArgumentError, DataError } from '../../errors'
import { requireOptions, type OptionNames } from '../../options'
import { readBytes } from '../files'
import { loadedFrom } from '../origin'
import { note, type Note } from '../note'
import { codeLabels } from '../own/labels'
import { TextSet } from './textSet'
import { VOCABULARY_OPTIONS, Vocabulary, type VocabularyOptions } from './vocabulary'

/** How a text file is read. */
export interface TextOptions extends VocabularyOptions {
  /** Name for charts and messages (default: the file's). */
  name?: string
  /** The vocabulary of another text set, so that both share their numbers (default: made of this file). */
  vocabulary?: Vocabulary
  /** True where each line is a label, a tab and the text; false where it is the text alone (default: true if every line has a tab). */
  labelled?: boolean
  /** What the labels 0, 1, … are called, in that order. */
  labelNames?: readonly string[]
  /** Receives the line that says what was read (default: printed). */
  onNote?: Note
}

const TEXT_OPTIONS: OptionNames<TextOptions> = {
  ...VOCABULARY_OPTIONS,
  name: true,
  vocabulary: true,
  labelled: true,
  labelNames: true,
  onNote: true,
}

/** Lines of a text file. */
export interface Lines {
  texts: string[]
  /** The label of each, where the file has them. */
  labels?: string[]
}

/**
 * A text file as a text set: UTF-8, a text a line, words with spaces between, or `label TAB text`. Empty lines are passed over.
 *
 * @param file its path
 * @param options `{ name?, size?, minCount?, vocabulary?, labelled?, labelNames?, onNote? }`; see `TextOptions`
 * @returns a TextSet; `split` makes training and test texts of it
 * @throws DataError when the file cannot be read, is no UTF-8 text, has no texts, or a line without label among labelled ones
 * @example
 * const { train, test } = (await lid.data.text('my-texts.txt', { size: 10000, minCount: 2 })).split({ test: 0.1 })
 */
export async function text(file: string, options: TextOptions = {}): Promise<TextSet> {
  requireOptions('text', options, TEXT_OPTIONS)
  if (typeof file !== 'string')
    throw new ArgumentError(
      'text(file)',
      file,
      'the path of a text file',
      "Write, say, lid.data.text('my-texts.txt').",
    )
  const { name = path.basename(file), labelNames, labelled, onNote = note } = options
  const bytes = await readBytes(file, 'Check the path and its permissions.')
  const lines = readLines(bytes, file, labelled)
  const vocabulary =
    options.vocabulary ?? Vocabulary.of(lines.texts, { size: options.size, minCount: options.minCount })
  const set = textSetOf(lines, { name, vocabulary, labelNames, source: path.resolve(file) })
  onNote(
    `${name}: ${set.size.toLocaleString('en-US')} texts, ${vocabulary.size.toLocaleString('en-US')} words and marks`,
  )
  return options.vocabulary ? set : loadedFrom('text', path.resolve(file), options, set)
}

/** Lines as numbers. */
export function textSetOf(
  { texts, labels }: Lines,
  options: { name: string; vocabulary: Vocabulary; labelNames?: readonly string[]; source: string },
): TextSet {
  const whole = labels?.every((label) => /^\d{1,9}$/.test(label))
  const coded = labels && codeLabels(whole ? labels.map(Number) : labels, 'label', options.labelNames)
  return new TextSet({
    ...options,
    ...coded,
    documents: options.vocabulary.encodeAll(texts),
  })
}

const MOST_BYTES = 2 ** 29 - 64

/**
 * The lines of a text file and their labels.
 *
 * @param bytes of the whole file
 * @param file what error messages call it
 * @param labelled whether there are labels; by default, where every line has a tab
 * @throws DataError naming the file, and the line where one is wrong
 */
export function readLines(bytes: Uint8Array, file: string, labelled?: boolean): Lines {
  const fail = (problem: string): never => {
    throw new DataError(`${file} ${problem}`)
  }
  if (bytes.length > MOST_BYTES) fail('has more than 512 MiB. Cut it into several files.')
  let content = ''
  try {
    content = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    fail('is no UTF-8 text. Convert it, or check that it is the right file.')
  }
  const lines = content.split('\n')
  const isText = (line: string) => line.trim() !== ''
  if (!lines.some(isText)) fail('has no texts. Write one a line.')
  const withTabs = labelled ?? lines.every((line) => line.includes('\t') || !isText(line))
  const texts: string[] = []
  const labels: string[] = []
  lines.forEach((whole, i) => {
    if (!isText(whole)) return
    const line = whole.endsWith('\r') ? whole.slice(0, -1) : whole
    if (!withTabs) {
      texts.push(line)
      return
    }
    const at = line.indexOf('\t')
    if (at < 1)
      fail(
        `has no label before a tab in line ${i + 1}. Write label, tab, text in every line, or say labelled: false.`,
      )
    labels.push(line.slice(0, at).trim())
    texts.push(line.slice(at + 1))
  })
  return withTabs ? { texts, labels } : { texts }
}
