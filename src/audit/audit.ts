import { ArgumentError } from '../base/errors'
import { requireOptions, resolveOptions } from '../base/options'
import { requireInteger } from '../base/errors'
import { isFile } from '../platform/fileSystem'
import { readAuditArrays, type AuditArray, type AuditArrays } from './arrays'
import { evaluateArrays, priorOf } from './fromArrays'
import { ARRAY_NAMES, notesOnBoth } from './names'
import { auditOnnx, type AuditModel } from './onnx/audit'
import { saveAudit } from './page'
import { auditedFile, auditOf, type Audit } from './result'

/** Options of `audit`. */
export interface AuditOptions {
  /** Draws of z per data point for importance weighting; 50 by default. */
  samples?: number
  /** Draws of z from the prior per data point, for flatness; 20 by default. */
  priorSamples?: number
  /** Number of data points, drawn at random by the seed; 1000 by default, all where there are no more. */
  size?: number
  /** Whether intensities are binarised for a Bernoulli likelihood; true by default. */
  binarize?: boolean
  /** Whether two codes with the same likelihood are searched; true by default. */
  witness?: boolean
  /** Seed of all draws; 0 by default. */
  seed?: number
  /** Aborts the audit with an error between two batches. */
  signal?: AbortSignal
}

const OPTIONS = {
  samples: 50,
  priorSamples: 20,
  size: 1000,
  binarize: true,
  witness: true,
  seed: 0,
  signal: undefined,
}

/**
 * Measures a model of any framework, and says in words whether its posterior has collapsed and why.
 *
 * From ONNX files: an encoder, x → `mean` and `logvar` (or `sd`), and a decoder, z → `logits` (or `mean`,
 * `lograte`), are run over held-out data by `onnxruntime-node` (`npm install onnxruntime-node`), with the
 * draws and the metrics of `diagnose`; two codes with the same likelihood are searched by finite differences.
 *
 * From arrays: an .npz or .safetensors file, or the arrays themselves. Posterior means `mean` and standard
 * deviations `sd` (or `logvar`) give active units, KL, mutual information and the aggregate posterior; with `z`,
 * draws of q(z|x), `log_likelihood`, log p(x|z) at them, and `prior_log_likelihood`, log p(x|z) at draws of the
 * prior, also log p(x), flatness and the verdict of `diagnose`. What cannot be measured is said.
 *
 * @param source `{ encoder, decoder, data, likelihood, … }`; or the path of an .npz or .safetensors file, or arrays
 *   `{ mean, sd, … }` with shape and values.
 * @param options `{ samples = 50, priorSamples = 20, size = 1000, binarize = true, witness = true, seed = 0, signal }`.
 * @returns verdict, metrics with standard errors, units, what could not be told, settings, checksums and versions.
 * @throws ArgumentError or DataError in one line that says what to change; EngineError without onnxruntime-node.
 * @example
 * const found = await lid.audit({ encoder: 'enc.onnx', decoder: 'dec.onnx', data: 'x.npy', likelihood: 'bernoulli' })
 * console.log(found.verdict[0].summary)
 * @example
 * const { verdict, metrics } = await lid.audit('posterior.npz')
 * console.log(verdict[0].summary, metrics.kl?.value)
 * @see Wang, Blei, Cunningham 2021, theorem 1.
 */
export async function audit(
  source: string | AuditArrays | AuditModel,
  options: AuditOptions = {},
): Promise<Audit> {
  const resolved = resolveOptions('audit', options, OPTIONS)
  requireInteger('seed', resolved.seed, 0)
  const began = performance.now()
  if (typeof source === 'string') {
    if (/\.onnx$/i.test(source))
      throw new ArgumentError('source', source, 'a file of arrays, or { encoder, decoder, data, likelihood }')
    const { arrays, notes } = await readAuditArrays(source)
    return ofArrays(arrays, resolved.seed, began, source, notes)
  }
  if (typeof source !== 'object' || source === null)
    throw new ArgumentError('source', source, 'a path or an object of arrays', "For example 'posterior.npz'.")
  if (isModel(source)) {
    for (const name of ['samples', 'priorSamples', 'size'] as const) requireInteger(name, resolved[name])
    return auditOnnx(source, resolved)
  }
  if (!isArray(source.mean))
    throw new ArgumentError('mean', source.mean, '{ shape: [N, latent], values: Float32Array }')
  requireOptions('audit of arrays', source, ARRAY_NAMES, '{ mean, sd }')
  return ofArrays(source, resolved.seed, began)
}

const isModel = (source: object): source is AuditModel => !('mean' in source)

const isArray = (value: unknown): value is AuditArray =>
  typeof value === 'object' &&
  value !== null &&
  Array.isArray((value as AuditArray).shape) &&
  (value as AuditArray).values instanceof Float32Array

async function ofArrays(
  arrays: AuditArrays,
  seed: number,
  began: number,
  file?: string,
  notes: readonly string[] = [],
): Promise<Audit> {
  const measured = await evaluateArrays(arrays, seed)
  const facts = {
    prior: priorOf(arrays, measured.evaluation.latent).name,
    settings: { seed },
    files: file !== undefined && isFile(file) ? [auditedFile('arrays', file)] : [],
    cannotTell: ['Witness pairs: they need a decoder that can be called (option decoder or --decoder).'],
    notes: [...notes, ...notesOnBoth(arrays)],
    began,
  }
  return auditOf(measured, facts, saveAudit)
}
