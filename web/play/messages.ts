// What the page and the workers of its two models say to each other.
import type { DecoderNotes } from '../../src/export/notes'

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
  /** A saved model in the place of the one that trains. */
  | { type: 'load'; run: number; settings: Settings; files: SavedFiles }
  /** Asks for the files of the model as it is. */
  | { type: 'save' }
  /** Asks what its decoder looks like: notes, or the means of x for rows of z. */
  | { type: 'notes' }
  | { type: 'decode'; id: number; rows: number[][] }

/** The two files of a saved model, by name. */
export type SavedFiles = Readonly<Record<string, Uint8Array>>

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

/** What a worker tells its page. */
export type FromModel =
  | Snapshot
  | { type: 'failed'; run: number; why: string }
  | { type: 'saved'; files: SavedFiles }
  | { type: 'notes'; notes: DecoderNotes }
  | { type: 'decoded'; id: number; mean: Float32Array }
