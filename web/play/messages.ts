// What the page and the workers of its two models say to each other.

export type DataName = 'pinwheel' | 'points' | 'images'

export interface Settings {
  readonly kind: 'plain' | 'identifiable'
  readonly data: DataName
  /** Clouds that the visitor clicked, `[x, y]` each. */
  readonly clouds: readonly (readonly [number, number])[]
  /** Weight of the KL. */
  readonly beta: number
  /** Strong convexity of the injective map. */
  readonly mu: number
  /** Noise of the likelihood, for points. */
  readonly sigma: number
  readonly latent: number
  /** Standard deviation of the plain model's component means before training. */
  readonly start: number
  readonly seed: number
}

export type ToModel =
  | { type: 'begin'; run: number; settings: Settings }
  | { type: 'pause'; paused: boolean }
  | { type: 'beta'; beta: number }

/** The state of a model, after each epoch. */
export interface Snapshot {
  readonly type: 'snapshot'
  readonly run: number
  readonly step: number
  readonly steps: number
  /** E_q log p(x|z), nats per data point. */
  readonly fit: number
  /** KL_z + KL_w. */
  readonly price: number
  /** I(x; w), nats, and what it could be at most. */
  readonly information: number
  readonly most: number
  /** The first two units of each point's posterior mean, its true class, and the w that the model gives it. */
  readonly z: Float32Array
  readonly labels: Int32Array
  readonly component: Int32Array
  /** How sure the model is of that w: 0 where all w are as likely, 1 where it is certain. */
  readonly certainty: Float32Array
  /** The points themselves; for images one picture of 28 × 28 for each w. */
  readonly x: Float32Array
}

export type FromModel = Snapshot | { type: 'failed'; run: number; why: string }
