import * as tf from '@tensorflow/tfjs'
import { adam } from '../../compute/optimizers'
import { EvaluationStep, TrainingStep, type StepInputs } from '../../compute/step'
import { diagonalOf, inverseOfLower, times } from '../../distributions/triangular'
import type { Work } from '../../platform/cancellation'
import type { PriorNumbers, StandardPair } from './candidates'
import { factorAt, inUnitsOfGamma } from './offsets'
import type { PairDivergence } from './pairDivergence'

/** Two codes with their divergence. */
export interface MeasuredPair {
  /** The pair in the search's coordinates. */
  pair: StandardPair
  /** The two codes, each `[latent]`. */
  codes: [Float32Array, Float32Array]
  /** Symmetric KL of p(x|z) and p(x|z′), nats. */
  divergence: number
}

/** The bounds on codes. */
export interface Region {
  /** Radius of the ball about each component's mean, in units of γ. */
  radius: number
  /** Minimum distance of two codes, in units of z. */
  least: number
}

/** Pairs per call of the engine. */
export const CHUNK = 64

// Margin to the bounds, so that float32 rounding does not move a pair beyond them.
const MARGIN = 1e-4
const ROUNDS = 4

/**
 * The divergence of pairs of codes under a model, and its minimisation: everything that uses the decoder,
 * `CHUNK` pairs per call. Pairs are first moved into their balls and apart, in a few alternating rounds;
 * `measure` leaves out pairs that are still too close.
 */
export class PairSearch {
  /** Number of codes decoded so far. */
  evaluations = 0
  private readonly measuring: EvaluationStep<'a' | 'b' | 'divergence'>

  constructor(
    private readonly divergence: PairDivergence,
    private readonly prior: PriorNumbers,
    private readonly region: Region,
  ) {
    this.measuring = new EvaluationStep(({ offsetsA, offsetsB, ...inputs }) => {
      const [a, b] = this.codes(offsetsA, offsetsB, inputs)
      return { a, b, divergence: this.divergence.of(a, b, inputs) }
    })
  }

  /**
   * The divergence of each pair whose codes are far enough apart and within their balls; at most `CHUNK`
   * pairs.
   */
  measure(pairs: StandardPair[]): MeasuredPair[] {
    const { latent } = this.prior
    const { least, radius } = this.region
    const full = fill(pairs)
    const inputs: StepInputs = { ...this.divergence.inputs, ...this.moments(full), ...this.offsets(full) }
    const { a, b, divergence } = this.measuring.run(inputs, [0, 0])
    this.evaluations += 2 * CHUNK
    return pairs
      .map((pair, i): MeasuredPair => {
        const row = (values: Float32Array) => values.slice(i * latent, (i + 1) * latent)
        return { pair, codes: [row(a.values), row(b.values)], divergence: Math.max(0, divergence.values[i]) }
      })
      .filter(
        ({ pair, codes: [p, q] }) =>
          distance(p, q) >= least &&
          this.offsetLength(p, pair.components[0]) <= radius &&
          this.offsetLength(q, pair.components[1]) <= radius,
      )
  }

  /**
   * Moves the pairs for `steps` steps towards a smaller logarithm of their divergence, each pair
   * independently, by Adam with a learning rate that decays from `rate` to a hundredth of it.
   */
  async descend(pairs: StandardPair[], steps: number, rate: number, work: Work): Promise<StandardPair[]> {
    const { latent } = this.prior
    const { offsetsA, offsetsB } = this.offsets(pairs)
    const make = ({ values, shape }: { values: Float32Array; shape: number[] }) =>
      tf.tidy(() => tf.variable(tf.tensor(values, shape)))
    const [a, b] = [make(offsetsA), make(offsetsB)]
    const step = new TrainingStep({
      variables: new Map([
        ['a', a],
        ['b', b],
      ]),
      loss: (given) => {
        const divergence = this.divergence.of(...this.codes(a, b, given), given)
        // The logarithm, because near its zero a divergence is quadratic, and its gradient would no longer
        // move the code.
        const loss = tf.sum(tf.log(tf.add(tf.relu(divergence), 1e-6)))
        // A decoder that does not use z has no gradient, which tfjs reports as an error.
        const nothing = tf.mul(tf.add(tf.sum(a), tf.sum(b)), 0)
        return { loss: tf.add<tf.Scalar>(loss, nothing) }
      },
      optimizer: adam({ beta2: 0.99 }),
    })
    const inputs = { ...this.divergence.inputs, ...this.moments(pairs) }
    try {
      for (let i = 0; i < steps; i++) {
        await work.pause()
        step.run(inputs, { key: [0, 0], rate: rate * 0.01 ** (i / steps), step: i + 1 })
        this.evaluations += 2 * pairs.length
      }
      const [left, right] = [a.dataSync() as Float32Array, b.dataSync() as Float32Array]
      return pairs.map((pair, i) => ({
        ...pair,
        offsets: [left.slice(i * latent, (i + 1) * latent), right.slice(i * latent, (i + 1) * latent)],
      }))
    } finally {
      step.dispose()
      tf.dispose([a, b])
    }
  }

