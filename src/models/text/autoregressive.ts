import * as tf from '@tensorflow/tfjs'
import type { TextSet } from '../../data/text/textSet'
import type { Vocabulary } from '../../data/text/vocabulary'
import { linearWordLogProb, wordLogProb } from '../../distributions/categorical'
import type { Draws } from '../../compute/draws'
import { matMul } from '../../compute/ops'
import { normalInit, uniformInit, type Parameters } from '../../compute/parameters'
import { dropout, wordDropout } from '../../layers/dropout'
import { embedding } from '../../layers/embedding'
import { lstm, type LstmState } from '../../layers/lstm'
import type { Conditional } from '../conditional'
import { requireTexts } from '../requireData'
import type { Head, HeadBuilder } from './head'

/**
 * Where z enters the decoder of texts: the LSTM (its initial state and every input; in `lidsvae` the head
 * too), or the output head only.
 */
export type Wiring = 'lstm' | 'head'

/** The parts of `autoregressive`. */
export interface AutoregressiveOptions {
  /** The vocabulary. */
  vocabulary: Vocabulary
  /** Units of z. */
  latent: number
  /** Dimension of the token embeddings. */
  embedding: number
  /** Width of the LSTM. */
  hidden: number
  /** Whether z enters the LSTM, in its initial state and at every input. */
  inLstm: boolean
  /** The map to the logits. */
  head: HeadBuilder
  /** Whether z enters the head, together with h_t. */
  seesZ: boolean
  /** Dropout rate of the LSTM's inputs and outputs in training. */
  dropout: number
  /** Share of the preceding tokens that is hidden from the decoder in training. */
  wordDropout: number
}

/**
 * p(x|z) of texts: every token given z and the tokens before it. Its outputs are the tokens that can follow,
 * the vocabulary without `<s>`.
 */
export interface AutoregressiveConditional extends Conditional<TextSet> {
  readonly of: 'texts'
  /** The vocabulary. */
  readonly vocabulary: Vocabulary
  /** The map to the logits. */
  readonly head: Head
  /**
   * The logits of every next token along given texts.
   *
   * @param x `<s>`, tokens, `</s>`, int32 `[batch, length]`.
   * @param z codes, `[batch, latent]`.
   * @returns `[length − 1, batch, tokens]`.
   */
  logits(x: tf.Tensor, z: tf.Tensor): tf.Tensor
  /**
   * The state before the first token.
   *
   * @param z codes, `[batch, latent]`.
   * @returns `{ h, c }`, each `[batch, hidden]`.
   */
  begin(z: tf.Tensor): LstmState
  /**
   * Advances by one token.
   *
   * @param ids the last tokens, int32 `[batch]`.
   * @param state the state before them.
   * @param z codes, `[batch, latent]`.
   * @returns the logits of the next tokens, `[batch, tokens]`, and the new state.
   */
  next(ids: tf.Tensor, state: LstmState, z: tf.Tensor): { logits: tf.Tensor; state: LstmState }
}

/** True for p(x|z) of texts. */
export const isAutoregressive = (conditional: Conditional): conditional is AutoregressiveConditional =>
  conditional.of === 'texts'

/**
 * `x` repeated along the axes where it has 1; the gradient is one sum, where that of `tf.tile` takes one
 * slice per copy.
 */
const spread = (x: tf.Tensor, shape: number[]): tf.Tensor => tf.add(tf.zeros(shape), x)

/**
 * p(x|z) of texts, x_t given z and x_<t ~ Cat(softmax(head([z, h_t]))), h_t = LSTM(x_<t) or, with wiring
 * `'lstm'`, LSTM(x_<t, z) that starts from c = zC, h = tanh c. With wiring `'head'` the LSTM runs once per
 * text, and only the head for every code.
 */
