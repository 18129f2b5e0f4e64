import { ArgumentError, requireInteger } from '../../base/errors'
import { resolveOptions } from '../../base/options'
import { RandomDoubles } from '../../compute/streams'
import { LstmWriter } from '../generated/lstmWriter'
import { numbered } from '../generated/parts'
import { loadedBy } from '../origin'
import { TextSet } from './textSet'
import { Vocabulary } from './vocabulary'

/** Settings of `syntheticText`. */
export interface SyntheticTextOptions {
  /** Training sentences (default: 16,000). */
  train?: number
  /** Validation sentences (default: 2,000). */
  validation?: number
  /** Test sentences (default: 2,000). */
  test?: number
  /**
   * Seed of the generator's weights and of all draws (default: 0). The first sentences do not depend on how
   * many follow.
   */
  seed?: number
  /** Number of tokens of the generator's vocabulary, V, a multiple of 4 from 4 to 65,536 (default: 1,000). */
  tokens?: number
  /** Tokens per sentence, T (default: 10). */
  length?: number
  /** Units of the LSTM, and dimension of the embeddings, a multiple of 4 from 4 to 300 (default: 100). */
  units?: number
}

/** Sentences of a law that is known, with a vocabulary in common. */
export interface SyntheticTexts {
  /** Training sentences; the label is the cloud that z came from. */
  train: TextSet
  /** Validation sentences. */
  validation: TextSet
  /** Test sentences. */
  test: TextSet
  /** The vocabulary of the training sentences. */
  vocabulary: Vocabulary
  /** Where they come from: names the seed. */
  source: string
}

/**
 * Sentences that an LSTM with fixed random weights writes from a latent z in the plane, so that the best
 * possible model carries information in z: z ~ ¼ Σ_k N(c_k, ½² I), c₀ = A z, h₀ = tanh c₀, and p(x_t | x_<t,
 * z) = softmax(W_h h_t + W_z z), with embeddings and A ~ U(−1, 1), the LSTM's weights and biases ~ U(−0.3,
 * 0.3), W_h ~ U(−2, 2), W_z ~ U(−1, 1) and every sentence starting after token 0.
 *
 * Generated in double precision from the seed only, with functions that are defined to the last bit: the same
 * on every engine and Node version.
 *
 * @param options `{ train = 16000, validation = 2000, test = 2000, seed = 0, tokens = 1000, length = 10,
 *   units = 100 }`
 * @returns `{ train, validation, test, vocabulary, source }`: text sets labelled by the cloud of z, 0 to 3;
 *   a word such as w017 names its token of the generator
 * @throws ArgumentError for sizes that are not integers in range
 * @example
 * const { train, test, vocabulary } = lid.data.syntheticText({ train: 1000, seed: 1 })
 * train.text(0)
 * @see He, Spokoyny, Neubig, Berg-Kirkpatrick 2019, Lagging inference networks and posterior collapse in
 *   variational autoencoders, section 4.1, arXiv:1901.05534
 */
export function syntheticText(options: SyntheticTextOptions = {}): SyntheticTexts {
  const { train, validation, test, seed, tokens, length, units } = resolveOptions('syntheticText', options, {
    train: 16000,
    validation: 2000,
    test: 2000,
    seed: 0,
    tokens: 1000,
    length: 10,
    units: 100,
  })
  for (const [name, value] of Object.entries({ train, validation, test, length }))
    requireInteger(`syntheticText({ ${name} })`, value)
  requireInteger('syntheticText({ seed })', seed, 0)
  requireFours('tokens', tokens, MOST_TOKENS)
  requireFours('units', units, MOST_UNITS)
  const writer = new LstmWriter(seed, tokens, units)
  const source = `generated from seed ${seed}`
  const digits = String(tokens - 1).length
  const names = Array.from({ length: tokens }, (_, token) => `w${String(token).padStart(digits, '0')}`)
  const write = (part: string, size: number) => {
    const written = writer.write(size, length, RandomDoubles.of(seed, `synthetic text, ${part}`))
    const texts = Array.from({ length: size }, (_, i) =>
      Array.from(written.words.subarray(i * length, (i + 1) * length), (token) => names[token]).join(' '),
    )
    return { texts, labels: written.components }
  }
  const training = write('training', train)
  const vocabulary = Vocabulary.of(training.texts)
  const set = (part: string, { texts, labels }: ReturnType<typeof write>) =>
    new TextSet({
      name: `synthetic text, ${part}`,
      vocabulary,
      documents: texts.map((text) => vocabulary.encode(text)),
      labels,
      labelNames: numbered('cloud', 4),
      source,
    })
  return loadedBy('syntheticText', recorded(options), {
    train: set('training', training),
    validation: set('validation', write('validation', validation)),
    test: set('test', write('test', test)),
    vocabulary,
    source,
  })
}

/** Records of runs name the vocabulary's size `words`. */
const recorded = ({ tokens, ...others }: SyntheticTextOptions): object => ({
  ...others,
  ...(tokens !== undefined && { words: tokens }),
})

/** The same options out of a record. */
export const syntheticTextOf = ({ words, ...others }: Recorded): SyntheticTexts =>
  syntheticText({ ...others, ...(words !== undefined && { tokens: words }) })

type Recorded = Omit<SyntheticTextOptions, 'tokens'> & { words?: number }

const MOST_TOKENS = 65536
/** Beyond this, exponentials of logits could overflow. */
const MOST_UNITS = 300

function requireFours(name: string, value: number, most: number): void {
  if (!(Number.isInteger(value) && value >= 4 && value <= most && value % 4 === 0))
    throw new ArgumentError(`syntheticText({ ${name} })`, value, `a multiple of 4 from 4 to ${most}`)
}