  /** Frees the engine's graphs. */
  dispose(): void {
    this.measuring.dispose()
  }

  /**
   * Codes `[count, latent]` of the two sides: offsets moved into their balls and, if they are too close,
   * apart.
   */
  private codes(a: tf.Tensor, b: tf.Tensor, moments: Record<string, tf.Tensor>): [tf.Tensor, tf.Tensor] {
    const { meanA, meanB, sdA, sdB, factorA, factorB } = moments
    /** Offsets in units of γ as steps in z, and back. */
    const steps = (v: tf.Tensor, sd: tf.Tensor, L?: tf.Tensor) => (L ? times(L, v) : tf.mul(sd, v))
    const inverses = factorA && [factorA, factorB].map((L) => inverseOfLower(L, diagonalOf(L)))
    const offsets = (step: tf.Tensor, side: 0 | 1) =>
      inverses ? times(inverses[side], step) : tf.div(step, side === 0 ? sdA : sdB)
    const codes = (first: tf.Tensor, second: tf.Tensor): [tf.Tensor, tf.Tensor] => [
      tf.add(meanA, steps(first, sdA, factorA)),
      tf.add(meanB, steps(second, sdB, factorB)),
    ]
    const { least, radius } = this.region
    const length = (v: tf.Tensor) => tf.sqrt(tf.add(tf.sum(tf.square(v), 1, true), 1e-12))
    const inside = (v: tf.Tensor) => tf.mul(v, tf.minimum(1, tf.div(radius * (1 - MARGIN), length(v))))
    let [va, vb] = [inside(a), inside(b)]
    for (let round = 0; round < ROUNDS; round++) {
      const [left, right] = codes(va, vb)
      const apart = tf.sub(right, left)
      const push = tf.mul(apart, tf.relu(tf.sub(tf.div((least * (1 + MARGIN)) / 2, length(apart)), 0.5)))
      va = inside(tf.sub(va, offsets(push, 0)))
      vb = inside(tf.add(vb, offsets(push, 1)))
    }
    return codes(va, vb)
  }

  /** Means and standard deviations of the components that the two codes of each pair belong to. */
  private moments(pairs: StandardPair[]): Record<string, Rows> {
    const of = (values: ArrayLike<number>, side: 0 | 1) =>
      this.rows(pairs, ({ components }, u) => values[components[side] * this.prior.latent + u])
    const { mean, sd, factor, latent } = this.prior
    const factorOfSide = (values: Float32Array, side: 0 | 1): Rows => ({
      values: Float32Array.from(
        pairs.flatMap(({ components }) => Array.from(factorAt(values, components[side], latent))),
      ),
      shape: [pairs.length, latent, latent],
    })
    return {
      meanA: of(mean, 0),
      meanB: of(mean, 1),
      sdA: of(sd, 0),
      sdB: of(sd, 1),
      ...(factor && { factorA: factorOfSide(factor, 0), factorB: factorOfSide(factor, 1) }),
    }
  }

  private offsets(pairs: StandardPair[]): Record<'offsetsA' | 'offsetsB', Rows> {
    const of = (side: 0 | 1) => this.rows(pairs, ({ offsets }, u) => offsets[side][u])
    return { offsetsA: of(0), offsetsB: of(1) }
  }

  private rows(pairs: StandardPair[], value: (pair: StandardPair, unit: number) => number): Rows {
    const { latent } = this.prior
    const values = new Float32Array(pairs.length * latent)
    pairs.forEach((pair, i) => {
      for (let u = 0; u < latent; u++) values[i * latent + u] = value(pair, u)
    })
    return { values, shape: [pairs.length, latent] }
  }

  /** Length of a code's offset from the mean of its component, in units of γ. */
  private offsetLength(code: Float32Array, component: number): number {
    const { latent, mean, sd, factor } = this.prior
    if (factor) {
      const step = Float64Array.from(code, (z, u) => z - mean[component * latent + u])
      return Math.hypot(...inUnitsOfGamma(this.prior, component, step))
    }
    return Math.hypot(...code.map((z, u) => (z - mean[component * latent + u]) / sd[component * latent + u]))
  }
}

interface Rows {
  values: Float32Array
  shape: number[]
}

/** `CHUNK` pairs, padded with the last one, so that all calls have one shape and share one graph. */
const fill = (pairs: StandardPair[]): StandardPair[] =>
  Array.from({ length: CHUNK }, (_, i) => pairs[Math.min(i, pairs.length - 1)])

/** ‖a − b‖. */
export const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.hypot(...Array.from(a, (x, i) => x - b[i]))
