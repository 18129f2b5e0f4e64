import { computation, type Random } from './exercise'
import { identity, plus, product, sigmoid, softplus, sum, times } from './formulas'
import { injectiveDecoderJudge } from './injectiveDecoder'

type List = readonly number[]
type Rows = readonly List[]
type Convex = [u: List, A: Rows, b: List, free: List]

const ALPHA = 0.2
const s = (a: number): number => ALPHA * a + (1 - ALPHA) * softplus(a)
const slope = (a: number): number => ALPHA + (1 - ALPHA) * sigmoid(a)

const convex = (random: Random): Convex => [
  random.list(2, () => random.signed(0.2, 2)),
  random.list(2, () => random.list(3, () => random.signed(0.3, 1.5))),
  random.list(3, () => random.signed(0.2, 1)),
  // Of both signs, so that a weight left as it is would be negative.
  random.list(3, (j) => (j === 0 ? -1 : 1) * random.number(0.2, 1.5)),
]

/** Σ_j w_j s′(u A_j + b_j) A_j, with whatever stands for the weights and for s′. */
function gradient(u: List, A: Rows, b: List, w: List, by: (a: number) => number): number[] {
  const a = b.map((one, j) => one + sum(u.map((value, i) => value * A[i][j])))
  return u.map((_, i) => sum(a.map((one, j) => w[j] * by(one) * A[i][j])))
}
const ofFree = (u: List, A: Rows, b: List, free: List): number[] =>
  gradient(u, A, b, free.map(softplus), slope)
const moved = (g: List, u: List, by: (value: number) => number): number[] =>
  g.map((value, i) => value + by(u[i]))

/** Q with orthonormal columns, to four digits, and a free matrix, both `[4][2]`, and s. */
function rankArguments(random: Random): [Q: Rows, B: Rows, s: number] {
  const [first, raw] = random.list(2, () => random.list(4, () => random.signed(0.3, 1.5)))
  const dot = (a: List, b: List): number => sum(a.map((value, i) => value * b[i]))
  const second = raw.map((value, i) => value - (dot(raw, first) / dot(first, first)) * first[i])
  const unit = (a: List): number[] => a.map((value) => Number((value / Math.sqrt(dot(a, a))).toFixed(4)))
  const Q = transpose([unit(first), unit(second)])
  return [Q, random.list(4, () => random.list(2, () => random.signed(0.2, 1.5))), random.number(0.5, 2)]
}
const transpose = (a: Rows): number[][] => a[0].map((_, j) => a.map((row) => row[j]))
/** (I − QQᵀ)B. */
const beside = (Q: Rows, B: Rows): number[][] => product(plus(identity(4), product(Q, transpose(Q)), -1), B)

