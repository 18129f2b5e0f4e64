import type { Spec, TextSpec } from './spec'

/** Floating-point operations of a product [m, k] × [k, n]. */
const product = (m: number, k: number, n: number): number => 2 * m * k * n

/**
 * An affine layer in training: forwards, the gradient of its weights, and that of its input unless the input is data.
 */
const dense = (rows: number, from: number, to: number, first = false): number =>
  (first ? 2 : 3) * product(rows, from, to)

const perceptron = (rows: number, widths: number[], first: boolean): number =>
  widths.slice(1).reduce((sum, to, i) => sum + dense(rows, widths[i], to, first && i === 0), 0)

/**
 * A Brenier map with one hidden layer after the first, in closed form: forwards u A, h W, d Wᵀ, D Aᵀ;
 * backwards G A, E W, P Wᵀ, P Aᵀ and the products of the gradients, two each for A and W. Where u = h β + c
 * comes from `rank` numbers, u A is h (β A) + c A, so that three of the six products with A go over `rank`
 * rows and three small ones go over the batch.
 */
function brenierMap(rows: number, dim: number, hidden: number, rank = Infinity): number {
  const hiddenOnly = 6 * product(rows, hidden, hidden)
  if (rank >= rows) return hiddenOnly + 6 * product(rows, dim, 2 * hidden)
  return (
    hiddenOnly +
    3 * product(rows, dim, 2 * hidden) +
    3 * product(rank, dim, 2 * hidden) +
    3 * product(rows, rank, 2 * hidden)
  )
}

/** An anchored map: its matrix from B, forwards and backwards, and the product with it. */
const fullRank = (rows: number, from: number, to: number): number =>
  dense(rows, from, to) + 4 * product(from, to, from)

/** An LSTM over all steps: what enters, what comes from the step before, and a vector that enters every step alike. */
const recurrent = (
  steps: number,
  batch: number,
  inputs: number,
  hidden: number,
  { constant = 0, first = false } = {},
): number =>
  dense(steps * batch, inputs, 4 * hidden, first) +
  dense(steps * batch, hidden, 4 * hidden) +
  dense(batch, constant, 4 * hidden)

function textFlops({ model, batch, hidden, latent }: Spec, text: TextSpec): number {
  const { length, embedding, head } = text
  if (model === 'lstm') return recurrent(length, batch, embedding, hidden, { first: true })
  const [rows, words] = [length * batch, text.words - 1]
  const encoder = recurrent(length, batch, embedding, hidden) + dense(batch, hidden, 2 * latent)
  if (model === 'svae')
    return (
      encoder +
      dense(batch, latent, hidden) +
      recurrent(length, batch, embedding, hidden, { constant: latent }) +
      dense(rows, hidden, words)
    )
  const width = latent + (head.projection ?? hidden)
  return (
    encoder +
    recurrent(length, batch, embedding, hidden) +
    (head.projection === undefined ? 0 : dense(rows, hidden, head.projection)) +
    brenierMap(rows, width, head.hidden) +
    fullRank(rows, width, head.width) +
    brenierMap(rows, head.width, head.hidden, width) +
    dense(rows, head.width, words)
  )
}

/**
 * Floating-point operations of the matrix products of one training step, in the fewest products known to us;
 * all else is left out.
 */
export function stepFlops(spec: Spec): number {
  if (spec.text) return textFlops(spec, spec.text)
  const { model, batch, dim, hidden, hiddenLatent, latent, components, inference } = spec
  const identifiable = model === 'lidvae' || model === 'lidmvae'
  const rows = inference === 'K passes' ? batch * components : batch
  const ofZ =
    inference === 'K passes'
      ? dense(batch, dim, hidden, true) + perceptron(rows, [hidden, hidden, 2 * latent], false)
      : perceptron(batch, [dim, hidden, hidden, 2 * latent], true)
  const ofW = components > 1 ? perceptron(batch, [dim, hidden, components], true) : 0
  const decoder = identifiable
    ? brenierMap(rows, latent, hiddenLatent) +
      fullRank(rows, latent, dim) +
      brenierMap(rows, dim, hidden, latent)
    : perceptron(rows, [latent, hidden, hidden, dim], false)
  return ofZ + ofW + decoder
}
