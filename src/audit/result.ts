import { formatEstimate, type Estimate } from '../base/estimate'
import { counted, withConsoleSummary } from '../base/consoleSummary'
import type { Evaluation } from '../metrics/evaluation'
import type { Diagnosis } from '../metrics/diagnose'
import type { Witness } from '../metrics/witness/witness'
import { sha256OfAll } from '../platform/hash'
import { nodeVersion } from '../platform/machine'
import { openFile } from '../platform/openFile'
import { ownVersion } from '../platform/places'
import type { AuditComponents } from './components'
import { findingsOf, type AuditMetrics, type AuditUnit, type AuditVerdict } from './findings'
import type { Aggregate } from './encoderAlone'
import type { AuditEvaluation } from './evaluation'

/** A file that was audited. */
export interface AuditedFile {
  /** What it is: 'encoder', 'decoder', 'data' … */
  readonly role: string
  /** Its path. */
  readonly file: string
  /** Number of its bytes. */
  readonly bytes: number
  /** SHA-256 of them, in hexadecimal. */
  readonly sha256: string
}

/** What `audit` found. `JSON.stringify` gives all of it but the record and the diagnosis. */
export interface Audit {
  /** The verdicts on z, and on w of a mixture whose q(w|x) is given, in the words of `diagnose`. */
  readonly verdict: readonly AuditVerdict[]
  /** True if z or w as a whole tells nothing about x, or q misses what it tells: the verdict says which. */
  readonly collapsed: boolean
  /** Units that do not vary with the data, where z as a whole does. */
  readonly deadUnits: readonly number[]
  /** The metrics, nats; what could not be measured is absent. */
  readonly metrics: AuditMetrics
  /** Each unit of z. */
  readonly units: readonly AuditUnit[]
  /** The aggregate posterior beside the prior. */
  readonly aggregate: Aggregate
  /** q(w = k) averaged over the data, of a mixture whose q(w|x) is given. */
  readonly usage?: readonly number[]
  /** Two codes with the same likelihood, searched with the decoder alone. */
  readonly witness?: Witness
  /** One line for each thing that could not be measured, and what it needs. */
  readonly cannotTell: readonly string[]
  /** What else to know: one line for each array or output that was given and not used. */
  readonly notes: readonly string[]
  /** Number of data points. */
  readonly size: number
  /** Units of z. */
  readonly latent: number
  /** The prior, in a few words. */
  readonly prior: string
  /** Number of codes that were decoded, the witness search included. */
  readonly decodings: number
  /** What it was asked for. */
  readonly settings: Readonly<Record<string, string | number | boolean>>
  /** The files, with their checksums. */
  readonly files: readonly AuditedFile[]
  /** Versions of lidvae, Node and, where it was used, onnxruntime-node. */
  readonly versions: Readonly<Record<string, string>>
  /** Duration, seconds. */
  readonly seconds: number
  /** The record behind the metrics, for further ones; fields of what could not be measured are absent. */
  readonly evaluation: Evaluation
  /**
   * Writes everything into a file.
   *
   * @param file path: `.html`, a page that needs no network, or `.json`.
   * @returns the absolute path.
   * @throws ArgumentError for another ending, DataError if the file cannot be written.
   * @example
   * const found = await lid.audit('posterior.npz')
   * found.save('report.html')
   */
  save(file: string): string
  /** All of `diagnose`, where log p(x|z) is known at draws of q and of the prior. */
  readonly diagnosis?: Diagnosis
}

/** What is known beside the record. */
export interface AuditFacts {
  readonly prior: string
  readonly settings: Audit['settings']
  readonly files: readonly AuditedFile[]
  readonly cannotTell?: readonly string[]
  readonly notes?: readonly string[]
  readonly witness?: Witness
  readonly decodings?: number
  readonly versions?: Audit['versions']
  readonly began: number
}

