import type { DataSet } from '../data/dataset'
import type { Model, ModelKind } from '../models/model'
import { activeUnits, type ActiveUnits } from './activeUnits'
import { clusterAccuracy } from './clusterAccuracy'
import type { Estimate } from './estimate'
import { evaluate, type EvaluateOptions, type Evaluation } from './evaluation'
import { flatness, inferenceGap } from './flatness'
import { kl } from './kl'
import { elbo, logLikelihood } from './logLikelihood'
import { mutualInformation } from './mutualInformation'
import { judge, type Verdict } from './verdict'

/** All metrics of one latent variable. */
export interface VariableDiagnosis {
  readonly variable: 'z' | 'w'
  /** Fraction of active units (components of w). */
  readonly activeUnits: Estimate
  /** KL(q ‖ p), nats. */
  readonly kl: Estimate
  /** I(x; v) under q, nats. */
  readonly mutualInformation: Estimate
  /** F_v, nats: 0 where the model is non-identifiable in v at these data. */
  readonly flatness: Estimate
  /** KL(q ‖ exact posterior), nats. */
  readonly inferenceGap: Estimate
  /** What `diagnose` makes of it. */
  readonly verdict: Verdict
}

/** One unit of z. */
export interface UnitDiagnosis {
  readonly unit: number
  readonly active: boolean
  /** Var_x E[z_u|x] / Var p(z_u). */
  readonly activity: number
  readonly kl: Estimate
  readonly flatness: Estimate
}

/** Everything `diagnose` found, with its verdict in words. */
export interface Diagnosis {
  readonly model: ModelKind
  /** z, and w where the model has it. */
  readonly variables: readonly VariableDiagnosis[]
  readonly units: readonly UnitDiagnosis[]
  /** q(w = k) averaged over the data; empty without w. */
  readonly usage: readonly number[]
  readonly logLikelihood: Estimate
  readonly elbo: Estimate
  /** Where the data have labels and the model components. */
  readonly clusterAccuracy?: Estimate
  /** One sentence a variable, and advice. */
  readonly verdict: readonly string[]
  readonly evaluation: Evaluation
}

/**
 * Tells bug from collapse: measures active units, KL, mutual information, flatness and inference gap of each latent variable on held-out data and says
 * in words, variable by variable, whether the model is healthy, non-identifiable there, only weakly identified, or failed by its inference. The
 * certificate is never asked.
 *
 * @param model a trained model.
 * @param data held-out data; the first `size` data points are used.
 * @param options `{ samples = 50, priorSamples = 20, size = 1000, seed = 0, signal }`.
 * @returns every metric with its standard error, and the verdict.
 * @throws ArgumentError for data of another width or kind.
 * @example
 * const diagnosis = await lid.diagnose(model, test)
 * diagnosis.verdict.forEach((line) => console.log(line))
 */
export async function diagnose(
  model: Model,
  data: DataSet,
  options: EvaluateOptions = {},
): Promise<Diagnosis> {
  return diagnoseEvaluation(await evaluate(model, data, options))
}

/** `diagnose` of an evaluation made before. */
export function diagnoseEvaluation(evaluation: Evaluation): Diagnosis {
  const units = activeUnits(evaluation)
  const divergence = kl(evaluation)
  const information = mutualInformation(evaluation)
  const flat = flatness(evaluation)
  const gap = inferenceGap(evaluation)
  const of = (variable: 'z' | 'w', au: ActiveUnits): VariableDiagnosis => {
    const measured = {
      variable,
      activeUnits: au.fraction,
      kl: divergence[variable],
      mutualInformation: information[variable],
      flatness: flat[variable],
      inferenceGap: gap[variable],
    }
    return { ...measured, verdict: judge(measured, au.active) }
  }
  const { components, size, logW, labels } = evaluation
  const variables = components > 1 ? [of('z', units.z), of('w', units.w)] : [of('z', units.z)]
  return {
    model: evaluation.model,
    variables,
    units: Array.from(units.z.activity, (activity, unit) => ({
      unit,
      active: units.z.active[unit],
      activity,
      kl: divergence.units[unit],
      flatness: flat.units[unit],
    })),
    usage: components === 1 ? [] : usage(logW, size, components),
    logLikelihood: logLikelihood(evaluation),
    elbo: elbo(evaluation),
    ...(labels && components > 1 ? { clusterAccuracy: clusterAccuracy(evaluation) } : {}),
    verdict: variables.map(({ verdict }) => verdict.words),
    evaluation,
  }
}

const usage = (logW: Float32Array, size: number, components: number): number[] =>
  Array.from({ length: components }, (_, k) => {
    let sum = 0
    for (let i = 0; i < size; i++) sum += Math.exp(logW[i * components + k])
    return sum / size
  })