/** Lab 5: a Brenier map and a LIDVAE. */
export const brenierMap = {
  'smooth-leaky-relu': computation({
    title: 's(a) = αa + (1 − α) log(1 + eᵃ)',
    names: ['a', 'alpha'],
    draw: (random: Random): [a: number, alpha: number] => [random.signed(0.1, 4), random.number(0.1, 0.4)],
    right: (a, alpha) => alpha * a + (1 - alpha) * softplus(a),
    hint: 'softplus(a) = log(1 + eᵃ); then α times a and (1 − α) times that.',
    mistakes: {
      'α exchanged': {
        instead: (a, alpha) => (1 - alpha) * a + alpha * softplus(a),
        hint: 'α and 1 − α are exchanged: α is the slope far to the left.',
      },
      kinked: {
        instead: (a, alpha) => (a > 0 ? a : alpha * a),
        hint: 'That is leaky ReLU, which has a kink at 0: its gradient jumps. Use softplus.',
      },
      'softplus alone': {
        instead: (a) => softplus(a),
        hint: 'The part αa is missing, or 1 − α: without it the slope vanishes far to the left.',
      },
      'its slope': {
        instead: (a, alpha) => alpha + (1 - alpha) * sigmoid(a),
        hint: 'That is the derivative s′(a) = α + (1 − α)/(1 + e⁻ᵃ); return the function itself.',
      },
      'log₂': {
        instead: (a, alpha) => alpha * a + ((1 - alpha) * softplus(a)) / Math.LN2,
        hint: 'That is the logarithm to base 2: use Math.log or Math.log1p.',
      },
    },
    edges: {
      overflow: {
        args: [1000, 0.2],
        hint: 'exp(1000) is infinite for a computer. Write log(1 + eᵃ) = max(a, 0) + log(1 + e^{−|a|}).',
      },
    },
  }),
  'convex-gradient': computation({
    title: '∇f(u) of f(u) = Σ_j softplus(free_j) s(uA_j + b_j), α = 0.2',
    names: ['u', 'A', 'b', 'free'],
    draw: convex,
    right: ofFree,
    hint: 'By the chain rule Σ_j w_j s′(a_j) A_j with a_j = Σ_i u_i A[i][j] + b_j, w_j = softplus(free_j), s′(a) = 0.2 + 0.8/(1 + e⁻ᵃ).',
    mistakes: {
      'free weights as they are': {
        instead: (u, A, b, free) => gradient(u, A, b, free, slope),
        hint: 'The free numbers are used as weights, and some are negative: then f is not convex. Use softplus(free_j) > 0.',
      },
      'weights clipped': {
        instead: (u, A, b, free) =>
          gradient(
            u,
            A,
            b,
            free.map((w) => Math.max(0, w)),
            slope,
          ),
        hint: 'Clipping makes weights non-negative too, but a clipped weight gets no gradient any more: use softplus.',
      },
      'absolute weights': {
        instead: (u, A, b, free) => gradient(u, A, b, free.map(Math.abs), slope),
        hint: 'The absolute value has a kink at 0: use softplus.',
      },
      's for its slope': {
        instead: (u, A, b, free) => gradient(u, A, b, free.map(softplus), s),
        hint: 'The gradient contains the slope s′(a_j), not s(a_j) itself.',
      },
      'no b': {
        instead: (u, A, b, free) =>
          ofFree(
            u,
            A,
            b.map(() => 0),
            free,
          ),
        hint: 'The offsets b are missing inside s′.',
      },
      'sigmoid alone': {
        instead: (u, A, b, free) => gradient(u, A, b, free.map(softplus), sigmoid),
        hint: 's′(a) = α + (1 − α)/(1 + e⁻ᵃ): the part of the straight line is missing.',
      },
      'mean over hidden units': {
        instead: (u, A, b, free) => ofFree(u, A, b, free).map((value) => value / b.length),
        hint: 'Sum over the hidden units, do not average.',
      },
    },
  }),
  'brenier-map': computation({
    title: 'g(u) = ∇f(u) + μu',
    names: ['u', 'A', 'b', 'free', 'mu'],
    draw: (random: Random): [u: List, A: Rows, b: List, free: List, mu: number] => [
      ...convex(random),
      random.number(0.2, 1.5),
    ],
    right: (u, A, b, free, mu) => moved(ofFree(u, A, b, free), u, (value) => mu * value),
    hint: 'g is the gradient of f(u) + μ‖u‖²/2, and the gradient of the second part is μu.',
    mistakes: {
      'no μu': {
        instead: (u, A, b, free) => ofFree(u, A, b, free),
        hint: 'μu is missing: without it g may be flat, and nothing is guaranteed.',
      },
      'μu/2': {
        instead: (u, A, b, free, mu) => moved(ofFree(u, A, b, free), u, (value) => (mu * value) / 2),
        hint: 'The gradient of μ‖u‖²/2 is μu: the ½ is used up by the square.',
      },
      'μ added': {
        instead: (u, A, b, free, mu) => moved(ofFree(u, A, b, free), u, () => mu),
        hint: 'You add μ, a constant: it shifts the map and keeps nothing apart. Add μ times u.',
      },
      'μ subtracted': {
        instead: (u, A, b, free, mu) => moved(ofFree(u, A, b, free), u, (value) => -mu * value),
        hint: 'μu is added: subtracted, it works against the slope of ∇f.',
      },
      'free weights as they are': {
        instead: (u, A, b, free, mu) => moved(gradient(u, A, b, free, slope), u, (value) => mu * value),
        hint: 'The gradient uses the free numbers as weights, and some are negative: use softplus(free_j).',
      },
      '2μu': {
        instead: (u, A, b, free, mu) => moved(ofFree(u, A, b, free), u, (value) => 2 * mu * value),
        hint: 'The gradient of μ‖u‖²/2 is μu, not 2μu.',
      },
    },
  }),
  'full-rank': computation({
    title: 'β with βᵀ = sQ + (I − QQᵀ)B',
    names: ['Q', 'B', 's'],
    draw: rankArguments,
    right: (Q, B, anchor) => transpose(plus(times(anchor, Q), beside(Q, B))),
    hint: 'Take out of B what lies in the columns of Q, add s times Q, and transpose.',
    mistakes: {
      transposed: {
        instead: (Q, B, anchor) => plus(times(anchor, Q), beside(Q, B)),
        hint: 'That is βᵀ, with one row per dimension of x: transpose it.',
      },
      'not projected': {
        instead: (Q, B, anchor) => transpose(plus(times(anchor, Q), B)),
        hint: 'B goes in whole: it could cancel sQ (B = −sQ gives β = 0). Take (I − QQᵀ)B.',
      },
      'no s': {
        instead: (Q, B) => transpose(plus(Q, beside(Q, B))),
        hint: 'The factor s before Q is missing: it is the least singular value.',
      },
      's on both': {
        instead: (Q, B, anchor) => transpose(times(anchor, plus(Q, beside(Q, B)))),
        hint: 's stands before Q alone.',
      },
      'plus for minus': {
        instead: (Q, B, anchor) =>
          transpose(plus(times(anchor, Q), product(plus(identity(4), product(Q, transpose(Q))), B))),
        hint: 'The projection subtracts: I − QQᵀ.',
      },
      'Q left out': {
        instead: (Q, B) => transpose(beside(Q, B)),
        hint: 'sQ is missing: what is left may have any rank.',
      },
    },
  }),
  'injective-decoder': injectiveDecoderJudge,
}
