import type { Estimate } from '../base/estimate'
import { activeUnits } from '../metrics/activeUnits'
import { diagnoseEvaluation, type Diagnosis } from '../metrics/diagnose'
import { inferenceGap } from '../metrics/flatness'
import { kl } from '../metrics/kl'
import { elbo, logLikelihood } from '../metrics/logLikelihood'
import { mutualInformation } from '../metrics/mutualInformation'
import type { Evaluation } from '../metrics/evaluation'
import type { VerdictKind } from '../metrics/verdict'
import { componentsAlone, usageOf, type AuditComponents } from './components'
import { aggregateOf, judgeEncoder, type Aggregate } from './encoderAlone'
import type { AuditEvaluation } from './evaluation'

/** The metrics of an audit; those that could not be measured are absent. All in nats but the first. */
export interface AuditMetrics {
  /** Fraction of active units. */
  readonly activeUnits: Estimate
  /** KL(q(z|x) ‖ p(z)), all units together. */
  readonly kl?: Estimate
  /** I(x; z) under q. */
  readonly mutualInformation: Estimate
  /** log p(x), importance-weighted. */
  readonly logLikelihood?: Estimate
  /** The evidence lower bound. */
  readonly elbo?: Estimate
  /** log p(x) − E_p(z) log p(x|z): 0 where the likelihood does not depend on z. */
  readonly flatness?: Estimate
  /** log p(x) − ELBO: how far q(z|x) is from the exact posterior. */
  readonly inferenceGap?: Estimate
  /**
   * The component w of a mixture, where q(w|x) is given; the figures above are then of z but for log p(x),
   * ELBO and their gap.
   */
  readonly w?: AuditComponents
}

/** One unit of z. */
export interface AuditUnit {
  /** Its index, from 0. */
  readonly unit: number
  /** Whether its activity is above 0.01. */
  readonly active: boolean
  /** Var_x E[z_u|x] / Var p(z_u). */
  readonly activity: number
  /** KL of its posterior from the prior, nats. */
  readonly kl?: Estimate
  /** F of this unit, nats. */
  readonly flatness?: Estimate
}

/** The verdict on one latent variable. */
export interface AuditVerdict {
  /** The latent variable. */
  readonly variable: 'z' | 'w'
  /** The finding in a few words, as in `diagnose`. */
  readonly kind: VerdictKind
  /** The finding, its figures, and what to try, as text. */
  readonly summary: string
}

/** Everything that was found. */
export interface Findings {
  readonly verdict: readonly AuditVerdict[]
  readonly collapsed: boolean
  readonly dead: readonly number[]
  readonly metrics: AuditMetrics
  readonly units: readonly AuditUnit[]
  readonly aggregate: Aggregate
  readonly usage?: readonly number[]
  readonly cannotTell: readonly string[]
  readonly notes: readonly string[]
  readonly diagnosis?: Diagnosis
}

/** Verdicts that say that a variable as a whole tells nothing about x, or that q misses what it tells. */
const COLLAPSED: readonly VerdictKind[] = ['non-identifiable model', 'failed inference', 'same for all data']

