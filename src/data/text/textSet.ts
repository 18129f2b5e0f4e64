import { table as arqueroTable } from 'arquero'
import type ColumnTable from 'arquero/dist/types/table/column-table'
import { permutation, streamKey } from '../../compute/streams'
import { ArgumentError, requireInteger } from '../../base/errors'
import { resolveOptions } from '../../base/options'
import { counted, withConsoleSummary } from '../../base/consoleSummary'
import { SPLIT_OPTIONS, type SplitOptions } from '../dataset'
import { derivedFrom } from '../origin'
import { packed, selected, type PackedTexts } from './packedTexts'
import type { Vocabulary } from './vocabulary'

/** Options of `new TextSet`. */
export interface TextSetOptions {
  /** Short name, for charts and messages. */
  name: string
  /** The vocabulary. */
  vocabulary: Vocabulary
  /** Token ids of each text, without `<s>` and `</s>`: one array per text, or all in one. */
  documents: readonly Int32Array[] | PackedTexts
  /** One integer per text, from 0. */
  labels?: Int32Array
  /** Name of each label. */
  labelNames?: readonly string[]
  /** Where the texts come from. */
  source: string
}

/**
 * Texts in memory as token ids, with labels if there are any.
 *
 * @example
 * const { train } = await lid.data.yelp()
 * train.text(0)
 * train.table().groupby('words').count().print()
 */
export class TextSet {
  /** Short name, for charts and messages. */
  readonly name: string
  /** The vocabulary. */
  readonly vocabulary: Vocabulary
  /** The token ids of all texts, without `<s>` and `</s>`. */
  readonly packed: PackedTexts
  /** One integer per text, from 0, `[size]`, if there are labels. */
  readonly labels?: Int32Array
  /** Name of each label. */
  readonly labelNames?: readonly string[]
  /** Where the texts come from. */
  readonly source: string
  private views: readonly Int32Array[] | undefined

  constructor(options: TextSetOptions) {
    const { name, vocabulary, documents, labels, labelNames, source } = resolveOptions(
      'new TextSet',
      options,
      {
        name: undefined,
        vocabulary: undefined,
        documents: undefined,
        labels: undefined,
        labelNames: undefined,
        source: undefined,
      },
      '{ name, vocabulary, documents, source }',
    )
    const texts = 'ids' in documents ? documents : packed(documents)
    const size = texts.starts.length
    if (size === 0)
      throw new ArgumentError(
        `\`documents\` of text set ${name}`,
        documents,
        'at least one text',
        'Check the file it was made from.',
      )
    if (labels && labels.length !== size)
      throw new ArgumentError(`\`labels\` of text set ${name}`, labels, `${size} labels, one per text`)
    const end = labelNames?.length ?? Infinity
    const wrong = labels?.find((label) => !(label >= 0 && label < end))
    if (wrong !== undefined)
      throw new ArgumentError(
        `\`labels\` of text set ${name}`,
        wrong,
        labelNames ? `integers from 0 to ${end - 1}` : 'integers ≥ 0',
        'Name every label, or correct it.',
      )
    this.name = name
    this.vocabulary = vocabulary
    this.packed = texts
    this.labels = labels
    this.labelNames = labelNames
    this.source = source
  }

  /** Number of texts. */
  get size(): number {
    return this.packed.starts.length
  }

  /** The token ids of each text, without `<s>` and `</s>`: views, created on first use. */
  get documents(): readonly Int32Array[] {
    const { ids, starts, ends } = this.packed
    return (this.views ??= Array.from(starts, (start, i) => ids.subarray(start, ends[i])))
  }

  /**
   * A text as a string; words outside the vocabulary are `_UNK`.
   *
   * @param index of the text, from 0
   * @returns its words, separated by spaces
   * @throws ArgumentError for a text that does not exist
   * @example
   * const { train } = await lid.data.yelp()
   * console.log(train.text(0))
   */
  text(index: number): string {
    this.requireText(index)
    return this.vocabulary.decode(this.documents[index])
  }

  /**
   * The first `count` texts (all if there are fewer).
   *
   * @param count number of them
   * @returns a text set over the same memory
   * @throws ArgumentError if `count` is not an integer ≥ 1
   * @example
   * const small = (await lid.data.yelp()).train.take(1000)
   */
  take(count: number): TextSet {
    requireInteger('take(count)', count)
    const { ids, starts, ends } = this.packed
    const part = this.but({
      documents: { ids, starts: starts.subarray(0, count), ends: ends.subarray(0, count) },
      labels: this.labels?.slice(0, count),
    })
    return derivedFrom(this, 'take', [count], part)
  }

