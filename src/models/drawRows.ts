import * as tf from '@tensorflow/tfjs'
import { Draws } from '../compute/draws'
import { EvaluationStep } from '../compute/step'
import { streamKey } from '../compute/streams'
import type { Work } from '../platform/cancellation'
import type { ContextConditional } from './context'

/** Rows drawn side by side. */
const CHUNK = 500

/** Draws of which all rows get the same numbers. */
class SharedDraws extends Draws {
  override normal(name: string, [rows, ...rest]: number[]): tf.Tensor {
    return spread(super.normal(name, [1, ...rest]), rows)
  }

  override uniform(name: string, [rows, ...rest]: number[]): tf.Tensor {
    return spread(super.uniform(name, [1, ...rest]), rows)
  }

  override part(name: string): Draws {
    return new SharedDraws(super.part(name).key)
  }
}

const spread = (x: tf.Tensor, rows: number): tf.Tensor => tf.tile(x, [rows, ...x.shape.slice(1).map(() => 1)])

/** Rows drawn feature after feature. */
export interface DrawnRows {
  /** E[x_d | x_<d, z] along the draw, `[count, dim]`: averaged over draws it is E[x|z]. */
  readonly mean: Float32Array
  /** The draw, `[count, dim]`. */
  readonly x: Float32Array
}

/**
 * One draw of p(x|z) at each code, feature after feature: `dim` passes, each over many codes.
 *
 * @param z codes, `[count, latent]`. @param seed of the draws.
 * @param sharesNoise whether all codes get the same random numbers, so that their draws differ by z alone.
 */
export async function drawRows(
  { eta, observation, likelihood: { dim } }: ContextConditional,
  z: Float32Array,
  latent: number,
  { seed, sharesNoise, work }: { seed: number; sharesNoise: boolean; work: Work },
): Promise<DrawnRows> {
  const count = z.length / latent
  const [mean, x] = [new Float32Array(count * dim), new Float32Array(count * dim)]
  const key = streamKey(seed, 'sampling', 'rows')
  const step = new EvaluationStep(({ x: begun, z: codes, at }, draws) => {
    const of = tf.gather(tf.squeeze(eta(begun, tf.expandDims(codes, 1)), [1]), at, 1)
    const own = sharesNoise ? new SharedDraws(draws.key) : draws
    return { mean: observation.mean(of), x: observation.sample(of, own) }
  })
  try {
    for (let start = 0; start < count; start += CHUNK) {
      const rows = Math.min(CHUNK, count - start)
      const codes = { values: z.subarray(start * latent, (start + rows) * latent), shape: [rows, latent] }
      const begun = x.subarray(start * dim, (start + rows) * dim)
      for (let d = 0; d < dim; d++) {
        await work.pause()
        const inputs = {
          x: { values: begun, shape: [rows, dim] },
          z: codes,
          at: { values: Int32Array.of(d), shape: [1] },
        }
        const out = step.run(inputs, [key, (sharesNoise ? 0 : start * dim) + d])
        for (let i = 0; i < rows; i++) {
          mean[(start + i) * dim + d] = out.mean.values[i]
          begun[i * dim + d] = out.x.values[i]
        }
      }
    }
  } finally {
    step.dispose()
  }
  return { mean, x }
}
