import * as tf from '@tensorflow/tfjs'
import { withGradient } from '../compute/gradient'
import { loop } from '../compute/loop'
import { inRows, matMul, sideBySide } from '../compute/ops'
import { requireShape } from '../base/errors'

/** A softmax before its division: e^{η − max η} and its sum over the tokens. */
type Powers = {
  /** `[rows, tokens]` */
  powers: tf.Tensor
  /** `[rows, 1]` */
  sums: tf.Tensor
  /** log p of the given tokens, `[rows, 1]` */
  logProb: tf.Tensor
}

/** Row and token of each given token's logit, int32 `[rows, 2]`. */
const places = (ids: tf.Tensor): tf.Tensor =>
  tf.stack([tf.range(0, ids.shape[0], 1, 'int32'), tf.cast(ids, 'int32')], 1)

/**
 * log p(id|η) = η_id − max η − log Σ e^{η − max η}. In a graph, each of these passes over the logits is made
 * in place.
 */
function softmax(logits: tf.Tensor, ids: tf.Tensor): Powers {
  return tf.tidy(() => {
    const chosen = tf.expandDims(tf.gatherND(logits, places(ids)), 1)
    const largest = tf.max(logits, 1, true)
    const powers = tf.exp(tf.sub(logits, largest))
    const sums = tf.sum(powers, 1, true)
    return { powers, sums, logProb: tf.sub(tf.sub(chosen, largest), tf.log(sums)) }
  })
}

/** e − Σe · onehot(id): the gradient of log p up to a factor −1/Σe per row. */
const lessWanted = (powers: tf.Tensor, sums: tf.Tensor, ids: tf.Tensor): tf.Tensor =>
  tf.getBackend() === 'tensorflow'
    ? tf.engine().runKernel<tf.Tensor>('TensorScatterSub', {
        x: powers,
        indices: places(ids),
        updates: tf.reshape(sums, [-1]),
      })
    : tf.sub(
        powers,
        tf.mul(tf.cast(tf.oneHot(tf.cast(ids, 'int32'), powers.shape[1] as number), 'float32'), sums),
      )

/**
 * log p(token|η) of the categorical likelihood with logits η:
 *   log p(id|η) = η_id − log Σ_v exp η_v.
 *
 * @param logits `[rows, tokens]`.
 * @param ids the tokens, int32 `[rows]`; they are data and get no gradient.
 * @returns `[rows]`, nats.
 * @throws ArgumentError if the shapes do not fit.
 * @example
 * wordLogProb(lid.tf.zeros([2, 1000]), lid.tf.tensor1d([3, 7], 'int32')) // −log 1000, twice
 */
export function wordLogProb(logits: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  requireShape('logits', logits, ['rows', 'tokens'])
  requireShape('ids', ids, [logits.shape[0]])
  const [out] = withGradient(
    { logits },
    {
      forward(save) {
        const { powers, sums, logProb } = softmax(logits, ids)
        save([powers, sums, ids])
        return [tf.reshape(logProb, [-1])]
      },
      backward([dy], [powers, sums, wanted]) {
        const scale = tf.div(tf.neg(tf.expandDims(dy, 1)), sums)
        return { logits: tf.mul(lessWanted(powers, sums, wanted), scale) }
      },
    },
  )
  return out
}

/** Logits held at a time. */
const LOGITS = 2 ** 27

/**
 * log p(token|η) with logits η = h W + b: the output layer and its likelihood in one. For the backward pass
 * it keeps one number per row and token; the logits, their softmax and their gradient would be three.
 *
 * @param h `[rows, from]`.
 * @param W `[from, tokens]`.
 * @param b `[tokens]`.
 * @param ids the tokens, int32 `[rows]`; they are data and get no gradient.
 * @param most logits that are held at a time, about half a gigabyte by default: more are made in parts, and
 *   again for the backward pass.
 * @returns `[rows]`, nats.
 * @throws ArgumentError if the shapes do not fit.
 * @example
 * const logProb = linearWordLogProb(lid.tf.ones([2, 50]), lid.tf.zeros([50, 1000]), lid.tf.zeros([1000]), lid.tf.tensor1d([3, 7], 'int32'))
 */
