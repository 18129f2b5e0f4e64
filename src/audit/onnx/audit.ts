import { ArgumentError, alternatives, unquoted } from '../../base/errors'
import { requireOptions } from '../../base/options'
import { DataSet } from '../../data/dataset'
import { from } from '../../data/own/from'
import type { GivenValues } from '../../data/own/values'
import { sampledRows } from '../../data/sampled'
import { spreadOf } from '../../models/noise'
import { Work } from '../../platform/cancellation'
import { onnxRuntimeVersion } from '../../platform/onnxRuntime'
import { readOneArray } from '../arrays'
import { asOption } from '../asOption'
import { requireComponents } from '../components'
import { drawsInOne, inParts } from '../draws'
import { evaluationOf, type AuditEvaluation } from '../evaluation'
import { auditLikelihood, LIKELIHOODS, type AuditLikelihood, type AuditLikelihoodName } from '../likelihood'
import { saveAudit } from '../page'
import { auditedFile, auditOf, type Audit } from '../result'
import { auditWitness } from '../witness'
import { OnnxDecoder, type AuditOutput } from './decoder'
import { encodeRows, type AuditScale } from './encoder'
import { evaluateOnnx, type AuditRows } from './evaluate'
import { readPrior } from './prior'

/** A model of any framework, exported to ONNX, and held-out data. */
export interface AuditModel {
  /** Path of the encoder: x → `mean`, and `logvar` or `sd`; of a mixture also `w_logits`, those of q(w|x). */
  encoder: string
  /** Path of the decoder: z → `logits`, `mean` or `lograte`; of texts z and `tokens` → `logits`. */
  decoder?: string
  /** Path of the prior, N(0, 1) by default: .npz or ONNX with `mean` and `sd` of components; or ONNX z → `log_prob`. */
  prior?: string
  /** Path of draws of that prior, .npy `[count, latent]`; only for one given by its density. */
  priorDraws?: string
  /** Held-out data: a data set, or a path that `lid.data.from` reads; texts as .npy of tokens, `[N, length]`. */
  data: string | DataSet
  /** The family of p(x|z): 'bernoulli', 'gaussian', 'poisson', 'negativeBinomial', or 'categorical' for texts. */
  likelihood?: AuditLikelihoodName
  /** σ of a Gaussian likelihood, where the decoder does not give it. */
  sigma?: number
  /** α of a negative binomial one: the variance is μ + αμ². */
  dispersion?: number
  /** The token that fills texts up. */
  pad?: number
  /** What the encoder's second output is, where its name does not say: 'logVariance' or 'sd'. */
  scale?: AuditScale
  /** What the decoder's output is: 'natural' (logits, log-rates) or 'mean' (probabilities, rates). */
  output?: AuditOutput
  /** What the data's numbers are, where it is not clear: 'bytes' for pixels from 0 to 255. */
  values?: GivenValues
}

const MODEL_OPTIONS: Readonly<Record<keyof AuditModel, true>> = {
  encoder: true,
  decoder: true,
  prior: true,
  priorDraws: true,
  data: true,
  likelihood: true,
  sigma: true,
  dispersion: true,
  pad: true,
  scale: true,
  output: true,
  values: true,
}

interface Settings {
  readonly samples: number
  readonly priorSamples: number
  readonly size: number
  readonly binarize: boolean
  readonly witness: boolean
  readonly seed: number
  readonly signal?: AbortSignal
}

/** The audit of a model in ONNX files. */
export async function auditOnnx(model: AuditModel, settings: Settings): Promise<Audit> {
  const began = performance.now()
  requireModelFiles(model)
  const { samples, priorSamples, seed, signal, witness: wanted } = settings
  const likelihood = model.decoder === undefined ? undefined : auditLikelihood(model.likelihood!, model)
  const { rows, data } = await rowsOf(model, settings, likelihood)
  const work = new Work('audit', signal)
  const between = () => work.pause()
  const closing: (() => Promise<void>)[] = []
  try {
    await between()
    const shape = data?.shape ?? [rows.dim]
    const { q, notes } = await encodeRows(model.encoder, { ...rows, shape }, model.scale, between)
    const { latent } = q
    const { prior, close, notes: onPrior } = await readPrior(model.prior, model.priorDraws, latent)
    closing.push(close)
    requireComponents(q.w, q.branches, prior)
    let measured: AuditEvaluation
    let witness: Audit['witness']
    let decoder: OnnxDecoder | undefined
    if (likelihood) {
      decoder = await OnnxDecoder.open(model.decoder!, likelihood, {
        output: model.output,
        dim: rows.dim,
        latent,
        shape,
      })
      closing.push(() => decoder!.release())
      const run = { decoder, likelihood, prior, data: rows, between }
      measured = await evaluateOnnx(
        run,
        q,
        { samples, priorSamples, seed },
        extrasOf(likelihood, rows, data, model.pad),
      )
      if (wanted) witness = await auditWitness(run, seed)
    } else {
      const drawn = prior.isNormal ? 1 : samples
      const draws = drawsInOne(q, drawn, seed)
      measured = await evaluationOf(
        { ...rows, ...q, prior, samples: drawn, ...draws },
        inParts(q, drawn, draws),
      )
    }
    const noWitness = likelihood
      ? 'they were not asked for.'
      : 'they need a decoder (option decoder or --decoder).'
    const facts = {
      prior: prior.name,
      settings: settingsOf(model, settings),
      files: filesOf(model),
      ...(witness ? { witness } : { cannotTell: [`Witness pairs: ${noWitness}`] }),
      notes: [...notes, ...(decoder?.notes ?? []), ...onPrior],
      decodings: decoder?.decodings ?? 0,
      versions: { 'onnxruntime-node': onnxRuntimeVersion() },
      began,
    }
    return auditOf(measured, facts, saveAudit)
  } finally {
    for (const close of closing) await close()
    work.end()
  }
}

