import type { ModelData } from '../data/modelData'
import type { Model } from '../models/model'
import { activeUnits, type ActiveUnits } from './activeUnits'
import { clusterAccuracy } from './clusterAccuracy'
import { formatEstimate, meanEstimate, type Estimate } from '../base/estimate'
import { evaluate } from './evaluate'
import { EVALUATE_OPTIONS, type EvaluatedKind, type EvaluateOptions, type Evaluation } from './evaluation'
import { flatness, inferenceGap } from './flatness'
import { kl } from './kl'
import { elbo, logLikelihood } from './logLikelihood'
import { mutualInformation } from './mutualInformation'
import { effectiveSamples, pointElbos } from './importance'
import { judge, type Circumstances, type Verdict } from './verdict'
import { counted, withConsoleSummary } from '../base/consoleSummary'
import { resolveOptions } from '../base/options'

/** All metrics of one latent variable. */
export interface VariableDiagnosis {
  /** The latent variable. */
  readonly variable: 'z' | 'w'
  /** Fraction of active units (components of w). */
  readonly activeUnits: Estimate
  /** KL(q ‖ p), nats. */
  readonly kl: Estimate
  /** I(x; v) under q, nats. */
  readonly mutualInformation: Estimate
  /**
   * F_v ≥ 0, nats: 0 where the model is non-identifiable in v at these data. The estimate may be slightly
   * below 0 because of sampling error; it then counts as 0.
   */
  readonly flatness: Estimate
  /** KL(q ‖ exact posterior), nats. */
  readonly inferenceGap: Estimate
  /** The verdict on the variable. */
  readonly verdict: Verdict
}

/** One unit of z. */
export interface UnitDiagnosis {
  /** Its index, from 0. */
  readonly unit: number
  /** Whether its activity is above 0.01. */
  readonly active: boolean
  /** Var_x E[z_u|x] / Var p(z_u). */
  readonly activity: number
  /** KL of its posterior from the prior, nats. */
  readonly kl: Estimate
  /** F of this unit, nats. */
  readonly flatness: Estimate
}

/** The result of `diagnose`, with its verdict as text. */
export interface Diagnosis {
  /** Kind of model: the name of its builder. */
  readonly model: EvaluatedKind
  /** All metrics of z. */
  readonly z: VariableDiagnosis
  /** All metrics of w; absent if the model has no w. */
  readonly w?: VariableDiagnosis
  /** The metrics of z, and of w if the model has it, as a list. */
  readonly variables: readonly VariableDiagnosis[]
  /** Each unit of z. */
  readonly units: readonly UnitDiagnosis[]
  /** q(w = k) averaged over the data; empty without w. */
  readonly usage: readonly number[]
  /** Importance-weighted log-likelihood, nats per data point. */
  readonly logLikelihood: Estimate
  /** The evidence lower bound, nats per data point. */
  readonly elbo: Estimate
  /** Present if the data have labels and the model has components. */
  readonly clusterAccuracy?: Estimate
  /** One text per variable: the finding and advice. */
  readonly verdict: readonly string[]
  /** The evaluation from which everything was computed, for further metrics. */
  readonly evaluation: Evaluation
}

/**
 * Distinguishes collapse from failed inference: measures active units, KL, mutual information, flatness and
 * inference gap of each latent variable on held-out data. A verdict on each variable states whether it is
 * healthy, non-identifiable, only weakly identified, or a failure of inference. It holds for all values within
 * the 99 % intervals of the figures and the bias that may be left in them; where they leave it open, the verdict
 * is 'cannot tell', with the reason and what to do. Certificates are not used.
 *
 * @param model a trained model.
 * @param data held-out data; `size` data points are used, drawn at random by the seed.
 * @param options `{ samples = 50, priorSamples = 20, size = 1000, seed = 0, binarize = true, signal }`, those
 *   of `evaluate`.
 * @returns every metric with its standard error, and the verdict.
 * @throws ArgumentError if the data have a different dimension or kind.
 * @example
 * const diagnosis = await lid.diagnose(model, test)
 * diagnosis.verdict.forEach((line) => console.log(line))
 * @see Wang, Blei, Cunningham 2021, theorem 1: collapse iff the likelihood is constant in the variable.
 */
