import * as tf from '@tensorflow/tfjs'
import { tidied } from '../../compute/tidied'
import type { TextSet } from '../../data/text/textSet'
import type { PseudoInputs } from '../prior'
import type { TextPosterior } from './posterior'

/**
 * Pseudo-texts: `length` vectors in the space of the encoder's embedding, which need not be embeddings of
 * tokens.
 */
export const pseudoTexts = (
  length: number,
  embedding: number,
  { encodeVectors, vectors }: Pick<TextPosterior, 'encodeVectors' | 'vectors'>,
): PseudoInputs<TextSet> => ({
  shape: [length, embedding],
  encode: (free) => encodeVectors(tf.transpose(free, [1, 0, 2])),
  startAt: (train, rows) => {
    // Tokens and `</s>`, cut to length or filled up with `</s>`.
    const ids = rows.flatMap((row) => Array.from({ length }, (_, t) => train.documents[row][t] ?? 1))
    return tidied(() => vectors(tf.tensor1d(ids, 'int32')).dataSync() as Float32Array).slice()
  },
})
