import { ArgumentError, requireInteger } from '../../base/errors'
import { type OptionDefaults, resolveOptions } from '../../base/options'
import { printedAs } from '../../base/consoleSummary'
import { withProvenance } from '../../base/provenance'

/** Begins every text. */
export const START = '<s>'
/** Ends every text. */
export const END = '</s>'
/** Stands for every word that is not in the vocabulary. */
export const UNKNOWN = '_UNK'

/** Which words a vocabulary takes. */
export interface VocabularyOptions {
  /** The most entries, `<s>`, `</s>` and `_UNK` included: the most frequent words (default: no limit). */
  size?: number
  /** Leave out words that come less often than this (default: 1). */
  minCount?: number
}

/** Their defaults. */
export const VOCABULARY_OPTIONS = {
  size: Infinity,
  minCount: 1,
} satisfies OptionDefaults<VocabularyOptions>

/**
 * The words that have a number: 0 is `<s>`, 1 `</s>`, 2 `_UNK`, then the words, the most frequent first.
 *
 * @example
 * const vocabulary = lid.Vocabulary.of(['a b a', 'c a'], { minCount: 2 })
 * vocabulary.words // ['<s>', '</s>', '_UNK', 'a']
 */
export class Vocabulary {
  /** The word of each number. */
  readonly words: readonly string[]
  /** How often each came in the texts it was made of: `</s>` and `<s>` once a text, `_UNK` for all words left out. */
  readonly counts: readonly number[]
  private readonly numbers: ReadonlyMap<string, number>

  private constructor(words: readonly string[], counts: readonly number[]) {
    this.words = words
    this.counts = counts
    // Without <s> and </s>: a text that has such a word must not begin or end in its middle.
    const numbers = new Map<string, number>()
    for (let i = 2; i < words.length; i++) numbers.set(words[i], i)
    this.numbers = numbers
    withProvenance('Vocabulary', [words, counts], this)
  }

  /**
   * A vocabulary out of its parts, as a saved model keeps them.
   *
   * @param words the word of each number, the marks included
   * @param counts how often each came
   * @returns the vocabulary
   * @throws ArgumentError where the first three are not the marks, or there are not as many counts
   * @example
   * const { words, counts } = lid.Vocabulary.of(['so it is'])
   * const same = lid.Vocabulary.from(words, counts)
   */
  static from(words: readonly string[], counts: readonly number[]): Vocabulary {
    const marks = [START, END, UNKNOWN].every((mark, i) => words[i] === mark)
    if (!marks || words.length < 4 || words.length !== counts.length)
      throw new ArgumentError(
        'words',
        words,
        `${START}, ${END}, ${UNKNOWN} and words, a count for each`,
        'Make a new one: Vocabulary.of(texts).',
      )
    return new Vocabulary(words, counts)
  }

  /**
   * The vocabulary of some texts: words by how often they come, those that come alike often by their letters' codes.
   *
   * @param texts one text each, words with spaces between
   * @param options `{ size?, minCount = 1 }`
   * @returns the vocabulary
   * @throws ArgumentError for a size below 4 or a count below 1
   * @example
   * const vocabulary = lid.Vocabulary.of(['so it is', 'so it was'], { size: 5 })
   */
  static of(texts: Iterable<string>, options: VocabularyOptions = {}): Vocabulary {
    const resolved = resolveOptions('Vocabulary.of', options, VOCABULARY_OPTIONS)
    const counts = new Map<string, number>()
    let lines = 0
    for (const text of texts) {
      lines++
      for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1)
    }
    return Vocabulary.ofCounts([...counts.keys()], [...counts.values()], lines, resolved)
  }

  /**
   * The vocabulary of words that have been counted: as `of` makes it of the texts themselves.
   *
   * @param words each word once
   * @param counts how often each comes, `[words]`
   * @param texts number of texts
   * @param options `{ size?, minCount = 1 }`
   * @returns the vocabulary
   * @throws ArgumentError for a size below 4 or a count below 1
   * @example
   * const vocabulary = lid.Vocabulary.ofCounts(['so', 'it', 'is', 'was'], [2, 2, 1, 1], 2)
   */
  static ofCounts(
    words: readonly string[],
    counts: ArrayLike<number>,
    texts: number,
    options: VocabularyOptions = {},
  ): Vocabulary {
    const { size, minCount } = resolveOptions('Vocabulary.ofCounts', options, VOCABULARY_OPTIONS)
    if (size !== Infinity) requireInteger('size of the vocabulary', size, 4)
    requireInteger('minCount', minCount)
    const marks = [START, END, UNKNOWN]
    const order = [...words.keys()]
      .filter((n) => counts[n] >= minCount && !marks.includes(words[n]))
      .sort((a, b) => counts[b] - counts[a] || (words[a] < words[b] ? -1 : 1))
      .slice(0, size - 3)
    let unknown = 0
    for (let n = 0; n < words.length; n++) unknown += counts[n]
    for (const n of order) unknown -= counts[n]
    return new Vocabulary(
      [...marks, ...order.map((n) => words[n])],
      [texts, texts, unknown, ...order.map((n) => counts[n])],
    )
  }

  /** Number of entries. */
  get size(): number {
    return this.words.length
  }

  /**
   * The number of a word.
   *
   * @param word one word
   * @returns its number, 2 for a word that is not in the vocabulary
   * @example
   * const number = lid.Vocabulary.of(['so it is']).number('so')
   */
  number(word: string): number {
    return this.numbers.get(word) ?? 2
  }

  /**
   * The numbers of a text's words, without `<s>` and `</s>`.
   *
   * @param text words with spaces between
   * @returns `[words]`, 2 for a word that is not in the vocabulary
   * @example
   * const ids = lid.Vocabulary.of(['so it is']).encode('so is that')
   */
  encode(text: string): Int32Array {
    const words = wordsOf(text)
    const ids = new Int32Array(words.length)
    for (let i = 0; i < ids.length; i++) ids[i] = this.numbers.get(words[i]) ?? 2
    return ids
  }

  /**
   * The words of some numbers, `<s>` and what follows the first `</s>` left out.
   *
   * @param ids numbers of words, `[words]`
   * @returns the words with spaces between
   * @throws ArgumentError for a number that no word has
   * @example
   * const vocabulary = lid.Vocabulary.of(['so it is'])
   * vocabulary.decode(vocabulary.encode('so is that')) // 'so is _UNK'
   */
  decode(ids: ArrayLike<number>): string {
    const out: string[] = []
    for (let i = 0; i < ids.length; i++) {
      const word = this.words[ids[i]] as string | undefined
      if (word === undefined)
        throw new ArgumentError(
          `decode(ids): ids[${i}]`,
          ids[i],
          `a number from 0 to ${this.size - 1}`,
          'Decode with the vocabulary that encoded.',
        )
      if (word === END) break
      if (word !== START) out.push(word)
    }
    return out.join(' ')
  }
}

/** The words of a text: what stands between spaces and tabs. */
export function wordsOf(text: string): string[] {
  // Texts have single spaces and no tabs as a rule, and a plain split is several times as fast.
  const words = text.split(text.includes('\t') ? /[ \t]+/ : ' ')
  return words.includes('') ? words.filter((word) => word !== '') : words
}

/** `Vocabulary of 20,000 words and marks: <s>, </s>, _UNK, the, a, …`. */
printedAs(Vocabulary.prototype, ({ words }) => {
  const first = words.slice(0, 8).join(', ')
  return `Vocabulary of ${words.length.toLocaleString('en-US')} words and marks: ${first}${words.length > 8 ? ', …' : ''}`
})