export async function diagnose<D extends ModelData>(
  model: Model<D>,
  data: D,
  options: EvaluateOptions = {},
): Promise<Diagnosis> {
  const resolved = resolveOptions('diagnose', options, EVALUATE_OPTIONS)
  return diagnoseEvaluation(await evaluate(model, data, resolved))
}

/**
 * The same as `diagnose`, from an existing evaluation.
 *
 * @param evaluation from `evaluate`.
 * @returns every metric with its standard error, and the verdict.
 * @throws nothing for a result of `evaluate`.
 * @example
 * const { verdict } = lid.diagnoseEvaluation(await lid.evaluate(model, test))
 * @see Wang, Blei, Cunningham 2021, theorem 1.
 */
export function diagnoseEvaluation(evaluation: Evaluation): Diagnosis {
  const units = activeUnits(evaluation)
  const divergence = kl(evaluation)
  const information = mutualInformation(evaluation)
  const flat = flatness(evaluation)
  const gap = inferenceGap(evaluation)
  const each = Array.from(units.z.activity, (activity, unit) => ({
    unit,
    active: units.z.active[unit],
    activity,
    kl: divergence.units[unit],
    flatness: flat.units[unit],
  }))
  const { components, size, samples, logW, labels } = evaluation
  const pointsW = gap.pointsW
  const bounds = pointElbos(evaluation)
  const gains = {
    z: bounds.map((bound, i) => bound + pointsW[i] - evaluation.priorLogLikelihood[i]),
    w: flat.pointsW.map((f, i) => f - pointsW[i]),
  }
  const circumstances: Circumstances = {
    size,
    model: evaluation.model,
    untrained: evaluation.untrained,
    draws: { samples, effective: effectiveSamples(evaluation) },
    noise: evaluation.noise,
  }
  const of = (variable: 'z' | 'w', au: ActiveUnits): VariableDiagnosis => {
    const measured = {
      variable,
      activeUnits: au.fraction,
      kl: divergence[variable],
      mutualInformation: information[variable],
      flatness: flat[variable],
      inferenceGap: gap[variable],
    }
    const parts = Array.from(au.activity, (value, i) => ({
      activity: { value, standardError: au.standardErrors[i], estimator: 'bootstrap' },
      ...(variable === 'z' && { kl: each[i].kl, flatness: each[i].flatness }),
    }))
    const gain = meanEstimate(gains[variable], 'F less the inference gap')
    return { ...measured, verdict: judge({ ...measured, gain }, parts, circumstances) }
  }
  const z = of('z', units.z)
  const w = components > 1 ? of('w', units.w) : undefined
  const variables = w ? [z, w] : [z]
  const diagnosis: Diagnosis = {
    model: evaluation.model,
    z,
    ...(w && { w }),
    variables,
    units: each,
    usage: components === 1 ? [] : usage(logW, size, components),
    logLikelihood: logLikelihood(evaluation),
    elbo: elbo(evaluation),
    ...(labels && components > 1 ? { clusterAccuracy: clusterAccuracy(evaluation) } : {}),
    verdict: variables.map(({ verdict }) => verdict.summary),
    evaluation,
  }
  return withConsoleSummary(diagnosis, formatDiagnosis)
}

const usage = (logW: Float32Array, size: number, components: number): number[] =>
  Array.from({ length: components }, (_, k) => {
    let sum = 0
    for (let i = 0; i < size; i++) sum += Math.exp(logW[i * components + k])
    return sum / size
  })

/** The verdict, with log-likelihood and active units. */
function formatDiagnosis(diagnosis: Diagnosis): string {
  const {
    model,
    evaluation,
    logLikelihood: log,
    elbo: bound,
    variables,
    clusterAccuracy: accuracy,
  } = diagnosis
  const active = variables.map(({ variable, activeUnits: { value } }) => {
    const all = variable === 'z' ? evaluation.latent : evaluation.components
    return `${Math.round(value * all)} of ${counted(all, variable === 'z' ? 'unit' : 'component')} of ${variable}`
  })
  return [
    `Diagnosis of ${model} on ${counted(evaluation.size, 'data point')}: log p(x) = ${formatEstimate(log)}, ELBO = ${formatEstimate(bound)} nats`,
    `  active: ${active.join(', ')}${accuracy ? `; cluster accuracy ${formatEstimate(accuracy)}` : ''}`,
    ...diagnosis.verdict.map((line) => `  ${line}`),
  ].join('\n')
}
