import * as tf from '@tensorflow/tfjs'
import type { DataSet } from '../data/dataset'
import { pieces, scatter, type ModelData } from '../data/modelData'
import { requireEngine } from '../compute/engine'
import { evaluateOnce, EvaluationStep, type EvaluationFunction, type ReadTensor } from '../compute/step'
import { streamKey } from '../compute/streams'
import { ArgumentError, requireInteger } from '../base/errors'
import { resolveOptions } from '../base/options'
import { Work } from '../platform/cancellation'
import { turn } from '../platform/turn'
import { requireCodes } from './codes'
import type { Conditional } from './conditional'
import { hasContext, type ContextConditional } from './context'
import { drawRows, type DrawnRows } from './drawRows'
import { evaluationData } from './evaluationData'
import type { Model } from './model'
import { requireModel } from './requireModel'
import { momentsOfZ } from './posterior'

/** Rows per call of the engine, so that memory stays bounded. */
const CHUNK = 500

/** The posterior of each data point. */
export interface Codes {
  /** E[z|x], `[size, latent]`. */
  mean: Float32Array
  /** Standard deviation of q(z|x), `[size, latent]`; averaged over q(w|x) where z depends on w. */
  sd: Float32Array
  /** q(w|x), `[size, components]`; ones without components. */
  w: Float32Array
  /** The most likely component of each data point. */
  component: Int32Array
}

/** Options of `encode` and `reconstruct`. */
export interface EncodeOptions {
  /**
   * Whether intensities are binarised where the likelihood is of binary data; true by default. With false the
   * encoder reads the intensities as they are.
   */
  binarize?: boolean
}

const ENCODE_OPTIONS = { binarize: true }

/**
 * The posterior of every data point: E[z|x], its standard deviation, and q(w|x). Intensities are binarised
 * once, from their content and a stored seed, so that a data point has the same posterior alone and among others.
 *
 * @param model a model.
 * @param data rows of the model's dimension, or texts over its vocabulary.
 * @param options `{ binarize = true }`.
 * @returns arrays `[size, latent]` and `[size, components]`.
 * @throws ArgumentError for data of another dimension or kind.
 * @example
 * const { mean, component } = await lid.encode(model, test)
 */
export async function encode<D extends ModelData>(
  model: Model<D>,
  data: D,
  options: EncodeOptions = {},
): Promise<Codes> {
  const { binarize } = resolveOptions('encode', options, ENCODE_OPTIONS)
  requireEngine('encode')
  requireModel(model)
  model.conditional.requireFit(data, 'data')
  const { size } = data
  const codes = {
    mean: new Float32Array(size * model.latent),
    sd: new Float32Array(size * model.latent),
    w: new Float32Array(size * model.components),
    component: new Int32Array(size),
  }
  const posterior: EvaluationFunction<'mean' | 'sd' | 'w'> = ({ x }) => {
    const { mean, sd, logW } = momentsOfZ(model.posterior, x)
    const q = tf.exp(logW)
    const over = (value: tf.Tensor) =>
      value.shape[1] === 1 ? tf.squeeze(value, [1]) : tf.sum(tf.mul(value, tf.expandDims(q, 2)), 1)
    return { mean: over(mean), sd: over(sd), w: q }
  }
  const parts = pieces(evaluationData(model, data, binarize), () => CHUNK)
  const step = new EvaluationStep(posterior)
  const work = new Work('encode')
  try {
    await work.pause()
    await step.runAll(
      parts.map(({ x }) => ({ inputs: { x }, key: [0, 0] as const })),
      (out, i) => {
        for (const name of ['mean', 'sd', 'w'] as const)
          scatter(codes[name], out[name].values, codes[name].length / size, parts[i])
      },
      () => work.pause(),
    )
  } finally {
    step.dispose()
    work.end()
  }
  for (let i = 0; i < size; i++) codes.component[i] = largest(codes.w, i * model.components, model.components)
  return codes
}

/**
 * The likelihood's mean at given codes: E[x|z]. In a model with a context the means E[x_d | x_<d, z] along one
 * draw of x, with the same random numbers for every code: an unbiased estimate of E[x|z], sharper than it.
 *
 * @param model a model.
 * @param z codes, `[count, latent]` in one array of any numbers; computed with as float32.
 * @returns `[count, dim]`.
 * @throws ArgumentError when the length is not a multiple of the number of latent units, or a code is no
 *   finite number.
 * @example
 * const images = await lid.decode(model, new Float32Array(16))
 */
export async function decode(model: Model<DataSet>, z: ArrayLike<number>): Promise<Float32Array> {
  requireEngine('decode')
  requireModel(model)
  const codes = requireCodes(z, model.latent)
  if (hasContext(model.conditional)) return (await drawAt('decode', model, codes, 0, true)).mean
  const out = new Float32Array((codes.length / model.latent) * model.dim)
  const likelihood: EvaluationFunction<'x'> = ({ x: rows }) => ({
    x: model.observation.mean(model.decoder.apply(rows)),
  })
  await eachChunk('decode', codes, model.latent, likelihood, ({ x }, start) =>
    out.set(x.values, start * model.dim),
  )
  return out
}

