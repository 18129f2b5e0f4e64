import * as tf from '@tensorflow/tfjs'
import { pieces } from '../../compute/ops'
import { inverseSoftplus, normalInit, type Parameters } from '../../compute/parameters'
import { dense } from '../../layers/dense'
import { embedding } from '../../layers/embedding'
import { lstm } from '../../layers/lstm'
import { positive, type Posterior, type PosteriorMoments } from '../posterior'

/** Widths of the inference network of texts. */
export interface TextPosteriorOptions {
  /** Size of the vocabulary. */
  tokens: number
  /** Units of z. */
  latent: number
  /** Dimension of the token embeddings. */
  embedding: number
  /** Width of the LSTM. */
  hidden: number
}

/** The same for texts given as token embeddings. */
export interface TextPosterior extends Posterior {
  /** q(z|x) at tokens given by their embeddings, `[length, batch, embedding]`. */
  encodeVectors(vectors: tf.Tensor): PosteriorMoments
  /** The embeddings of tokens, `[…, embedding]`. */
  vectors(ids: tf.Tensor): tf.Tensor
}

/**
 * q(z|x) = N(mean, sd²) from the last state of an LSTM over the tokens and `</s>`; sd starts near 1, the
 * prior's.
 */
export function textPosterior(parameters: Parameters, options: TextPosteriorOptions): TextPosterior {
  const scope = parameters.scope('encoder')
  const table = embedding(scope, 'embedding', options.tokens, options.embedding, normalInit(1))
  const layer = lstm(scope, 'lstm', { inputs: options.embedding, hidden: options.hidden })
  const last = dense(scope, 'z', options.hidden, 2 * options.latent)
  const encodeVectors = (vectors: tf.Tensor): PosteriorMoments => {
    const out = last.apply(layer.apply(vectors).last.h)
    const [mean, free] = pieces(tf.expandDims(out, 1), 2)
    return { mean, sd: positive(tf.add(free, inverseSoftplus(1))), logW: tf.zeros([vectors.shape[1]!, 1]) }
  }
  return {
    family: 'q(z|x)',
    branches: 1,
    encode: (x) => {
      const [batch, length] = x.shape as [number, number]
      return encodeVectors(table.apply(tf.transpose(tf.slice(x, [0, 1], [batch, length - 1]))))
    },
    encodeVectors,
    vectors: (ids) => table.apply(ids),
  }
}

/** q(z|x) = N(0, I) for every x: for a language model, whose z carries no information. */
export const priorAsPosterior = (latent: number): Posterior => ({
  family: 'q(z|x)',
  branches: 1,
  encode: ({ shape: [batch] }) => ({
    mean: tf.zeros([batch, 1, latent]),
    sd: tf.ones([batch, 1, latent]),
    logW: tf.zeros([batch, 1]),
  }),
})
