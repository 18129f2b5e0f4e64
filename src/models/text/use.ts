import type { TextSet } from '../../data/text/textSet'
import { requireEngine } from '../../compute/engine'
import { evaluateOnce } from '../../compute/step'
import { streamKey } from '../../compute/streams'
import { ArgumentError, requireInteger, unquoted } from '../../base/errors'
import { resolveOptions } from '../../base/options'
import type { Model } from '../model'
import { requireModel } from '../requireModel'
import { encode } from '../use'
import { WRITE_OPTIONS, write, type Decoding, type WriteOptions } from './decoding'

/** Options of `sample`. */
export interface SampleTextsOptions {
  /** How many. */
  count: number
  /** How tokens are chosen; by default drawn at temperature 1, the model's own distribution. */
  decoding?: Decoding
  /** Maximum number of tokens per text; 60 by default. */
  length?: number
  /** Seed of z and of the tokens; 0 by default. */
  seed?: number
}

/**
 * New texts from the model: z from the prior, then token after token.
 *
 * @param model a model of texts.
 * @param options `{ count, decoding = { temperature: 1, seed }, length = 60, seed = 0 }`.
 * @returns the texts, and z, `[count, latent]`.
 * @throws ArgumentError for a model of rows of numbers or an invalid option.
 * @example
 * const { vocabulary } = lid.data.syntheticText({ tokens: 200 })
 * const { texts } = await lid.texts.sample(lid.svae({ vocabulary, latent: 3, hidden: 24, embedding: 24 }), { count: 3, seed: 1 })
 */
export async function sample(
  model: Model<TextSet>,
  options: SampleTextsOptions,
): Promise<{ texts: string[]; z: Float32Array }> {
  const resolved = resolveOptions(
    'texts.sample',
    options,
    { count: undefined, decoding: undefined, length: WRITE_OPTIONS.length, seed: 0 },
    '{ count: 5 }',
  )
  const { count, seed, length } = resolved
  const { decoding = { temperature: 1, seed } } = resolved
  requireEngine('texts.sample')
  requireModel(model)
  requireInteger('count', count)
  requireInteger('seed', seed, 0)
  const key = [streamKey(seed, 'sampling', 'sample'), -1] as const
  const z = evaluateOnce((_, draws) => ({ z: model.drawPrior(draws, count) }), {}, key).z.values
  return { texts: await write(model, z, { decoding, length }), z }
}

/**
 * Reconstructs each text from E[z|x] alone.
 *
 * @param model a model of texts.
 * @param data texts over its vocabulary.
 * @param options `{ decoding = 'greedy', length = 60 }`.
 * @returns one text for each.
 * @throws ArgumentError for a model of rows of numbers, texts over another vocabulary, or an invalid option.
 * @example
 * const { test, vocabulary } = lid.data.syntheticText({ tokens: 200 })
 * const again = await lid.texts.reconstruct(lid.svae({ vocabulary, latent: 3, hidden: 24, embedding: 24 }), test.take(3))
 */
export async function reconstruct(
  model: Model<TextSet>,
  data: TextSet,
  options: WriteOptions = {},
): Promise<string[]> {
  const how = resolveOptions('texts.reconstruct', options, WRITE_OPTIONS)
  requireEngine('texts.reconstruct')
  requireModel(model)
  return write(model, (await encode(model, data)).mean, how)
}

/** Texts on the line between the codes of two texts. */
export interface TextInterpolation {
  /** The two texts. */
  readonly ends: readonly [string, string]
  /** The position of each step, t from 0 to 1. */
  readonly steps: readonly number[]
  /** The text at each step. */
  readonly texts: readonly string[]
}

/** Options of `interpolate`. */
export interface InterpolateTextsOptions extends WriteOptions {
  /** Steps between the two codes, both included; 7 by default. */
  steps?: number
}

/**
 * Interpolates linearly between the codes of two texts and writes a text at each step: z = (1 − t)
 * E[z|x_from] + t E[z|x_to], t from 0 to 1.
 *
 * @param model a model of texts.
 * @param data texts over its vocabulary, the first two of which are the ends.
 * @param options `{ steps = 7, decoding = 'greedy', length = 60 }`.
 * @returns the two texts and the text at each step.
 * @throws ArgumentError for a model of rows of numbers, texts over another vocabulary, fewer than two of
 *   them, or an invalid option.
 * @example
 * const { test, vocabulary } = lid.data.syntheticText({ tokens: 200 })
 * const way = await lid.texts.interpolate(lid.svae({ vocabulary, latent: 3, hidden: 24, embedding: 24 }), test.select([3, 5]))
 * @see Bowman et al. 2016, section 5.
 */
export async function interpolate(
  model: Model<TextSet>,
  data: TextSet,
  options: InterpolateTextsOptions = {},
): Promise<TextInterpolation> {
  const { steps: count, ...how } = resolveOptions('texts.interpolate', options, {
    ...WRITE_OPTIONS,
    steps: 7,
  })
  requireEngine('texts.interpolate')
  requireModel(model)
  requireInteger('steps', count, 2)
  model.conditional.requireFit(data, 'data')
  if (data.size < 2)
    throw new ArgumentError('data', unquoted('one text'), 'at least two texts', 'The first two are the ends.')
  const ends = data.select([0, 1])
  const { mean } = await encode(model, ends)
  const { latent } = model
  const steps = Array.from({ length: count }, (_, i) => i / (count - 1))
  const z = Float32Array.from({ length: count * latent }, (_, i) => {
    const [t, u] = [steps[Math.floor(i / latent)], i % latent]
    return (1 - t) * mean[u] + t * mean[latent + u]
  })
  return { ends: [ends.text(0), ends.text(1)], steps, texts: await write(model, z, how) }
}