/**
 * Reconstructs each data point: the likelihood's mean at E[z|x], averaged over q(w|x) where z depends on w. In a
 * model with a context, as `decode` does, from z alone.
 *
 * @param model a model.
 * @param data rows of the model's dimension.
 * @param options `{ binarize = true }`, as for `encode`.
 * @returns `[size, dim]`.
 * @throws ArgumentError for data of another dimension or kind.
 * @example
 * const images = await lid.reconstruct(model, test.take(10))
 */
export async function reconstruct(
  model: Model<DataSet>,
  data: DataSet,
  options: EncodeOptions = {},
): Promise<Float32Array> {
  const { binarize } = resolveOptions('reconstruct', options, ENCODE_OPTIONS)
  requireEngine('reconstruct')
  requireModel(model)
  model.conditional.requireFit(data, 'data')
  if (hasContext(model.conditional))
    return (await drawAt('reconstruct', model, (await encode(model, data, { binarize })).mean, 0, true)).mean
  const out = new Float32Array(data.size * model.dim)
  const roundTrip: EvaluationFunction<'x'> = ({ x: given }) => {
    const { mean, logW } = momentsOfZ(model.posterior, given)
    const [batch, branches, latent] = mean.shape
    const eta = model.decoder.apply(tf.reshape(mean, [batch * branches, latent]))
    const each = model.observation.mean(
      tf.reshape(eta, [batch, branches, model.dim]),
      tf.expandDims(given, 1),
    )
    return {
      x: branches === 1 ? tf.squeeze(each, [1]) : tf.sum(tf.mul(each, tf.expandDims(tf.exp(logW), 2)), 1),
    }
  }
  const { x: rows } = evaluationData(model, data, binarize)
  await eachChunk('reconstruct', rows, model.dim, roundTrip, ({ x }, start) =>
    out.set(x.values, start * model.dim),
  )
  return out
}

/** A draw of p(x|z) in a model with a context, at each code. */
async function drawAt(
  name: string,
  model: Model<DataSet>,
  z: Float32Array,
  seed: number,
  sharesNoise: boolean,
): Promise<DrawnRows> {
  const work = new Work(name)
  try {
    await work.pause()
    const conditional = model.conditional as Conditional as ContextConditional
    return await drawRows(conditional, z, model.latent, { seed, sharesNoise, work })
  } finally {
    work.end()
  }
}

/** Options of `sample`. */
export interface SampleOptions {
  /** How many. */
  count: number
  /** Draw from this component only, from 0. */
  component?: number
  /** 0 by default. */
  seed?: number
}

/**
 * New data from the model: z from the prior, the likelihood's mean at it (what is usually shown), and a draw
 * of x. In a model with a context, feature after feature, and the mean is E[x_d | x_<d, z] along that draw.
 *
 * @param model a model.
 * @param options `{ count, component?, seed = 0 }`.
 * @returns `{ mean, x }`, each `[count, dim]`, and z, `[count, latent]`.
 * @throws ArgumentError for a component out of range, or a count or seed that is no such integer.
 * @example
 * const { mean } = await lid.sample(model, { count: 8, component: 3, seed: 1 })
 */
export async function sample(
  model: Model<DataSet>,
  options: SampleOptions,
): Promise<{ mean: Float32Array; x: Float32Array; z: Float32Array }> {
  const { count, component, seed } = resolveOptions(
    'sample',
    options,
    { count: undefined, component: undefined, seed: 0 },
    '{ count: 16 }',
  )
  requireEngine('sample')
  requireModel(model)
  requireInteger('count', count)
  requireInteger('seed', seed, 0)
  if (
    component !== undefined &&
    !(Number.isInteger(component) && component >= 0 && component < model.components)
  )
    throw new ArgumentError('component', component, `an integer from 0 to ${model.components - 1}`)
  const key = [streamKey(seed, 'sampling', 'sample'), component ?? -1] as const
  if (hasContext(model.conditional)) {
    const { z } = evaluateOnce((_, draws) => ({ z: model.drawPrior(draws, count, component) }), {}, key)
    return { ...(await drawAt('sample', model, z.values, seed, false)), z: z.values }
  }
  const out = evaluateOnce(
    (_, draws) => {
      const z = model.drawPrior(draws, count, component)
      const eta = model.decoder.apply(z)
      return { mean: model.observation.mean(eta), x: model.observation.sample(eta, draws), z }
    },
    {},
    key,
  )
  await turn()
  return { mean: out.mean.values, x: out.x.values, z: out.z.values }
}

/** @internal Runs a function over rows of `width` numbers in chunks. */
export async function eachChunk<K extends string>(
  name: string,
  values: Float32Array,
  width: number,
  f: EvaluationFunction<K>,
  use: (out: Record<K, ReadTensor>, start: number) => void,
): Promise<void> {
  const step = new EvaluationStep(f)
  const size = values.length / width
  const work = new Work(name)
  try {
    await work.pause()
    const calls = Array.from({ length: Math.ceil(size / CHUNK) }, (_, i) => {
      const [start, end] = [i * CHUNK, Math.min((i + 1) * CHUNK, size)]
      const x = { values: values.subarray(start * width, end * width), shape: [end - start, width] }
      return { inputs: { x }, key: [0, 0] as const }
    })
    await step.runAll(
      calls,
      (out, i) => use(out, i * CHUNK),
      () => work.pause(),
    )
  } finally {
    step.dispose()
    work.end()
  }
}

function largest(values: Float32Array, start: number, count: number): number {
  let best = 0
  for (let k = 1; k < count; k++) if (values[start + k] > values[start + best]) best = k
  return best
}
