import type * as tf from '@tensorflow/tfjs'
import type { Layer } from './dense'

/** What a part of an injective map is. */
export type InjectiveKind =
  | 'Brenier map'
  | 'convolutional Brenier map'
  | 'twist layer'
  | 'full-rank map'
  | 'increasing map'
  | 'rotation'
  | 'coupling flow'

/** An injective map that knows how much it expands distances at least; such maps are composed to a chain. */
export interface InjectivePart extends Layer {
  /** What it is. */
  readonly kind: InjectiveKind
  /**
   * c > 0 with ‖f(u) − f(v)‖ ≥ c ‖u − v‖ for every weight, u and v; undefined if it is injective without a
   * global constant.
   */
  readonly floor?: number
  /** The same for the current weights, at least `floor`. */
  expansion(): number | undefined
  /** An output bias that can be set from outside. */
  readonly bias?: tf.Variable
  /** The map after an affine map of low rank, f(h β + c), where that is cheaper than f at every row. */
  after?(h: tf.Tensor, beta: tf.Tensor, c: tf.Tensor): tf.Tensor
}