/** The result of an audit from its record. */
export function auditOf(
  measured: AuditEvaluation,
  facts: AuditFacts,
  save: (audit: Audit, file: string) => string,
): Audit {
  const { evaluation } = measured
  const { diagnosis, dead, cannotTell, ...found } = findingsOf(measured)
  const audit = {
    verdict: found.verdict,
    collapsed: found.collapsed,
    deadUnits: dead,
    metrics: found.metrics,
    units: found.units,
    aggregate: found.aggregate,
    ...(found.usage && { usage: found.usage }),
    ...(facts.witness && { witness: facts.witness }),
    cannotTell: [...cannotTell, ...(facts.cannotTell ?? [])],
    notes: [...found.notes, ...(facts.notes ?? [])],
    size: evaluation.size,
    latent: evaluation.latent,
    prior: facts.prior,
    decodings: facts.decodings ?? 0,
    settings: facts.settings,
    files: facts.files,
    versions: { lidvae: ownVersion(), node: nodeVersion(), ...facts.versions },
    seconds: (performance.now() - facts.began) / 1000,
  }
  // Not in JSON: these have every draw.
  Object.defineProperty(audit, 'evaluation', { value: evaluation })
  Object.defineProperty(audit, 'diagnosis', { value: diagnosis })
  Object.defineProperty(audit, 'save', {
    value(this: Audit, file: string) {
      return save(this, file)
    },
  })
  return withConsoleSummary(audit as unknown as Audit, formatAudit)
}

/** The checksum of a file that was read. */
export function auditedFile(role: string, file: string): AuditedFile {
  const open = openFile(file, 'Check the path and its permissions.')
  try {
    return { role, file, bytes: open.size, sha256: sha256OfAll(open.pieces(0, open.size)) }
  } finally {
    open.close()
  }
}

type Figure = Exclude<keyof AuditMetrics, 'w'>

const NAMES: readonly [Figure, string][] = [
  ['kl', 'KL'],
  ['mutualInformation', 'I(x; z)'],
  ['logLikelihood', 'log p(x)'],
  ['elbo', 'ELBO'],
  ['flatness', 'F'],
  ['inferenceGap', 'inference gap'],
]

/** The metrics that were measured, by name, nats. */
export const namedMetrics = (metrics: AuditMetrics): [string, Estimate][] =>
  NAMES.flatMap(([key, name]): [string, Estimate][] => {
    const estimate = metrics[key]
    return estimate ? [[name, estimate]] : []
  })

const NAMES_OF_W: readonly [keyof AuditComponents, string][] = [
  ['kl', 'KL of w'],
  ['mutualInformation', 'I(x; w)'],
  ['flatness', 'F of w'],
  ['inferenceGap', 'inference gap of w'],
]

/** Those of w. */
export const namedMetricsOfW = (w: AuditComponents): [string, Estimate][] =>
  NAMES_OF_W.flatMap(([key, name]): [string, Estimate][] => {
    const estimate = w[key]
    return estimate ? [[name, estimate]] : []
  })

const inLine = (named: readonly [string, Estimate][]): string =>
  named
    .map(([name, estimate]) =>
      `${name} = ${formatEstimate(estimate)}`.replace('= ≥', '≥').replace('= <', '<'),
    )
    .join(', ') + ' nats'

/** Active components, of all. */
export const activeComponents = ({ metrics: { w }, usage = [] }: Audit): string =>
  `${Math.round((w?.activeUnits.value ?? 0) * usage.length)} of ${counted(usage.length, 'component')}`

/** The verdict first, then the figures, as text. */
export function formatAudit(audit: Audit): string {
  const { verdict, metrics, size, latent, cannotTell, notes, witness, units } = audit
  const active = units.filter((unit) => unit.active).length
  return [
    ...verdict.map(({ summary }) => summary),
    `${counted(size, 'data point')}; ${active} of ${counted(latent, 'unit')} active (${audit.prior} as prior)`,
    inLine(namedMetrics(metrics)),
    ...(metrics.w ? [`${activeComponents(audit)} active; ${inLine(namedMetricsOfW(metrics.w))}`] : []),
    ...(witness ? [`Witness search: ${witness.summary}`] : []),
    ...cannotTell.map((line) => `Not measured: ${line}`),
    ...notes.map((line) => `Note: ${line}`),
  ].join('\n')
}