export function linearWordLogProb(
  h: tf.Tensor,
  W: tf.Tensor,
  b: tf.Tensor,
  ids: tf.Tensor,
  most = LOGITS,
): tf.Tensor {
  requireShape('h', h, ['rows', 'from'])
  requireShape('W', W, [h.shape[1] as number, 'tokens'])
  requireShape('b', b, [W.shape[1] as number])
  requireShape('ids', ids, [h.shape[0]])
  if (h.shape[0] * b.size > most) return byParts(h, W, b, ids, Math.ceil((4 * h.shape[0] * b.size) / most))
  const [out] = withGradient(
    { h, W, b },
    {
      forward(save) {
        const parts = inRows([h, ids], 2 * h.shape[0] * W.size)
        const found = sideBySide(parts, ([rows, words]) =>
          tf.tidy(() => softmax(tf.add(matMul(rows, W), b), words)),
        )
        save([W, ...parts.flatMap(([rows, words], i) => [rows, words, found[i].powers, found[i].sums])])
        return [tf.reshape(tf.concat(found.map(({ logProb }) => logProb)), [-1])]
      },
      backward([dy], [matrix, ...kept]) {
        const count = kept.length / 4
        const given = tf.split(tf.expandDims(dy, 1), rowCounts(kept, count))
        const each = sideBySide(given, (cotangent, i) => {
          const [rows, words, powers, sums] = kept.slice(4 * i, 4 * i + 4)
          return tf.tidy(() => {
            const rest = lessWanted(powers, sums, words)
            // −dy/Σe is multiplied with the few columns of h, not with every token.
            const scale = tf.div<tf.Tensor>(tf.neg(cotangent), sums)
            return {
              h: tf.mul<tf.Tensor>(matMul(rest, matrix, false, true), scale),
              W: matMul(tf.mul(rows, scale), rest, true),
              b: tf.reshape(matMul(scale, rest, true), [-1]),
            }
          })
        })
        return {
          h: tf.concat(each.map((part) => part.h)),
          W: tf.addN(each.map((part) => part.W)),
          b: tf.addN(each.map((part) => part.b)),
        }
      },
    },
  )
  return out
}

/** The same in so many parts, one after the other, so that memory does not grow with the length of the texts. */
function byParts(h: tf.Tensor, W: tf.Tensor, b: tf.Tensor, ids: tf.Tensor, turns: number): tf.Tensor {
  const [rows, from] = h.shape as [number, number]
  const size = Math.ceil(rows / turns)
  /** In parts of equal size: the last is filled up with zeros, which get no cotangent. */
  const cut = (x: tf.Tensor): tf.Tensor => {
    const rest = x.shape.slice(1)
    const full = tf.pad(x, [[0, turns * size - rows], ...rest.map((): [number, number] => [0, 0])])
    return tf.reshape(full, [turns, size, ...rest])
  }
  const joined = (x: tf.Tensor): tf.Tensor =>
    tf.slice(tf.reshape(x, [turns * size, ...x.shape.slice(2)]), 0, rows)
  const [out] = withGradient(
    { h, W, b },
    {
      forward(save) {
        save([h, W, b, ids])
        const { rows: made } = loop({
          turns,
          oneByOne: true,
          state: [],
          each: [cut(h), cut(ids)],
          turn: (_, [some, words]) => ({
            state: [],
            rows: [softmax(tf.add(matMul(some, W), b), words).logProb],
          }),
        })
        return [tf.reshape(joined(made[0]), [rows])]
      },
      backward([dy], [all, matrix, bias, wanted]) {
        const { state, rows: made } = loop({
          turns,
          oneByOne: true,
          state: [tf.zerosLike(matrix), tf.zerosLike(bias)],
          each: [cut(all), cut(wanted), cut(tf.expandDims(dy, 1))],
          turn([ofW, ofB], [some, words, cotangent]) {
            const { powers, sums } = softmax(tf.add(matMul(some, matrix), bias), words)
            const rest = lessWanted(powers, sums, words)
            const scale = tf.div<tf.Tensor>(tf.neg(cotangent), sums)
            const sumOfRows = tf.reshape(matMul(scale, rest, true), [-1])
            return {
              state: [tf.add(ofW, matMul(tf.mul(some, scale), rest, true)), tf.add(ofB, sumOfRows)],
              rows: [tf.mul<tf.Tensor>(matMul(rest, matrix, false, true), scale)],
            }
          },
        })
        return { h: tf.reshape(joined(made[0]), [rows, from]), W: state[0], b: state[1] }
      },
    },
  )
  return out
}

const rowCounts = (kept: tf.Tensor[], count: number): number[] =>
  Array.from({ length: count }, (_, i) => kept[4 * i].shape[0])

/**
 * KL(p ‖ p′) + KL(p′ ‖ p) of two categorical likelihoods with logits η and η′: Σ_v (p_v − p′_v) (log p_v −
 * log p′_v).
 *
 * @param logits `[rows, tokens]`.
 * @param others logits of the other likelihood, `[rows, tokens]`.
 * @returns `[rows]`, nats.
 * @throws ArgumentError if the shapes differ.
 * @example
 * wordDivergence(lid.tf.zeros([2, 1000]), lid.tf.ones([2, 1000])) // 0, twice: a shift does not change the softmax
 */
export function wordDivergence(logits: tf.Tensor, others: tf.Tensor): tf.Tensor {
  requireShape('logits', logits, ['rows', 'tokens'])
  requireShape('others', others, logits.shape)
  const [log, otherLog] = [logits, others].map((eta) => tf.logSoftmax(eta))
  return tf.sum(tf.mul(tf.sub(tf.exp(log), tf.exp(otherLog)), tf.sub(log, otherLog)), 1)
}
