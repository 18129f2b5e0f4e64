/**
 * lidvae: latent-identifiable variational autoencoders in a notebook.
 *
 * The front door: every public name, in groups. Data flows one way: data, model, training, metrics, plots,
 * notebook.
 */
import * as tf from '@tensorflow/tfjs'
import * as data from './data'
import * as errors from './apps/errors'
import * as experiments from './apps/experiments'
import * as fixes from './fixes'
import * as inference from './inference'
import * as layers from './layers'
import * as parts from './models/parts'
import * as plots from './plots'
import * as probes from './metrics/probes'
import * as texts from './models/text'
import * as optimizers from './training/optimizers'

// A group stands in braces, since only there its comment reaches Shift-Tab.

// Engine
export { engineInfo, type EngineInfo, type EngineName, type ReadyOptions } from './compute/engine'
export { ready } from './display/ready'
export { Draws } from './compute/draws'
export { Parameters } from './compute/parameters'
export {
  /**
   * TensorFlow.js itself, the very copy that this library computes with: `lid.tf.tidy(…)`. See
   * https://js.tensorflow.org/api/latest/
   */
  tf,
}

// Data
export {
  /** Data sets: Fashion-MNIST, readers, downloads, batches: `await lid.data.fashionMnist()`. */
  data,
}
export { DataSet, type DataSetOptions, type SplitOptions, type ValueKind } from './data/dataset'
export type { ModelData, Points } from './data/modelData'
export type { PackedTexts } from './data/text/packedTexts'
export { TextSet, type TextSetOptions } from './data/text/textSet'
export { Vocabulary, type TokenKind, type TokenOptions, type VocabularyOptions } from './data/text/vocabulary'

// Distributions
export { bernoulli } from './distributions/bernoulli'
export { beta, type Beta } from './distributions/beta'
export { gaussian, type GaussianOptions } from './distributions/gaussian'
export { negativeBinomial, type NegativeBinomialOptions } from './distributions/negativeBinomial'
export { poisson } from './distributions/poisson'
export type { CountOptions } from './distributions/counts'
export type { BoundLikelihood, CountEncoding, Likelihood } from './distributions/likelihood'

// Layers
export {
  /**
   * Layers for your own encoders, decoders and flows:
   * `lid.layers.brenier(parameters, 'g', 4, { hidden: 8 })`.
   */
  layers,
}

// Models
export {
  gmvae,
  lidmvae,
  lidvae,
  vae,
  type LidOptions,
  type MixtureOptions,
  type VaeOptions,
} from './models/builders'
export { Model, type ElboTerms, type ImportanceTerms, type ModelKind, type ModelParts } from './models/model'
export {
  /**
   * Parts of models, for the options of their builders: `prior: lid.parts.anchoredMeans()`,
   * `decoder: lid.parts.plainDecoder(256)`.
   */
  parts,
}
export type { Prior, PriorBuilder, PriorContext, PseudoInputs } from './models/prior'
export type { Decoder, DecoderBuilder } from './models/decoder'
export type { Conditional } from './models/conditional'
export type { ContextBuilder } from './models/context'
export type {
  ConstrainedMoments,
  EncoderBuilder,
  EncoderScale,
  Posterior,
  PosteriorConstraint,
  PosteriorFamily,
  PosteriorMoments,
} from './models/posterior'
export {
  languageModel,
  lidsvae,
  svae,
  type LanguageModelOptions,
  type SvaeOptions,
} from './models/text/builders'
export type { Head, HeadBuilder } from './models/text/head'
export type { AutoregressiveConditional, Wiring } from './models/text/autoregressive'
export {
  /** What models of texts are used for: `await lid.texts.sample(model, { count: 5, seed: 1 })`. */
  texts,
}
export { load, type OwnParts } from './runs/load'
export { registerPart } from './runs/registerPart'
export {
  decode,
  encode,
  reconstruct,
  sample,
  type Codes,
  type EncodeOptions,
  type SampleOptions,
} from './models/use'
export { interpolation, type Interpolation, type InterpolationOptions } from './models/interpolation'
export { traversal, type Traversal, type TraversalOptions } from './models/traversal'

export { gmm, type Gmm, type GmmOptions, type GmmSample } from './models/gmm'
export { fitGmm, type GmmFit, type GmmFitOptions } from './models/gmmFit'
export type { GmmEstimator } from './models/gmmEstimators'
export type { AlphaPosterior } from './models/alphaPosterior'
export { ppca, type Ppca, type PpcaOptions, type PpcaPosterior, type PpcaSample } from './models/ppca'
export { fitPpca, type PpcaEstimator, type PpcaFit, type PpcaFitOptions } from './models/ppcaFit'
export { expectedActive, type ExpectedActive, type ExpectedActiveOptions } from './models/expectedActive'
export { linearVae, type LinearVaeOptions } from './models/linearVae'
export type { RealRows } from './models/rows'

// Inference
export {
  /**
   * Inference for models with a density in closed form, and diagnostics of draws:
   * `await lid.inference.hmc(target, { seed: 1 })`.
   */
  inference,
}