/** All metrics that the record allows, and the verdict. */
export function findingsOf(measured: AuditEvaluation): Findings {
  const { evaluation, hasLikelihood, hasPriorLikelihood, hasKl, hasKlOfUnits } = measured
  const isJoint = evaluation.components > 1
  const units = activeUnits(evaluation).z
  const divergence = hasKl ? klOf(evaluation) : undefined
  const information = mutualInformation(evaluation).z
  const aggregate = aggregateOf(evaluation, measured.prior, isJoint ? undefined : divergence?.z, information)
  const diagnosis = hasPriorLikelihood && hasKl ? diagnoseEvaluation(evaluation) : undefined
  const alone = diagnosis ? undefined : judgeEncoder(evaluation, units, divergence?.z, information)
  const w = componentsOf(measured, diagnosis)
  const { kind, summary } = diagnosis ? diagnosis.z.verdict : alone!.verdict
  const each = Array.from(units.activity, (activity, unit): AuditUnit => ({
    unit,
    active: units.active[unit],
    activity,
    ...(hasKlOfUnits && { kl: divergence!.units[unit] }),
    ...(diagnosis && { flatness: diagnosis.units[unit].flatness }),
  }))
  return {
    verdict: [
      { variable: 'z', kind, summary },
      ...(w ? [{ variable: 'w' as const, kind: w.verdict.kind, summary: w.verdict.summary }] : []),
    ],
    collapsed: (alone ? alone.collapsed : COLLAPSED.includes(kind)) || (w?.collapsed ?? false),
    dead:
      alone?.dead ?? (kind === 'dead units' ? each.filter((u) => u.activity < 0.01).map((u) => u.unit) : []),
    metrics: {
      activeUnits: units.fraction,
      ...(divergence && { kl: divergence.z }),
      mutualInformation: information,
      ...(hasLikelihood && {
        logLikelihood: logLikelihood(evaluation),
        ...(hasKl && { elbo: elbo(evaluation), inferenceGap: inferenceGap(evaluation).total }),
      }),
      ...(diagnosis && { flatness: diagnosis.z.flatness }),
      ...(w && { w: w.metrics }),
    },
    units: each,
    aggregate,
    ...(w && { usage: w.usage }),
    cannotTell: missingIn(measured),
    notes:
      measured.w && !measured.prior.isMixture
        ? ['KL of w is that from equal weights of the components: the density of z does not tell others.']
        : [],
    ...(diagnosis && { diagnosis }),
  }
}

/** KL by `kl`, whose words on its draws are those of `evaluate`. */
function klOf(evaluation: Evaluation): ReturnType<typeof kl> {
  const found = kl(evaluation)
  if (!evaluation.klIsSampled) return found
  const of = (estimate: Estimate): Estimate => ({
    ...estimate,
    estimator: `${evaluation.samples} draws per data point, ${evaluation.size} data points`,
  })
  return { ...found, z: of(found.z), units: found.units.map(of) }
}

/** What is known of w. */
function componentsOf({ evaluation, w }: AuditEvaluation, diagnosis: Diagnosis | undefined) {
  const known = w ?? (evaluation.components > 1 ? evaluation : undefined)
  if (!known) return undefined
  const usage = usageOf(known)
  if (!diagnosis?.w) return { usage, ...componentsAlone(known) }
  const { activeUnits: active, kl: divergence, mutualInformation: information, ...of } = diagnosis.w
  const { flatness, inferenceGap: gap, verdict } = of
  return {
    usage,
    metrics: {
      activeUnits: active,
      kl: divergence,
      mutualInformation: information,
      flatness,
      inferenceGap: gap,
    },
    verdict,
    collapsed: COLLAPSED.includes(verdict.kind),
  }
}

/** One line for each thing that could not be measured, and what it needs. */
function missingIn(of: AuditEvaluation): string[] {
  const { hasLikelihood, hasPriorLikelihood, hasKl, hasKlOfUnits, w } = of
  return [
    ...(hasKl ? [] : ['KL, ELBO and log p(x): they need the density of the prior.']),
    ...(hasKl && !hasKlOfUnits ? ['The KL of single units: this prior does not factorise over them.'] : []),
    ...(hasLikelihood || !hasKl
      ? []
      : ['log p(x), ELBO and the inference gap: they need log p(x|z) at draws of q(z|x).']),
    ...(hasPriorLikelihood
      ? []
      : [
          'Flatness, and so whether the model or the inference is the cause: it needs log p(x|z) at draws of the prior.',
        ]),
    ...(w && hasLikelihood
      ? [
          'Flatness of w, and so whether the model or the inference is the cause there: it needs log p(x|w), from the decoder and the means and standard deviations of the components.',
        ]
      : []),
  ]
}
