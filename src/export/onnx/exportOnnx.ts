import { ArgumentError, unquoted } from '../../base/errors'
import { requireEngine } from '../../compute/engine'
import { evaluateOnce } from '../../compute/step'
import type { DataSet } from '../../data/dataset'
import type { Model } from '../../models/model'
import { requireModel } from '../../models/requireModel'
import path from '../../platform/path'
import { writeWhole } from '../../platform/files'
import { ownVersion } from '../../platform/places'
import { BATCH, graphOf, type Write } from './graph'
import { encodeOnnx } from './proto'
import { writeEncoder } from './writeEncoder'
import { writePrior } from './writePrior'

/** What the output of the decoder is called, by likelihood: its natural parameter. */
const PARAMETERS: Readonly<Record<string, string>> = {
  bernoulli: 'logits',
  gaussian: 'mean',
  poisson: 'lograte',
  negativeBinomial: 'logmean',
}

/**
 * Writes a model as ONNX, for Python and any other program with an ONNX runtime: `encoder.onnx`, x `[batch, dim]` →
 * `mean` and `logvar` of q(z|x), each `[batch, latent]` (of q(z|x, w) `[batch, K, latent]`), and in a mixture
 * `w_logits`, log q(w|x), `[batch, K]`; `decoder.onnx`, z `[batch, latent]` → the natural parameter of p(x|z),
 * `[batch, dim]`: `logits`, `mean`, `lograte` or `logmean`; and, where the prior is not N(0, 1),
 * `prior.onnx`. That of a mixture has no input: `mean` and `sd` of its components, `[K, latent]`. That of
 * another prior, such as components with full covariance, is its density, z → `log_prob`, with draws beside
 * it in `prior-draws.safetensors`. `model.json` says which model and likelihood these are. The operations are
 * those of opset 17.
 *
 * @param model a model of rows whose q(z|x), or q(z|x, w), is normal.
 * @param folder is created if necessary.
 * @returns the folder's absolute path.
 * @throws ArgumentError for a model of texts, a posterior with a flow, or an operation that cannot be
 *   written; DataError if the folder cannot be written.
 * @example
 * const folder = lid.exportOnnx(model, 'out/onnx')
 * const found = await lid.audit({ encoder: `${folder}/encoder.onnx`, decoder: `${folder}/decoder.onnx`, data: test, likelihood: 'bernoulli' })
 */
export function exportOnnx(model: Model<DataSet>, folder: string): string {
  requireEngine('exportOnnx')
  requireModel(model)
  if (typeof folder !== 'string' || folder === '')
    throw new ArgumentError('folder', folder, 'a path', 'Name a folder for the files.')
  requireWritable(model)
  const { latent, dim, decoder, likelihood, observation } = model
  const parameter = PARAMETERS[likelihood.name] ?? 'eta'
  const target = path.resolve(folder)
  const write: Write = (name, file) =>
    void writeWhole(
      path.join(target, name),
      encodeOnnx({ ...file, metadata: { lidvae: ownVersion(), model: model.kind } }),
    )
  writeEncoder(model, write)
  write('decoder.onnx', {
    ...graphOf(
      'model.decoder',
      (z) => decoder.apply(z),
      { from: latent, to: dim },
      { input: 'z', output: parameter },
    ),
    inputs: [{ name: 'z', shape: [BATCH, latent] }],
    outputs: [{ name: parameter, shape: [BATCH, dim] }],
  })
  writePrior(model, write, target)
  const sigma = observation.sigma && evaluateOnce(() => ({ sigma: observation.sigma!() })).sigma.values[0]
  const facts = {
    model: model.kind,
    latent,
    ...(model.components > 1 && { components: model.components }),
    dim,
    likelihood: likelihood.name,
    ...(sigma !== undefined && { sigma }),
    output: parameter,
    lidvae: ownVersion(),
  }
  writeWhole(path.join(target, 'model.json'), `${JSON.stringify(facts, null, 2)}\n`)
  return target
}

/** Throws, before anything is written, for a model whose parts are no functions of rows. */
function requireWritable({ kind, conditional, posterior, prior }: Model): void {
  const python = 'In Python, docs/read_model.py computes with what lid.save wrote'
  if (conditional.of !== 'rows')
    throw new ArgumentError(
      'model',
      unquoted(`${kind}, whose LSTM takes as many steps as a text has tokens`),
      'a model of rows of numbers',
      `${python}; lid.diagnose measures it here.`,
    )
  if (posterior.flow)
    throw new ArgumentError(
      'model',
      unquoted('one with a flow, of which an encoder of means and variances says nothing'),
      'one whose q(z|x) is normal',
      `${python}; lid.exportDecoder writes its decoder.`,
    )
  if (posterior.branches > 1 && (prior.factor ?? prior.logProb))
    throw new ArgumentError(
      'model',
      unquoted('q(z|x, w) with components of full covariance'),
      'one whose components have means and standard deviations, or one with q(z|x)',
      `${python}.`,
    )
}
