import type { Pieces } from '../../platform/pieces'
import { ArgumentError } from '../../base/errors'

/** Where the fields of a line are, which tabs separate. */
export interface Layout {
  /** Fields of every line; 0 if lines may differ: then the label ends at the first tab. */
  fields: number
  /** The field of the text, from 0. */
  text: number
  /** The field of the label. */
  label?: number
  /** Whether the first line has the names of the fields. */
  header: boolean
}

/** What the user says of it: fields by number from 0, or by name of the first line. */
export interface WantedLayout {
  column?: string | number
  label?: string | number
  labelled?: boolean
}

/** A layout and what should be said of it. */
export interface FoundLayout {
  layout?: Layout
  /** What separates what. */
  words: string
}

/** Lines by which the layout is recognised. */
const SOME = 2000

/** The first lines of a text, by field. */
export async function firstLines(pieces: Pieces): Promise<string[][]> {
  const lines: string[][] = []
  for await (const bytes of pieces()) {
    for (const line of bytes
      .toString('utf8')
      .replace(/^\ufeff/, '')
      .split('\n')) {
      if (line.trim() !== '') lines.push(line.replace(/\r$/, '').split('\t'))
      if (lines.length === SOME) return lines
    }
  }
  return lines
}

/**
 * Which field is the text and which the label: with two fields the label is before the tab, unless what comes
 * after it has few different values and the words are before it; with more fields the text has the most words, and
 * the label the fewest values.
 */
export function layoutOf(lines: readonly string[][], wanted: WantedLayout): FoundLayout {
  const fields = lines[0]?.length ?? 0
  const even = fields > 1 && lines.every((line) => line.length === fields)
  if (wanted.column !== undefined || wanted.label !== undefined) return given(lines, wanted, fields)
  if (wanted.labelled !== undefined || !even) return { words: simple(lines, wanted.labelled) }
  const names = namesIn(lines)
  const body = names ? lines.slice(1) : lines
  const all = Array.from({ length: fields }, (_, field) => statsOf(body, field))
  const { text, label } = { ...guess(all, body.length), ...byName(names ?? []) }
  // A label that occurs below is no name.
  const header =
    names !== undefined && !body.some((line) => label !== undefined && line[label].trim() === names[label])
  const layout = { fields, text, label, header }
  const usual = fields === 2 && label === 0 && !layout.header
  return { layout: usual ? undefined : layout, words: describe(layout, lines, all) }
}

function simple(lines: readonly string[][], labelled?: boolean): string {
  const withTab = lines.filter((line) => line.length > 1).length
  if (labelled ?? (withTab > 0 && withTab === lines.length)) return 'a label, a tab and a text per line'
  return `one text per line${withTab > 0 ? ', tabs are spaces' : ''}`
}

/** The fields that the user names, by number from 0 or by the names in the first line. */
function given(lines: readonly string[][], { column, label }: WantedLayout, fields: number): FoundLayout {
  const names = (lines[0] ?? []).map((name) => name.trim())
  const fieldOf = (argument: string, field: string | number): number => {
    const at = typeof field === 'number' ? field : names.indexOf(field)
    if (Number.isInteger(at) && at >= 0 && at < fields) return at
    throw new ArgumentError(
      argument,
      field,
      typeof field === 'number'
        ? `a field from 0 to ${fields - 1}`
        : `one of ${names.slice(0, 12).join(', ')}`,
      fields < 2 ? 'Tabs separate the fields of a line: this file has one field.' : '',
    )
  }
  const labelAt = label === undefined ? undefined : fieldOf('text({ label })', label)
  const text =
    column === undefined ? (fields === 2 && labelAt === 0 ? 1 : 0) : fieldOf('text({ column })', column)
  const all = Array.from({ length: fields }, (_, field) => statsOf(lines, field))
  const header = typeof column === 'string' || typeof label === 'string' || namesIn(lines) !== undefined
  const layout = { fields, text, label: labelAt, header }
  return { layout, words: describe(layout, lines, all) }
}

interface Stats {
  different: number
  words: number
}

function statsOf(lines: readonly string[][], field: number): Stats {
  const values = lines.map((line) => (line[field] ?? '').trim())
  const words = values.reduce((sum, value) => sum + value.split(/\s+/).length, 0) / values.length
  return { different: new Set(values).size, words }
}

/** The fields of text and label; of two the label is the first unless it is clear that it is the second. */
function guess(all: readonly Stats[], size: number): { text: number; label?: number } {
  const isLabel = ({ different, words }: Stats): boolean => words < 1.5 && 2 * different <= size
  if (all.length === 2) {
    const clear = size >= 4 && isLabel(all[1]) && !isLabel(all[0]) && all[0].words > all[1].words
    return clear ? { text: 0, label: 1 } : { text: 1, label: 0 }
  }
  const text = all.reduce((best, { words }, field) => (words > all[best].words ? field : best), 0)
  const label = all.findIndex((one, field) => field !== text && isLabel(one))
  return { text, label: label < 0 ? undefined : label }
}

const LABEL = /^(labels?|class|target|category|sentiment|score|stars|rating|topic)$/i
const TEXT = /^(texts?|sentences?|reviews?|content|document|comment|smiles)$/i
const OTHER = /^(id|index|idx)$/i

/** The names in the first line, if it has some: one of them is usual, and all are single words. */
function namesIn(lines: readonly string[][]): string[] | undefined {
  const names = lines[0].map((name) => name.trim())
  const isNames = lines.length > 1 && names.every((name) => /^[\p{L}_]\S*$/u.test(name))
  return isNames && names.some((name) => LABEL.test(name) || TEXT.test(name) || OTHER.test(name))
    ? names
    : undefined
}

/** The fields that are called text and label. */
function byName(names: readonly string[]): { text?: number; label?: number } {
  const [text, label] = [TEXT, LABEL].map((name) => names.findIndex((one) => name.test(one)))
  const two = names.length === 2
  if (text < 0 && label < 0) return {}
  if (text < 0) return two ? { label, text: 1 - label } : { label }
  if (label < 0) return two ? {} : { text }
  return { text, label }
}

function describe(
  { text, label, header, fields }: Layout,
  lines: readonly string[][],
  all: readonly Stats[],
): string {
  const called = (field: number): string => (header ? `'${lines[0][field].trim()}'` : `field ${field}`)
  const names = header ? '; the first line has the names of the fields' : ''
  const odd = label !== undefined && lines.length >= 4 && 10 * all[label].different > 9 * lines.length
  const remark = odd
    ? `; the labels differ in nearly every line: choose the fields with column and label`
    : ''
  if (fields === 2 && label !== undefined)
    return `a ${label === 0 ? 'label' : 'text'}, a tab and a ${label === 0 ? 'text' : 'label'} per line${names}${remark}`
  const others = all.flatMap((_, field) => (field === text || field === label ? [] : [called(field)]))
  const left = others.length > 0 ? `; left out: ${others.join(', ')} (choose with column and label)` : ''
  return `tabs between ${fields} fields: the text is ${called(text)}${label === undefined ? '' : `, the label ${called(label)}`}${names}${left}${remark}`
}