export function autoregressive(
  parameters: Parameters,
  options: AutoregressiveOptions,
): AutoregressiveConditional {
  const { vocabulary, latent, hidden, inLstm, seesZ } = options
  const scope = parameters.scope('decoder')
  const tokens = vocabulary.size - 1
  const table = embedding(scope, 'embedding', vocabulary.size, options.embedding, normalInit(1))
  const layer = lstm(scope, 'lstm', { inputs: options.embedding, hidden, constant: inLstm ? latent : 0 })
  const C = inLstm ? scope.variable('C', [latent, hidden], uniformInit(1 / Math.sqrt(latent))) : undefined
  const head = options.head(scope, seesZ ? latent : 0, hidden, tokens)

  const begin = (z: tf.Tensor): LstmState => {
    if (!C) return { h: tf.zeros([z.shape[0], hidden]), c: tf.zeros([z.shape[0], hidden]) }
    const c = matMul(z, C)
    return { h: tf.tanh(c), c }
  }
  /**
   * h_t along texts, `[time, rows, hidden]`: one row per text, or per text and code where z enters the LSTM.
   */
  const outputs = (x: tf.Tensor, z: tf.Tensor, drops?: Draws): tf.Tensor => {
    const [batch, samples] = z.shape
    const before = tf.transpose(tf.slice(x, [0, 0], [batch, x.shape[1]! - 1]))
    const kept = drops ? wordDropout(before, options.wordDropout, drops, 'words') : before
    const vectors = dropped(table.apply(kept), options.dropout, drops, 'embedding')
    if (!inLstm) return dropped(layer.apply(vectors).h, options.dropout, drops, 'output')
    const [time, , width] = vectors.shape
    const each = samples === 1 ? vectors : spread(tf.expandDims(vectors, 2), [time, batch, samples, width])
    const constant = tf.reshape(z, [batch * samples, latent])
    const { h } = layer.apply(tf.reshape(each, [time, batch * samples, width]), {
      initial: begin(constant),
      constant,
    })
    return dropped(h, options.dropout, drops, 'output')
  }
  /** What enters the head for z `[batch, samples, latent]`: `[time · batch · samples, …]`. */
  const entering = (x: tf.Tensor, z: tf.Tensor, drops?: Draws): tf.Tensor => {
    const [batch, samples] = z.shape
    const h = outputs(x, z, drops)
    const time = h.shape[0]
    const rows = time * batch * samples
    const wide = inLstm || samples === 1 ? h : spread(tf.expandDims(h, 2), [time, batch, samples, hidden])
    const states = tf.reshape(wide, [rows, hidden])
    if (!seesZ) return states
    const codes = tf.reshape(spread(tf.expandDims(z, 0), [time, batch, samples, latent]), [rows, latent])
    return tf.concat([codes, states], 1)
  }

  return {
    of: 'texts',
    vocabulary,
    head,
    injective: seesZ ? head.injective : undefined,
    logProb(x, z, drops) {
      const [batch, ...draws] = z.shape.slice(0, -1)
      const samples = tf.util.sizeFromShape(draws)
      const time = x.shape[1]! - 1
      const u = entering(x, tf.reshape(z, [batch, samples, latent]), drops)
      // Token 0 is <s>, which never follows.
      const after = tf.sub(tf.transpose(tf.slice(x, [0, 1], [batch, time])), tf.scalar(1, 'int32'))
      const ids = tf.reshape(tf.tile(tf.expandDims(after, 2), [1, 1, samples]), [-1])
      const output = head.output?.(u)
      const each = output
        ? linearWordLogProb(output.h, output.W, output.b, ids)
        : wordLogProb(head.apply(u), ids)
      return tf.reshape(tf.sum(tf.reshape(each, [time, batch * samples]), 0), [batch, ...draws])
    },
    logits: (x, z) =>
      tf.reshape(head.apply(entering(x, tf.expandDims(z, 1))), [x.shape[1]! - 1, x.shape[0], tokens]),
    begin,
    next(ids, state, z) {
      const { last } = layer.apply(tf.expandDims(table.apply(ids), 0), {
        initial: state,
        ...(inLstm && { constant: z }),
      })
      return { logits: head.apply(seesZ ? tf.concat([z, last.h], 1) : last.h), state: last }
    },
    load: ([length]) => Math.max(1, ((length - 1) * tokens) / 784),
    start: (train) => startAtFrequencies(head, tokens, train),
    requireFit: (data, argument) => requireTexts(vocabulary, data, argument),
  }
}

const dropped = (x: tf.Tensor, rate: number, drops: Draws | undefined, name: string): tf.Tensor =>
  drops ? dropout(x, rate, drops, name) : x

/** Starts at the frequency of every token, each counted once more than it occurs. */
function startAtFrequencies(head: Head, tokens: number, train: TextSet): void {
  const counts = new Float64Array(tokens).fill(1)
  counts[0] += train.size
  for (const document of train.documents) for (const id of document) counts[id - 1]++
  const total = counts.reduce((sum, count) => sum + count, 0)
  head.start(Float32Array.from(counts, (count) => Math.log(count / total)))
}
