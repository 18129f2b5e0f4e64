import * as tf from '@tensorflow/tfjs'
import { ArgumentError, unquoted } from '../../base/errors'
import { requireEngine } from '../../compute/engine'
import { evaluateOnce } from '../../compute/step'
import type { DataSet } from '../../data/dataset'
import type { Model } from '../../models/model'
import { requireModel } from '../../models/requireModel'
import path from '../../platform/path'
import { writeWhole } from '../../platform/files'
import { ownVersion } from '../../platform/places'
import { graphModelOf } from '../graphModel'
import { NotWritten } from '../operations'
import { onnxOf, type OnnxGraph } from './convert'
import { encodeOnnx, type OnnxFile } from './proto'

/** What the output of the decoder is called, by likelihood: its natural parameter. */
const PARAMETERS: Readonly<Record<string, string>> = {
  bernoulli: 'logits',
  gaussian: 'mean',
  poisson: 'lograte',
  negativeBinomial: 'logmean',
}

/**
 * Writes a model as ONNX, for Python and any other program with an ONNX runtime: `encoder.onnx`, x `[batch, dim]` →
 * `mean` and `logvar` of q(z|x), each `[batch, latent]`; `decoder.onnx`, z `[batch, latent]` → the natural parameter
 * of p(x|z), `[batch, dim]`: `logits`, `mean`, `lograte` or `logmean`; and, where the prior is not N(0, 1),
 * `prior.onnx`, which has no input: `mean` and `sd` of its components, `[K, latent]`. `model.json` says which model
 * and likelihood these are. The operations are those of opset 17.
 *
 * @param model a model of rows whose q(z|x) is one normal.
 * @param folder is created if necessary.
 * @returns the folder's absolute path.
 * @throws ArgumentError for a model of texts, a flow, or an operation that cannot be written; DataError if the folder
 *   cannot be written.
 * @example
 * const folder = lid.exportOnnx(model, 'out/onnx')
 * const found = await lid.audit({ encoder: `${folder}/encoder.onnx`, decoder: `${folder}/decoder.onnx`, data: test, likelihood: 'bernoulli' })
 */
export function exportOnnx(model: Model<DataSet>, folder: string): string {
  requireEngine('exportOnnx')
  requireModel(model)
  if (typeof folder !== 'string' || folder === '')
    throw new ArgumentError('folder', folder, 'a path', 'Name a folder for the files.')
  const { posterior, latent, dim, decoder, likelihood, observation, prior, components } = model
  if (posterior.flow || posterior.branches > 1)
    throw new ArgumentError(
      'model',
      unquoted(posterior.flow ? 'a flow' : `q(z|x, w) of ${posterior.branches} components`),
      'one whose q(z|x) is one normal',
      'Export its decoder: lid.exportDecoder.',
    )
  const parameter = PARAMETERS[likelihood.name] ?? 'eta'
  const batch = 'batch'
  const target = path.resolve(folder)
  const write = (name: string, file: Omit<OnnxFile, 'metadata'>): void => {
    writeWhole(
      path.join(target, name),
      encodeOnnx({ ...file, metadata: { lidvae: ownVersion(), model: model.kind } }),
    )
  }
  const encoder = graphOf(
    'model.posterior',
    (x) => {
      const { mean, sd } = posterior.encode(x)
      const count = mean.shape[0]
      return tf.concat(
        [tf.reshape(mean, [count, latent]), tf.mul(2, tf.log(tf.reshape(sd, [count, latent])))],
        1,
      )
    },
    { from: dim, to: 2 * latent },
    { input: 'x', output: 'moments' },
  )
  encoder.initializers.push({ name: 'sizes', dims: [2], data: BigInt64Array.from([latent, latent], BigInt) })
  encoder.nodes.push({
    op: 'Split',
    inputs: ['moments', 'sizes'],
    outputs: ['mean', 'logvar'],
    attributes: { axis: 1 },
  })
  write('encoder.onnx', {
    ...encoder,
    inputs: [{ name: 'x', shape: [batch, dim] }],
    outputs: ['mean', 'logvar'].map((name) => ({ name, shape: [batch, latent] })),
  })
  write('decoder.onnx', {
    ...graphOf(
      'model.decoder',
      (z) => decoder.apply(z),
      { from: latent, to: dim },
      { input: 'z', output: parameter },
    ),
    inputs: [{ name: 'z', shape: [batch, latent] }],
    outputs: [{ name: parameter, shape: [batch, dim] }],
  })
  const moments = evaluateOnce(() => prior.moments(), {}, [0, 0])
  const isStandard =
    components === 1 && moments.mean.values.every((m) => m === 0) && moments.sd.values.every((s) => s === 1)
  if (!isStandard && !prior.logProb && !prior.factor)
    write('prior.onnx', {
      nodes: ['mean', 'sd'].map((name) => ({ op: 'Identity', inputs: [`prior ${name}`], outputs: [name] })),
      initializers: (['mean', 'sd'] as const).map((name) => ({
        name: `prior ${name}`,
        dims: [components, latent],
        data: Float32Array.from(moments[name].values),
      })),
      inputs: [],
      outputs: ['mean', 'sd'].map((name) => ({ name, shape: [components, latent] })),
    })
  const sigma = observation.sigma && evaluateOnce(() => ({ sigma: observation.sigma!() })).sigma.values[0]
  const facts = {
    model: model.kind,
    latent,
    dim,
    likelihood: likelihood.name,
    ...(sigma !== undefined && { sigma }),
    output: parameter,
    lidvae: ownVersion(),
  }
  writeWhole(path.join(target, 'model.json'), `${JSON.stringify(facts, null, 2)}\n`)
  return target
}

/** A function of rows as an ONNX graph. */
function graphOf(
  part: string,
  f: (rows: tf.Tensor) => tf.Tensor,
  widths: { from: number; to: number },
  names: { input: string; output: string },
): OnnxGraph {
  try {
    return onnxOf(graphModelOf(f, widths, names))
  } catch (error) {
    if (!(error instanceof NotWritten)) throw error
    throw new ArgumentError(
      part,
      unquoted(error.message),
      'made of operations that ONNX has',
      'Write that part with others: sums, products, tf.matMul, activations.',
    )
  }
}