function requireModelFiles(model: AuditModel): void {
  requireOptions(
    'audit of a model',
    model,
    MODEL_OPTIONS,
    "{ encoder: 'enc.onnx', decoder: 'dec.onnx', data: 'x.npy', likelihood: 'bernoulli' }",
  )
  const { encoder, decoder, prior, data, likelihood, scale, output } = model
  for (const [name, file] of Object.entries({ encoder, decoder, prior }))
    if (file !== undefined && (typeof file !== 'string' || file === ''))
      throw new ArgumentError(name, file, 'the path of an ONNX file')
  if (encoder === undefined)
    throw new ArgumentError('encoder', unquoted('nothing'), 'the path of an ONNX file')
  if (typeof data !== 'string' && !(data instanceof DataSet))
    throw new ArgumentError(
      'data',
      data ?? unquoted('nothing'),
      'held-out data: a path or a data set',
      'For example x.npy.',
    )
  if (decoder !== undefined && likelihood === undefined)
    throw new ArgumentError(
      'likelihood',
      unquoted('nothing'),
      alternatives(LIKELIHOODS),
      'It is the family of p(x|z) that the decoder was trained with.',
    )
  if (scale !== undefined && scale !== 'sd' && scale !== 'logVariance')
    throw new ArgumentError('scale', scale, alternatives(['logVariance', 'sd']))
  if (output !== undefined && output !== 'natural' && output !== 'mean')
    throw new ArgumentError('output', output, alternatives(['natural', 'mean']))
}

/** The data points that are used. */
async function rowsOf(
  { data, likelihood, values }: AuditModel,
  { size, seed, binarize }: Settings,
  family: AuditLikelihood | undefined,
): Promise<{ rows: AuditRows; data?: DataSet }> {
  if (likelihood === 'categorical' && typeof data === 'string') {
    const { shape, values: tokens } = await readOneArray(data)
    if (shape.length !== 2)
      throw new ArgumentError(
        'data',
        unquoted(`[${shape.join(', ')}]`),
        'tokens of shape [N, length]',
        `Fill short texts up, and name the token by ${asOption('pad')}.`,
      )
    const [all, dim] = shape
    if (all === 0 || dim < 2)
      throw new ArgumentError(
        'data',
        unquoted(`[${shape.join(', ')}]`),
        'tokens of shape [N, length], at least one text of two tokens',
      )
    const chosen = sampledRows(all, size, seed)
    const x = new Float32Array(chosen.length * dim)
    chosen.forEach((row, i) => x.set(tokens.subarray(row * dim, (row + 1) * dim), i * dim))
    return { rows: { x, size: chosen.length, dim, isText: true, rows: chosen } }
  }
  const whole =
    typeof data === 'string' ? await from(data, { onNote: () => undefined, ...(values && { values }) }) : data
  if (family?.accepts && !family.accepts.includes(whole.values))
    throw new ArgumentError(
      'data',
      unquoted(`values '${whole.values}'`),
      `${alternatives(family.accepts)} for a ${family.name} likelihood`,
      whole.values === 'count' && family.name === 'bernoulli'
        ? "Divide them by their largest value, or say values 'bytes'."
        : whole.values === 'real'
          ? `Bring them to ${family.name === 'bernoulli' ? 'numbers from 0 to 1' : 'counts'}, as the model was trained, or name its likelihood.`
          : '',
    )
  const chosen = sampledRows(whole.size, size, seed)
  const some = chosen.length === whole.size ? whole : whole.select(chosen)
  const used = binarize && likelihood === 'bernoulli' && some.values === 'intensity' ? some.binarized() : some
  const { x, dim, labels } = used
  return {
    rows: {
      x,
      size: used.size,
      dim,
      isText: likelihood === 'categorical',
      rows: chosen,
      ...(labels && { labels }),
    },
    data: used,
  }
}

function extrasOf(
  { sigma }: AuditLikelihood,
  rows: AuditRows,
  data: DataSet | undefined,
  pad: number | undefined,
) {
  if (!rows.isText) return sigma !== undefined && data ? { noise: { sigma, spread: spreadOf(data) } } : {}
  const words = Int32Array.from({ length: rows.size }, (_, i) =>
    rows.x
      .subarray(i * rows.dim + 1, (i + 1) * rows.dim)
      .reduce((sum, token) => sum + (token === pad ? 0 : 1), 0),
  )
  return { words }
}

function settingsOf({ data, ...model }: AuditModel, { signal: _, ...settings }: Settings): Audit['settings'] {
  const { encoder: _e, decoder: _d, prior: _p, priorDraws: _r, ...family } = model
  const all = { ...family, ...(typeof data !== 'string' && { data: data.name }), ...settings }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

function filesOf({ encoder, decoder, prior, priorDraws, data }: AuditModel): Audit['files'] {
  const named = {
    encoder,
    decoder,
    prior,
    'draws of the prior': priorDraws,
    data: typeof data === 'string' ? data : undefined,
  }
  const files = Object.entries(named).filter((one): one is [string, string] => one[1] !== undefined)
  return files.map(([role, file]) => auditedFile(role, file))
}
