import { ArgumentError, requireInteger } from '../../base/errors'
import { type OptionDefaults, resolveOptions } from '../../base/options'
import { withConsoleSummary } from '../../base/consoleSummary'
import { withProvenance } from '../../base/provenance'

/** Begins every text. */
export const START = '<s>'
/** Ends every text. */
export const END = '</s>'
/** Stands for every word that is not in the vocabulary. */
export const UNKNOWN = '_UNK'

/** Which words become tokens of a vocabulary. */
export interface VocabularyOptions {
  /**
   * Largest number of tokens, `<s>`, `</s>` and `_UNK` included: the most frequent words (default: no limit).
   */
  size?: number
  /** Leave out words that occur less often than this (default: 1). */
  minCount?: number
}

/** Their defaults. */
export const VOCABULARY_OPTIONS = {
  size: Infinity,
  minCount: 1,
} satisfies OptionDefaults<VocabularyOptions>

/**
 * Tokens and their ids: 0 is `<s>`, 1 `</s>`, 2 `_UNK`, then the words, the most frequent first.
 *
 * @example
 * const vocabulary = lid.Vocabulary.of(['a b a', 'c a'], { minCount: 2 })
 * vocabulary.tokens // ['<s>', '</s>', '_UNK', 'a']
 */
export class Vocabulary {
  /** The token of each id. */
  readonly tokens: readonly string[]
  /**
   * How often each occurs in the texts it was made from: `</s>` and `<s>` once per text, `_UNK` for all words
   * left out.
   */
  readonly counts: readonly number[]
  private readonly ids: ReadonlyMap<string, number>

  private constructor(tokens: readonly string[], counts: readonly number[]) {
    this.tokens = tokens
    this.counts = counts
    // Without <s> and </s>: a text that contains such a word must not begin or end in its middle.
    const ids = new Map<string, number>()
    for (let i = 2; i < tokens.length; i++) ids.set(tokens[i], i)
    this.ids = ids
    withProvenance('Vocabulary', [tokens, counts], this)
  }

  /**
   * A vocabulary from its parts, as a saved model keeps them.
   *
   * @param tokens the token of each id, the special ones included
   * @param counts how often each occurs, as many
   * @returns the vocabulary
   * @throws ArgumentError if the first three tokens are not `<s>`, `</s>`, `_UNK`, or if the counts are not
   *   as many
   * @example
   * const { tokens, counts } = lid.Vocabulary.of(['so it is'])
   * const same = lid.Vocabulary.from(tokens, counts)
   */
  static from(tokens: readonly string[], counts: readonly number[]): Vocabulary {
    const marks = [START, END, UNKNOWN].every((mark, i) => tokens[i] === mark)
    if (!marks || tokens.length < 4 || tokens.length !== counts.length)
      throw new ArgumentError(
        'tokens',
        tokens,
        `${START}, ${END}, ${UNKNOWN} and others, with a count for each`,
        'Make a new one: Vocabulary.of(texts).',
      )
    return new Vocabulary(tokens, counts)
  }

  /**
   * The vocabulary of some texts: words by frequency; equally frequent ones in the order of their character
   * codes.
   *
   * @param texts the texts, words separated by spaces
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
   * The vocabulary of words that are counted already: the same as `of` makes from the texts themselves.
   *
   * @param words each word once
   * @param counts how often each occurs, `[words.length]`
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

  /** Number of tokens. */
  get size(): number {
    return this.tokens.length
  }

  /**
   * The id of a word.
   *
   * @param word one word
   * @returns its token's id; 2, `_UNK`, for a word that is not in the vocabulary
   * @example
   * const number = lid.Vocabulary.of(['so it is']).number('so')
   */
  number(word: string): number {
    return this.ids.get(word) ?? 2
  }

  /**
   * The token ids of a text, without `<s>` and `</s>`.
   *
   * @param text words separated by spaces
   * @returns `[tokens]`, one id per token; 2, `_UNK`, for a token that is not in the vocabulary
   * @example
   * const ids = lid.Vocabulary.of(['so it is']).encode('so is that')
   */
  encode(text: string): Int32Array {
    const words = wordsOf(text)
    const ids = new Int32Array(words.length)
    for (let i = 0; i < ids.length; i++) ids[i] = this.ids.get(words[i]) ?? 2
    return ids
  }

  /**
   * The text of some token ids, without `<s>` and what follows the first `</s>`.
   *
   * @param ids token ids, `[length]`
   * @returns the words, separated by spaces
   * @throws ArgumentError for an id that no token has
   * @example
   * const vocabulary = lid.Vocabulary.of(['so it is'])
   * vocabulary.decode(vocabulary.encode('so is that')) // 'so is _UNK'
   */
  decode(ids: ArrayLike<number>): string {
    const out: string[] = []
    for (let i = 0; i < ids.length; i++) {
      const word = this.tokens[ids[i]] as string | undefined
      if (word === undefined)
        throw new ArgumentError(
          `decode(ids)[${i}]`,
          ids[i],
          `a token id from 0 to ${this.size - 1}`,
          'Decode with the vocabulary that encoded the text.',
        )
      if (word === END) break
      if (word !== START) out.push(word)
    }
    return out.join(' ')
  }
}

/** The words of a text, which spaces and tabs separate. */
export function wordsOf(text: string): string[] {
  // Most texts have single spaces and no tabs, and a plain split is several times faster.
  const words = text.split(text.includes('\t') ? /[ \t]+/ : ' ')
  return words.includes('') ? words.filter((word) => word !== '') : words
}

/** `Vocabulary of 20,000 tokens: <s>, </s>, _UNK, the, a, …`. */
withConsoleSummary(Vocabulary.prototype, ({ tokens }) => {
  const first = tokens.slice(0, 8).join(', ')
  return `Vocabulary of ${tokens.length.toLocaleString('en-US')} tokens: ${first}${tokens.length > 8 ? ', …' : ''}`
})
