import type { DecoderBuilder } from '../../models/decoder'
import { brenierMap } from './brenierMap'
import { collapseOnPurpose } from './collapseOnPurpose'
import type { Exercise } from './exercise'
import { fixesCompared } from './fixesCompared'
import { measuresByHand } from './measuresByHand'
import { ppcaByHand } from './ppcaByHand'

/**
 * What an answer to each exercise of the labs takes and returns; nats, where it is a logarithm or an
 * information.
 */
export interface ExerciseAnswers {
  /** Lab 1: log p(x) of x ~ N(wz, σ²), z ~ N(0, 1). */
  'ppca-evidence': (x: number, weight: number, sigma: number) => number
  /** Lab 1: p(z|x) as [mean, sd]. */
  'ppca-posterior': (x: number, weight: number, sigma: number) => number[]
  /** Lab 1: F(x) = KL(p(z) ‖ p(z|x)). */
  'ppca-flatness': (x: number, weight: number, sigma: number) => number
  /** Lab 1: Cov[x], `[dim][dim]`, of weights `[latent][dim]`. */
  'ppca-covariance': (weights: number[][], sigma: number) => number[][]
  /** Lab 1: v of length 1 with vW = 0, for weights `[2][dim]` of rank 1. */
  'dead-direction': (weights: number[][]) => number[]
  /** Lab 2: KL of N(mean, diag sd²) from N(0, I). */
  'gaussian-kl': (mean: number[], sd: number[]) => number
  /** Lab 2: the ELBO of x ~ N(wz, σ²) with q = N(m, s²). */
  elbo: (x: number, weight: number, sigma: number, m: number, s: number) => number
  /** Lab 2: importance-weighted, from log weights `[points][samples]`. */
  'log-likelihood': (logWeights: number[][]) => number
  /** Lab 2: share of active units, from posterior means `[points][units]`. */
  'active-units': (means: number[][]) => number
  /** Lab 2: I(x; w), from q(w|x) `[points][components]`. */
  'mutual-information': (q: number[][]) => number
  /** Lab 3: p(w|x) of a mixture of normals. */
  responsibilities: (x: number, weights: number[], means: number[], sds: number[]) => number[]
  /** Lab 3: F_w(x), from log p(x|w) of each component, equally likely. */
  'component-flatness': (logs: number[]) => number
  /** Lab 3: the weight at which x ~ N(wz, σ²) has that information about z. */
  'weight-for-information': (information: number, sigma: number) => number
  /** Lab 3: lengths of the rows of W at maximum likelihood, from the covariance's eigenvalues. */
  'fitted-lengths': (eigenvalues: number[], sigma: number) => number[]
  /** Lab 4: the best q = N(m, s²) of a β-VAE, as [m, s]. */
  'beta-posterior': (x: number, weight: number, sigma: number, beta: number) => number[]
  /** Lab 4: what KL costs under free bits, from KL `[points][units]`. */
  'free-bits': (kl: number[][], lambda: number) => number
  /** Lab 4: the weight of the KL under linear annealing. */
  'annealing-weight': (step: number, steps: number, until: number) => number
  /** Lab 4: a mean KL as [information, KL of the aggregate posterior]. */
  'kl-split': (centre: number, variance: number, s: number) => number[]
  /** Lab 5: the smooth leaky ReLU. */
  'smooth-leaky-relu': (a: number, alpha: number) => number
  /** Lab 5: ∇f(u) of a convex network of one layer; A is `[dim][hidden]`. */
  'convex-gradient': (u: number[], A: number[][], b: number[], free: number[]) => number[]
  /** Lab 5: ∇f(u) + μu. */
  'brenier-map': (u: number[], A: number[][], b: number[], free: number[], mu: number) => number[]
  /** Lab 5: β `[K][D]`, from Q and B, both `[D][K]`. */
  'full-rank': (Q: number[][], B: number[][], s: number) => number[][]
  /** Lab 5: an injective decoder out of `lid.layers.brenier` and `lid.layers.fullRank`. */
  'injective-decoder': DecoderBuilder
}

/** Every exercise of the labs by name. */
export const exercises: { readonly [Name in keyof ExerciseAnswers]: Exercise } = {
  ...ppcaByHand,
  ...measuresByHand,
  ...collapseOnPurpose,
  ...fixesCompared,
  ...brenierMap,
}
