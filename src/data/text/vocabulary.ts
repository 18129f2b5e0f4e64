import { ArgumentError, alternatives, requireInteger } from '../../base/errors'
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

/** What the tokens of a text are: words between spaces, or characters. */
export type TokenKind = 'words' | 'characters'

/** Which tokens texts are made of. */
export interface TokenOptions extends VocabularyOptions {
  /**
   * 'words', which spaces of any kind separate (the default), or 'characters', as of Chinese or of molecules in
   * SMILES; runs of spaces are one character.
   */
  by?: TokenKind
  /** The mark that the texts already have for unknown words, such as '<unk>': it becomes `_UNK`. */
  unknown?: string
}

/** Their defaults. */
export const TOKEN_OPTIONS = {
  ...VOCABULARY_OPTIONS,
  by: 'words',
  unknown: undefined,
} satisfies OptionDefaults<TokenOptions>

/** Throws unless it is a kind of tokens. */
export function requireTokenKind(by: unknown): asserts by is TokenKind {
  if (by !== 'words' && by !== 'characters')
    throw new ArgumentError('by', by, alternatives(['words', 'characters']))
}

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
  /** Whether tokens are words or characters. */
  readonly by: TokenKind
  private readonly ids: ReadonlyMap<string, number>

  private constructor(tokens: readonly string[], counts: readonly number[], by: TokenKind) {
    this.tokens = tokens
    this.counts = counts
    this.by = by
    // Without <s> and </s>: a text that contains such a word must not begin or end in its middle.
    const ids = new Map<string, number>()
    for (let i = 2; i < tokens.length; i++) ids.set(tokens[i], i)
    this.ids = ids
    withProvenance('Vocabulary', [tokens, counts, ...(by === 'words' ? [] : [by])], this)
  }

  /**
   * A vocabulary from its parts, as a saved model keeps them.
   *
   * @param tokens the token of each id, the special ones included
   * @param counts how often each occurs, as many
   * @param by whether tokens are words or characters
   * @returns the vocabulary
   * @throws ArgumentError if the first three tokens are not `<s>`, `</s>`, `_UNK`, or if the counts are not
   *   as many
   * @example
   * const { tokens, counts } = lid.Vocabulary.of(['so it is'])
   * const same = lid.Vocabulary.from(tokens, counts)
   */
  static from(tokens: readonly string[], counts: readonly number[], by: TokenKind = 'words'): Vocabulary {
    requireTokenKind(by)
    const marks = [START, END, UNKNOWN].every((mark, i) => tokens[i] === mark)
    if (!marks || tokens.length !== counts.length)
      throw new ArgumentError(
        'tokens',
        tokens,
        `${START}, ${END}, ${UNKNOWN} first, with a count for each`,
        'Make a new one: Vocabulary.of(texts).',
      )
    return new Vocabulary(tokens, counts, by)
  }

  /**
   * The vocabulary of some texts: words by frequency; equally frequent ones in the order of their character
   * codes.
   *
   * @param texts the texts
   * @param options `{ size?, minCount = 1, by = 'words', unknown? }`; see `TokenOptions`
   * @returns the vocabulary
   * @throws ArgumentError for a size below 4, a count below 1 or another kind of tokens
   * @example
   * const vocabulary = lid.Vocabulary.of(['so it is', 'so it was'], { size: 5 })
   */
  static of(texts: Iterable<string>, options: TokenOptions = {}): Vocabulary {
    const resolved = resolveOptions('Vocabulary.of', options, TOKEN_OPTIONS)
    requireTokenKind(resolved.by)
    const counts = new Map<string, number>()
    let lines = 0
    for (const text of texts) {
      lines++
      for (const word of tokensOf(text, resolved.by)) counts.set(word, (counts.get(word) ?? 0) + 1)
    }
    return Vocabulary.ofCounts([...counts.keys()], [...counts.values()], lines, resolved)
  }

  /**
   * The vocabulary of words that are counted already: the same as `of` makes from the texts themselves.
   *
   * @param words each word once
   * @param counts how often each occurs, `[words.length]`
   * @param texts number of texts
   * @param options `{ size?, minCount = 1, by = 'words', unknown? }`; see `TokenOptions`
   * @returns the vocabulary
   * @throws ArgumentError for a size below 4, a count below 1 or another kind of tokens
   * @example
   * const vocabulary = lid.Vocabulary.ofCounts(['so', 'it', 'is', 'was'], [2, 2, 1, 1], 2)
   */
  static ofCounts(
    words: readonly string[],
    counts: ArrayLike<number>,
    texts: number,
    options: TokenOptions = {},
  ): Vocabulary {
    const { size, minCount, by, unknown } = resolveOptions('Vocabulary.ofCounts', options, TOKEN_OPTIONS)
    requireTokenKind(by)
    if (size !== Infinity) requireInteger('size of the vocabulary', size, 4)
    requireInteger('minCount', minCount)
    const marks = [START, END, UNKNOWN, ...(unknown === undefined ? [] : [unknown])]
    const order = [...words.keys()]
      .filter((n) => counts[n] >= minCount && !marks.includes(words[n]))
      .sort((a, b) => counts[b] - counts[a] || (words[a] < words[b] ? -1 : 1))
      .slice(0, size - 3)
    let others = 0
    for (let n = 0; n < words.length; n++) others += counts[n]
    for (const n of order) others -= counts[n]
    return new Vocabulary(
      [START, END, UNKNOWN, ...order.map((n) => words[n])],
      [texts, texts, others, ...order.map((n) => counts[n])],
      by,
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
   * @param text words separated by spaces, or characters, as the vocabulary has them
   * @returns `[tokens]`, one id per token; 2, `_UNK`, for a token that is not in the vocabulary
   * @example
   * const ids = lid.Vocabulary.of(['so it is']).encode('so is that')
   */
  encode(text: string): Int32Array {
    const words = tokensOf(text, this.by)
    const ids = new Int32Array(words.length)
    for (let i = 0; i < ids.length; i++) ids[i] = this.ids.get(words[i]) ?? 2
    return ids
  }

  /**
   * The text of some token ids, without `<s>` and what follows the first `</s>`.
   *
   * @param ids token ids, `[length]`
   * @returns the words, separated by spaces; or the characters
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
    return out.join(this.by === 'words' ? ' ' : '')
  }
}

/** Spaces of every width, tabs and ends of lines. */
const GAPS = /[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/

/** The tokens of a text: its words, which spaces of any kind separate, or its characters. */
export function tokensOf(text: string, by: TokenKind): string[] {
  if (by === 'characters') return Array.from(text.split(GAPS).join(' ').trim())
  // Most texts have single spaces and no others, and a plain split is several times faster.
  const words = text.split(OTHER_GAPS.test(text) ? GAPS : ' ')
  return words.includes('') ? words.filter((word) => word !== '') : words
}

const OTHER_GAPS = /[\t\n\v\f\r\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

/** `Vocabulary of 20,000 tokens: <s>, </s>, _UNK, the, a, …`. */
withConsoleSummary(Vocabulary.prototype, ({ tokens }) => {
  const first = tokens.slice(0, 8).join(', ')
  return `Vocabulary of ${tokens.length.toLocaleString('en-US')} tokens: ${first}${tokens.length > 8 ? ', …' : ''}`
})
