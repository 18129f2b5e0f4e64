import { DataError } from '../../base/errors'
import { isUtf8 } from '../../platform/bytes'
import type { Pieces } from '../../platform/pieces'
import type { Layout } from './layout'
import type { PackedTexts } from './packedTexts'
import { WordTable } from './wordTable'

/** The texts of a file, their words as numbers in a table. */
export interface NumberedTexts {
  documents: PackedTexts
  /** If the file has labels: the label of each text, as an index of `names`. */
  labels?: { numbers: Int32Array; names: string[] }
  /** How many lines have no text. */
  empty: number
}

/** Which texts of a file to read. */
export interface Wanted {
  /** Whether there are labels; by default if every line has a tab. */
  labelled?: boolean
  /** How many of the first ones; by default all. */
  most?: number
  /** The fields of a line, if they are not a label and a text. */
  layout?: Layout
  /** Whether characters are the tokens, not words. */
  characters?: boolean
}

const [TAB, NEWLINE, RETURN, SPACE] = [9, 10, 13, 32]
const MOST_BYTES = 2 ** 29 - 64

/**
 * Numbers the words of a text file, which spaces and tabs separate, or its characters. It reads the file
 * twice, to count and to number, and keeps words as bytes: strings would take ten times the memory of their
 * numbers.
 *
 * @param pieces of the file
 * @param file its name in error messages
 * @param table receives the new words
 * @throws DataError that names the file, and the line if one is wrong
 */
export async function readTexts(
  pieces: Pieces,
  file: string,
  table: WordTable,
  { labelled, most = Infinity, layout, characters = false }: Wanted = {},
): Promise<NumberedTexts> {
  const fail = (problem: string): never => {
    throw new DataError(`${file} ${problem}`)
  }
  let [lines, withTab, mostWords, header] = [0, 0, 0, layout?.header === true]
  const empty = await eachText(pieces, fail, (bytes, start, end) => {
    if (header) {
      header = false
      return
    }
    const tab = bytes.indexOf(TAB, start)
    if (tab >= 0 && tab < end) withTab++
    if (++lines > most) return
    if (characters) mostWords += end - start
    else for (let at = start; at < end; at++) if (isGap(bytes[at])) mostWords++
    mostWords++
  })
  if (lines === 0) fail('has no texts. Write one per line.')
  const size = Math.min(lines, most)
  const [ids, starts, ends] = [new Int32Array(mostWords), new Uint32Array(size), new Uint32Array(size)]
  const [names, numbers] = [new WordTable(), new Int32Array(size)]
  const withLabels = layout ? layout.label !== undefined : (labelled ?? withTab === lines)
  const addTokens = characters ? addCharacters : addWords
  header = layout?.header === true
  let [texts, words] = [0, 0]
  await eachText(pieces, fail, (bytes, start, end, line) => {
    if (header) {
      header = false
      return
    }
    let at = start
    if (layout) {
      const fields = fieldsOf(bytes, start, end)
      if (fields.length !== layout.fields)
        fail(
          `has ${fields.length} fields in line ${line}, and ${layout.fields} in others. Tabs separate fields.`,
        )
      if (layout.label !== undefined && texts < size)
        numbers[texts] = names.number(bytes, ...trimmed(bytes, ...fields[layout.label]))
      ;[at, end] = fields[layout.text]
    } else if (withLabels) {
      const tab = bytes.indexOf(TAB, start)
      if (tab <= start || tab >= end)
        fail(
          `has no label before a tab in line ${line}. Write label, tab, text in every line, or give labelled: false.`,
        )
      if (texts < size) numbers[texts] = names.number(bytes, start, tab)
      at = tab + 1
    }
    if (texts === size) return
    starts[texts] = words
    words = addTokens(bytes, at, end, table, ids, words)
    ends[texts++] = words
  })
  if (texts < size || words > mostWords) fail('changed while it was read. Load it again.')
  const documents = { ids: ids.subarray(0, words), starts, ends }
  if (!withLabels) return { documents, empty }
  return { documents, empty, labels: { numbers, names: names.words().map((name) => name.trim()) } }
}

type AddTokens = (
  bytes: Buffer,
  start: number,
  end: number,
  table: WordTable,
  ids: Int32Array,
  count: number,
) => number

const addWords: AddTokens = (bytes, start, end, table, ids, count) => {
  for (let at = start; at < end; at++) {
    const from = at
    while (at < end && !isGap(bytes[at])) at++
    if (at > from) ids[count++] = table.number(bytes, from, at)
  }
  return count
}

/** Every character, runs of spaces as one, none at the ends. */
const addCharacters: AddTokens = (bytes, start, end, table, ids, count) => {
  const [first, last] = trimmed(bytes, start, end)
  for (let at = first; at < last;) {
    const from = at
    if (isGap(bytes[at])) {
      while (isGap(bytes[at])) at++
      ids[count++] = table.number(ONE_SPACE, 0, 1)
    } else {
      // The first byte of a character in UTF-8; its others begin with the bits 10.
      for (at++; at < last && (bytes[at] & 0xc0) === 0x80;) at++
      ids[count++] = table.number(bytes, from, at)
    }
  }
  return count
}

const ONE_SPACE = Buffer.of(SPACE)

/** Start and end without spaces. */
function trimmed(bytes: Buffer, start: number, end: number): [number, number] {
  while (start < end && isGap(bytes[start])) start++
  while (end > start && isGap(bytes[end - 1])) end--
  return [start, end]
}

/** Start and end of each field of a line. */
function fieldsOf(bytes: Buffer, start: number, end: number): [number, number][] {
  const fields: [number, number][] = []
  for (let at = start; at <= end;) {
    const tab = bytes.indexOf(TAB, at)
    const stop = tab < 0 || tab > end ? end : tab
    fields.push([at, stop])
    at = stop + 1
  }
  return fields
}

const isGap = (byte: number): boolean => byte === SPACE || byte === TAB

/**
 * Visits every non-empty line: its start and end in the piece, without line endings, and its line number.
 *
 * @returns how many lines are empty
 */
async function eachText(
  pieces: Pieces,
  fail: (problem: string) => never,
  visit: (bytes: Buffer, start: number, end: number, line: number) => void,
): Promise<number> {
  let [line, size, empty] = [0, 0, 0]
  for await (const bytes of pieces()) {
    if ((size += bytes.length) > MOST_BYTES) fail('has more than 512 MiB. Cut it into several files.')
    if (!isUtf8(bytes)) fail('is not UTF-8. Convert it, or check that it is the right file.')
    let start = line === 0 && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0
    while (start < bytes.length) {
      const newline = bytes.indexOf(NEWLINE, start)
      const end = newline < 0 ? bytes.length : newline
      line++
      if (hasText(bytes, start, end)) visit(bytes, start, bytes[end - 1] === RETURN ? end - 1 : end, line)
      else empty++
      start = end + 1
    }
  }
  return empty
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff')

/** Whether it contains anything but space. */
function hasText(bytes: Buffer, start: number, end: number): boolean {
  // A printable ASCII character, usually the first one, decides at once.
  for (let i = start; i < end; i++) if (bytes[i] > 32 && bytes[i] < 127) return true
  return bytes.toString('utf8', start, end).trim() !== ''
}
