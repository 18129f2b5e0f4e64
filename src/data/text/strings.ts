import { ArgumentError, unquoted } from '../../base/errors'
import { thousands } from '../../base/thousands'
import { codeLabels } from '../own/labels'
import type { TableSource } from '../own/table'
import { TextSet } from './textSet'
import { Vocabulary, tokensOf, type TokenKind } from './vocabulary'

interface Wanted {
  name?: string
  size: number
  minCount: number
  by: TokenKind
  unknown?: string
  vocabulary?: Vocabulary
  column?: string | number
  label?: string | number
  labels?: ArrayLike<string | number>
  labelNames?: readonly string[]
}

/** A text set of strings, and what should be said of it; strings without a token are left out with their labels. */
export function textsOfStrings(
  given: readonly string[],
  wanted: Wanted,
  source = 'strings in memory',
): [TextSet, string[]] {
  const { name, labels, labelNames, ...options } = wanted
  if (wanted.column !== undefined || wanted.label !== undefined)
    throw new ArgumentError(
      'text({ column, label })',
      wanted.column ?? wanted.label,
      'omitted for an array of strings',
      'Labels are labels: [ … ], one per text.',
    )
  const wrong = given.findIndex((one) => typeof one !== 'string')
  if (wrong >= 0)
    throw new ArgumentError(`text(source)[${wrong}]`, given[wrong], 'a string', 'Leave out such texts.')
  if (labels !== undefined && labels.length !== given.length)
    throw new ArgumentError('text({ labels })', labels, `${given.length} labels, one per text`)
  const { size, minCount, by, unknown } = options
  const kind = options.vocabulary?.by ?? by
  const kept = [...given.keys()].filter((i) => tokensOf(given[i], kind).length > 0)
  const texts = kept.map((i) => given[i])
  if (texts.length === 0)
    throw new ArgumentError(
      'text(source)',
      unquoted(`${given.length} empty texts`),
      'at least one text with a word',
    )
  const vocabulary = options.vocabulary ?? Vocabulary.of(texts, { size, minCount, by, unknown })
  const coded =
    labels &&
    codeLabels(
      kept.map((i) => labels[i]),
      'text({ labels })',
      labelNames,
    )
  const set = new TextSet({
    name: name ?? 'own texts',
    vocabulary,
    documents: texts.map((one) => vocabulary.encode(one)),
    source,
    labelNames,
    ...coded,
  })
  const empty = given.length - kept.length
  return [set, empty > 0 ? [`${thousands(empty)} empty texts left out`] : []]
}

/** The same of a column of a table. */
export function textsOfTable(
  table: TableSource,
  wanted: Wanted,
  source = 'table in memory',
): [TextSet, string[]] {
  const names = table.columnNames()
  const columnOf = (argument: string, column: string | number | undefined): string => {
    const name = typeof column === 'number' ? names[column] : column
    if (name !== undefined && names.includes(name)) return name
    throw new ArgumentError(
      argument,
      column,
      `one of the columns ${names.slice(0, 12).join(', ')}`,
      column === undefined
        ? "Say which column has the texts, and which the labels: { column: 'text', label: 'label' }."
        : '',
    )
  }
  const column = columnOf('text({ column })', wanted.column ?? (names.length === 1 ? names[0] : undefined))
  const values = Array.from(table.array(column))
  const label = wanted.label === undefined ? undefined : columnOf('text({ label })', wanted.label)
  const labels = label === undefined ? wanted.labels : (table.array(label) as ArrayLike<string | number>)
  const texts = values.map((value) => (value === null || value === undefined ? '' : String(value as number)))
  const name = wanted.name ?? column
  const others = names.filter((one) => one !== column && one !== label)
  const [set, words] = textsOfStrings(
    texts,
    { ...wanted, name, labels, column: undefined, label: undefined },
    source,
  )
  const which = `the text is ${column}${label === undefined ? '' : `, the label ${label}`}`
  const left =
    others.length > 0 ? [`left out: ${others.slice(0, 8).join(', ')}${others.length > 8 ? ', …' : ''}`] : []
  return [set, [which, ...left, ...words]]
}
