import * as tf from '@tensorflow/tfjs'
import { hash32 } from './streams'

/**
 * Random draws inside a step, from a key that is an input of the step: nothing is drawn in JavaScript, so
 * that the step can be traced, and each draw has a name, so that an additional draw changes no other.
 *
 * @example
 * const draws = new lid.Draws(lid.tf.tensor1d([seed, step], 'int32'))
 * const noise = draws.normal('z', [100, 16])
 */
export class Draws {
  /** @param key int32 `[2]`: the stream's key and the counter (the step's number). */
  constructor(readonly key: tf.Tensor) {}

  /**
   * Standard normal numbers, N(0, 1).
   *
   * @param name of the draw: each name has its own numbers.
   * @param shape of the result.
   * @returns float32, `[…shape]`; the same for the same key, name and shape.
   * @example
   * const noise = new lid.Draws(lid.tf.tensor1d([seed, step], 'int32')).normal('z', [100, 16])
   */
  normal(name: string, shape: number[]): tf.Tensor {
    return this.draw('StatelessRandomNormal', name, shape)
  }

  /**
   * Uniform numbers in [0, 1).
   *
   * @param name of the draw: each name has its own numbers.
   * @param shape of the result.
   * @returns float32, `[…shape]`; the same for the same key, name and shape.
   * @example
   * const u = new lid.Draws(lid.tf.tensor1d([seed, step], 'int32')).uniform('x', [100, 784])
   */
  uniform(name: string, shape: number[]): tf.Tensor {
    return this.draw('StatelessRandomUniform', name, shape)
  }

  /**
   * Separate draws for a part of a step that is repeated several times.
   *
   * @param name of the part: each name has its own numbers.
   * @returns the draws, from a key derived from this one.
   * @example
   * const noise = new lid.Draws(lid.tf.tensor1d([seed, step], 'int32')).part('second').normal('z', [100, 16])
   */
  part(name: string): Draws {
    return new Draws(tf.add(this.key, tf.tensor1d([hash32(`part ${name}`), 0], 'int32')))
  }

  private draw(kernel: string, name: string, shape: number[]): tf.Tensor {
    return tf.tidy(() => {
      const key = tf.add(this.key, tf.tensor1d([hash32(name), 0], 'int32'))
      return tf.engine().runKernel<tf.Tensor>(kernel, { key }, { shape })
    })
  }
}

/** A key tensor for the draws of step `counter` of a stream: int32 `[2]`. */
export const drawKey = (key: number, counter: number): tf.Tensor1D => tf.tensor1d([key, counter], 'int32')