  /**
   * The texts at `indices` with their labels, in that order.
   *
   * @param indices numbers of texts from 0, in any order, repeated or not
   * @returns a text set over the same memory
   * @throws ArgumentError for a text that does not exist, or without texts
   * @example
   * const chosen = (await lid.data.yelp()).train.select([3, 1, 4])
   */
  select(indices: ArrayLike<number>): TextSet {
    const list = Array.from(indices)
    return derivedFrom(this, 'select', [list], this.selected(list))
  }

  private selected(list: readonly number[]): TextSet {
    const { labels } = this
    list.forEach((index) => this.requireText(index))
    return this.but({
      documents: selected(this.packed, list),
      labels: labels && Int32Array.from(list, (index) => labels[index]),
    })
  }

  /**
   * Splits this text set in two at random, by a seed; each text is in exactly one part, and both keep the
   * vocabulary.
   *
   * @param options `{ test = 0.2, seed = 0 }`; see `SplitOptions`
   * @returns `{ train, test }`; the same seed gives the same texts in the same order
   * @throws ArgumentError if either part would have no texts
   * @example
   * const { train, test } = (await lid.data.text('my-texts.txt')).split({ test: 0.1, seed: 1 })
   */
  split(options: SplitOptions = {}): { train: TextSet; test: TextSet } {
    const { test, seed } = resolveOptions('split', options, SPLIT_OPTIONS)
    requireInteger('split({ seed })', seed, 0)
    const count = Number.isInteger(test) ? test : Math.round(test * this.size)
    if (!(count >= 1 && count < this.size))
      throw new ArgumentError(
        'split({ test })',
        test,
        `a fraction between 0 and 1 or a number of texts from 1 to ${this.size - 1}`,
        'Give 0.2 for a fifth, or a number of texts.',
      )
    const order = permutation(this.size, streamKey(seed, 'sampling', 'split'))
    const part = (name: string, rows: Uint32Array) =>
      this.selected(Array.from(rows)).but({ name: `${this.name}, ${name}` })
    const parts = {
      train: part('training', order.subarray(count)),
      test: part('test', order.subarray(0, count)),
    }
    for (const [which, one] of Object.entries(parts)) derivedFrom(this, 'split', [{ test, seed }, which], one)
    return parts
  }

  /**
   * An arquero table with one row per text: `index`, `words` (how many), `unknown` (how many of them are not
   * in the vocabulary), `label` and `labelName` if known.
   *
   * @returns a table of `size` rows
   * @example
   * (await lid.data.yelp()).test.table().groupby('labelName').count().print()
   */
  table(): ColumnTable {
    const { documents, labels, labelNames } = this
    const columns: Record<string, unknown> = {
      index: Int32Array.from({ length: this.size }, (_, i) => i),
      words: Int32Array.from(documents, (document) => document.length),
      unknown: Int32Array.from(documents, (document) =>
        document.reduce((sum, id) => sum + (id === 2 ? 1 : 0), 0),
      ),
      ...(labels && { label: labels }),
      ...(labels && labelNames && { labelName: Array.from(labels, (label) => labelNames[label]) }),
    }
    return arqueroTable(columns as never)
  }

  /** The same set with changes. */
  private but(changes: Partial<TextSetOptions>): TextSet {
    const { name, vocabulary, packed: documents, labels, labelNames, source } = this
    return new TextSet({ name, vocabulary, documents, labels, labelNames, source, ...changes })
  }

  private requireText(index: number): void {
    if (!(Number.isInteger(index) && index >= 0 && index < this.size))
      throw new ArgumentError(
        `index in text set ${this.name}`,
        index,
        `an integer from 0 to ${this.size - 1}`,
      )
  }
}

/** `Yelp, training: 100,000 texts over 20,000 tokens, 2 labels; LIDVAE_DATA`. */
withConsoleSummary(TextSet.prototype, ({ name, size, vocabulary, labels, labelNames, source }) => {
  const of = labels ? `, ${counted(labelNames?.length ?? new Set(labels).size, 'label')}` : ''
  return `${name}: ${counted(size, 'text')} over ${vocabulary.size.toLocaleString('en-US')} tokens${of}; ${source}`
})
