import { codeLabels, type CodedLabels } from '../own/labels'
import type { PackedTexts } from './packedTexts'
import type { NumberedTexts } from './readTexts'
import { Vocabulary, type TokenOptions } from './vocabulary'
import type { WordTable } from './wordTable'

/** The vocabulary of texts whose words a table numbers. */
export function vocabularyOf(
  { ids, starts }: PackedTexts,
  table: WordTable,
  options: TokenOptions,
): Vocabulary {
  const counts = new Uint32Array(table.size)
  for (let i = 0; i < ids.length; i++) counts[ids[i]]++
  return Vocabulary.ofCounts(table.words(), counts, starts.length, options)
}

/** Replaces the table's numbers by token ids, and numbers the labels for a text set. */
export function inVocabulary(
  { documents, labels }: NumberedTexts,
  table: WordTable,
  vocabulary: Vocabulary,
  labelNames?: readonly string[],
): { documents: PackedTexts; vocabulary: Vocabulary } & Partial<CodedLabels> {
  const { ids } = documents
  const numbers = Int32Array.from(table.words(), (word) => vocabulary.number(word))
  for (let i = 0; i < ids.length; i++) ids[i] = numbers[ids[i]]
  return { documents, vocabulary, labelNames, ...(labels && coded(labels, labelNames)) }
}

/** Integers are kept, strings numbered in sorted order. */
function coded(
  { numbers, names }: Required<NumberedTexts>['labels'],
  labelNames?: readonly string[],
): CodedLabels {
  if (!names.every((name) => /^\d{1,9}$/.test(name)))
    return codeLabels(
      Array.from(numbers, (n) => names[n]),
      'label',
      labelNames,
    )
  const values = names.map(Number)
  return { labels: numbers.map((n) => values[n]), labelNames }
}
