import * as tf from '@tensorflow/tfjs'
import { Matrix, SingularValueDecomposition } from 'ml-matrix'
import { normals } from '../../compute/philox'
import { Parameters } from '../../compute/parameters'
import { tidied } from '../../compute/tidied'
import type { DecoderBuilder } from '../../models/decoder'
import { NotSolvedError } from './errors'
import type { Exercise, Finding } from './exercise'
import type { Guard } from './guard'
import { shapeOf } from './numbers'

// DIM is an unusual width for a hidden layer.
const [LATENT, DIM, POINTS] = [2, 7, 40]

const mistakes = {
  shape:
    'apply must take [batch, latent] to [batch, dim]: g1 acts on latent numbers, β leads from latent to dim, g2 acts on dim.',
  'not injective':
    'With all its weights at 0 it maps different codes to the same point: a plain layer, or an activation such as ReLU, can do that. Brenier maps and fullRank, with nothing between them, cannot.',
  'weights change it':
    'With other weights it moves codes closer together than μ s μ = 1 times their distance. Use lid.layers.brenier and lid.layers.fullRank as they are (μ = 1, anchor = 1), with nothing between them.',
  'no second map':
    'Its values lie in a flat plane of as many dimensions as z has: the second Brenier map, g2, is missing.',
  'no first map': 'It is g2 of a linear map of z: the first Brenier map, g1, is missing.',
} as const

/** A decoder, with what guards it. */
interface Tried {
  readonly decoder: ReturnType<DecoderBuilder>
  readonly guard: Guard
}

/** Values of the decoder at some codes, `[POINTS][DIM]`. */
function values({ decoder, guard }: Tried, codes: Float32Array): number[][] | undefined {
  return tidied(() => {
    const z = tf.tensor2d(codes, [POINTS, LATENT])
    const eta = guard.run(() => shapeOf(decoder.apply(z).arraySync()))
    return eta?.shape.join() === `${POINTS},${DIM}` ? (eta.value as number[][]) : undefined
  })
}

/** The least ‖η(z) − η(z′)‖ / ‖z − z′‖ over all pairs. */
function leastRatio(eta: readonly number[][], codes: Float32Array): number {
  let least = Infinity
  for (let i = 0; i < POINTS; i++)
    for (let j = 0; j < i; j++) {
      const far = Math.hypot(...eta[i].map((value, d) => value - eta[j][d]))
      const near = Math.hypot(
        codes[LATENT * i] - codes[LATENT * j],
        codes[LATENT * i + 1] - codes[LATENT * j + 1],
      )
      least = Math.min(least, far / near)
    }
  return least
}

/** How many directions the values take up. */
function rank(eta: readonly number[][]): number {
  const centre = eta[0].map((_, d) => eta.reduce((total, row) => total + row[d], 0) / eta.length)
  const { diagonal } = new SingularValueDecomposition(
    new Matrix(eta.map((row) => row.map((value, d) => value - centre[d]))),
  )
  return diagonal.filter((value) => value > 1e-4 * diagonal[0]).length
}

const say = (mistake: keyof typeof mistakes, ...found: string[]): Finding => ({
  found,
  hint: mistakes[mistake],
  mistake,
})

function judgeDecoder(tried: Tried, weights: tf.Variable[], seed: number): Finding | undefined {
  const codes = normals(seed, 1, POINTS * LATENT)
  const set = (which: tf.Variable[], size: number): void =>
    which.forEach((weight, i) => {
      const made = normals(seed, 2 + i, weight.size).map((value) => size * value)
      tf.tidy(() => weight.assign(tf.tensor(made, weight.shape)))
    })
  const asBuilt = values(tried, codes)
  if (!asBuilt) return say('shape', `tried: ${POINTS} codes of ${LATENT} units, for x of dimension ${DIM}`)
  const wish = 'expected: at least 1, for every weight'
  const ratio = (eta: number[][], how: string): string =>
    `tried: ${how}; the least ‖η(z) − η(z′)‖ / ‖z − z′‖ of ${POINTS} codes is ${leastRatio(eta, codes).toPrecision(3)}`
  set(weights, 0)
  const atZero = values(tried, codes)!
  if (!(leastRatio(atZero, codes) > 0.999))
    return say('not injective', ratio(atZero, 'all weights at 0'), wish)
  set(weights, 1)
  const atRandom = values(tried, codes)!
  if (!(leastRatio(atRandom, codes) > 0.999))
    return say('weights change it', ratio(atRandom, 'weights drawn at random'), wish)
  if (rank(atRandom) <= LATENT) return say('no second map', `its ${DIM} numbers take up ${LATENT} directions`)
  // With the weights of x's dimensions at 0, g2 is linear, and so is the rest unless g1 is non-linear.
  set(
    weights.filter(({ shape }) => shape.length === 2 && shape[0] === DIM),
    0,
  )
  const beside = values(tried, codes)!.map((row, i) => [...row, codes[LATENT * i], codes[LATENT * i + 1]])
  return rank(beside) <= LATENT ? say('no first map') : undefined
}

/** A decoder of your own: judged by what must hold for every weight, at weights that would break it. */
export const injectiveDecoderJudge: Exercise = {
  title: 'η(z) = g2(β g1(z)), injective for every weight',
  mistakes,
  judge: (guard, seed) => {
    const parameters = Parameters.from(seed % 1000)
    try {
      const decoder = guard.make(parameters, LATENT, DIM) as Tried['decoder'] | undefined
      if (guard.run(() => typeof decoder?.apply) !== 'function')
        return { found: ['it returned no layer'], hint: 'Return { from: latent, to: dim, apply: (z) => … }.' }
      return judgeDecoder({ decoder: decoder!, guard }, [...parameters.variables.values()], seed)
    } catch (error) {
      const failure = guard.failure(error)
      const ended = failure instanceof NotSolvedError || failure.mistake !== undefined
      return ended ? failure : say('shape', ...failure.found)
    } finally {
      parameters.dispose()
    }
  },
}