// Training
export { fit } from './training/fit'
export type { EarlyStopping, FitOptions } from './training/options'
export {
  /** Optimizers and falling learning rates: `optimizer: lid.optimizers.adam({ rate: 1e-3 })`. */
  optimizers,
}
export type { Schedule, StepSchedule } from './training/schedule'
export type { Checkpoint, Position } from './training/state'
export type { EpochRow, History } from './training/history'
export type { FitObserver, Panel, Reading, StepSeen, TrainingBegin, TrainingEnd } from './training/observer'
export type { StepReport } from './compute/step'
export type { LossAndGradients, Reported } from './compute/gradients'
export type { SlotValues } from './compute/optimizers'
export {
  elboObjective,
  type ElboParts,
  type Objective,
  type ObjectiveOn,
  type StepBatch,
} from './training/objective'
export type {
  EpochSeen,
  ScheduleState,
  StepActions,
  TrainedPart,
  TrainingSchedule,
} from './training/schedules'
export type { Series } from './training/series'
export {
  untilConverged,
  type Convergence,
  type ConvergenceState,
  type UntilConvergedOptions,
} from './training/untilConverged'

// Earlier fixes of collapse
export {
  /**
   * The earlier fixes of collapse, each a function that makes a part:
   * `objective: lid.fixes.freeBits({ perUnit: 0.1 })`.
   */
  fixes,
}
export { refined } from './fixes/semiAmortized'

// Metrics
export type { Encoded, EvaluatedKind, EvaluateOptions, Evaluation } from './metrics/evaluation'
export { evaluate } from './metrics/evaluate'
export type { GivenW, UnitShifts } from './metrics/givenW'
export {
  activeUnits,
  activeUnitsCurve,
  type ActiveUnits,
  type ActiveUnitsCurveOptions,
  type ActiveUnitsOptions,
  type ActiveUnitsRow,
} from './metrics/activeUnits'
export {
  collapseCurve,
  type CollapseCurve,
  type CollapseCurveOptions,
  type CollapseRow,
} from './metrics/collapseCurve'
export { kl } from './metrics/kl'
export { mutualInformation } from './metrics/mutualInformation'
export { elbo, logLikelihood } from './metrics/logLikelihood'
export { flatness, inferenceGap, type Flatness, type InferenceGap } from './metrics/flatness'
export { gridPosterior, type GridOptions, type GridPosterior } from './metrics/gridPosterior'
export {
  gridLogLikelihood,
  type GridLogLikelihood,
  type GridLogLikelihoodOptions,
} from './metrics/gridLogLikelihood'
export { perplexity } from './metrics/perplexity'
export { rateDistortion, type RateDistortion } from './metrics/rateDistortion'
export { clusterAccuracy } from './metrics/clusterAccuracy'
export {
  /** What a simple classifier reads from the codes: `await lid.probes.knn(model, train, test)`. */
  probes,
}
export {
  certificateRatios,
  certify,
  type Certificate,
  type CertifiedPart,
  type RatioOptions,
} from './metrics/certificate'
export { witness, type CodePair, type Witness, type WitnessOptions } from './metrics/witness/witness'
export type { ComponentPair } from './metrics/witness/componentPairs'
export {
  likelihoodSurface,
  type LikelihoodSurface,
  type LikelihoodSurfaceOptions,
  type TwoUnits,
} from './metrics/likelihoodSurface'
export {
  diagnose,
  diagnoseEvaluation,
  type Diagnosis,
  type UnitDiagnosis,
  type VariableDiagnosis,
} from './metrics/diagnose'
export type { CannotTell, Verdict, VerdictKind } from './metrics/verdict'
export type { Noise } from './models/noise'
export { verdictsInMarkdown } from './metrics/verdictsInMarkdown'
export { formatEstimate, type Estimate } from './base/estimate'

// Models of other frameworks
export { audit, type AuditOptions } from './audit/audit'
export type { Audit, AuditedFile } from './audit/result'
export type { AuditMetrics, AuditUnit, AuditVerdict } from './audit/findings'
export type { AuditComponents } from './audit/components'
export type { AuditArray, AuditArrays } from './audit/arrays'
export type { AuditModel } from './audit/onnx/audit'
export type { AuditLikelihoodName } from './audit/likelihood'
export type { AuditOutput } from './audit/onnx/decoder'
export type { AuditScale } from './audit/onnx/encoder'
export type { Aggregate } from './audit/encoderAlone'

// Experiments
export {
  /** The paper's Table 1 from its records: `lid.experiments.tableRows(lid.experiments.tableRecords())`. */
  experiments,
}

// Labs
export { check, todo } from './apps/labs/check'
export type { ExerciseAnswers } from './apps/labs/exercises'
export { pretrained } from './apps/labs/pretrained'

// Plots
export {
  /**
   * Charts: results in, a Vega-Lite specification out, for `lid.show` or `lid.save`:
   * `lid.plots.collapse(diagnosis)`.
   */
  plots,
}

// Export
export { loadDecoder } from './export/loadDecoder'
export { exportOnnx } from './export/onnx/exportOnnx'
export { exportDecoder, type ExportDecoderOptions } from './export/exportDecoder'

// Notebook
export { checks, type ChecksOptions } from './display/checks'
export { table, type FormattedTable, type TableOptions } from './display/table'
export { save } from './display/save'
export { show, type Showable } from './display/show'

// Errors
export {
  /** The errors of this library, for `catch`: `error instanceof lid.errors.ArgumentError`. */
  errors,
}
