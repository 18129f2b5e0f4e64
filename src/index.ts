/**
 * lidvae: latent-identifiable variational autoencoders in a notebook.
 *
 * The front door: every public name, in groups. Data flows one way: data, model, training, metrics, plots, notebook.
 */
import * as tf from '@tensorflow/tfjs'
import * as data from './data'
import * as experiments from './apps/experiments'
import * as plots from './plots'

// A group stands in braces, since only there its comment reaches Shift-Tab.

// Engine
export { engineInfo, type EngineInfo, type EngineName, type ReadyOptions } from './compute/engine'
export { ready } from './display/ready'
export { Draws } from './compute/draws'
export { constantInit, normalInit, Parameters, uniformInit, type Initializer } from './compute/parameters'
export {
  adam,
  rmsprop,
  sgd,
  type AdamOptions,
  type Optimizer,
  type Rate,
  type RmspropOptions,
  type SgdOptions,
} from './compute/optimizers'
export {
  /** TensorFlow.js itself, the very copy that this library computes with: `lid.tf.tidy(…)`. See https://js.tensorflow.org/api/latest/ */
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
export { Vocabulary, type VocabularyOptions } from './data/text/vocabulary'

// Distributions
export { bernoulli } from './distributions/bernoulli'
export { beta, type Beta } from './distributions/beta'
export { linearWordLogProb, wordDivergence, wordLogProb } from './distributions/categorical'
export { gaussian, type GaussianOptions } from './distributions/gaussian'
export { poisson } from './distributions/poisson'
export type { BoundLikelihood, Likelihood } from './distributions/likelihood'

// Layers
export { dense, mlp, type Dense, type Layer, type Perceptron } from './layers/dense'
export {
  inputConvex,
  type ConvexActivation,
  type ConvexWeights,
  type InputConvex,
  type InputConvexOptions,
} from './layers/inputConvex'
export { brenier, type Brenier, type BrenierOptions } from './layers/brenier'
export { fullRank, type FullRank, type FullRankOptions } from './layers/fullRank'
export { lstm, type Lstm, type LstmContext, type LstmOptions, type LstmState } from './layers/lstm'
export { embedding, type Embedding } from './layers/embedding'
export { dropout, wordDropout } from './layers/dropout'
export { realNvp, type Flow, type FlowBuilder, type RealNvpOptions } from './layers/realNvp'

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
  anchoredMeans,
  freeMeans,
  type AnchoredMeansOptions,
  type FreeMeansOptions,
  type SpreadOptions,
  type Prior,
  type PriorBuilder,
} from './models/prior'
export {
  injectiveDecoder,
  plainDecoder,
  type Decoder,
  type DecoderBuilder,
  type InjectiveOptions,
} from './models/decoder'
export {
  independent,
  type Conditional,
  type IndependentConditional,
  type InjectiveParts,
} from './models/conditional'
export type { EncoderBuilder, Posterior, PosteriorFamily, PosteriorMoments } from './models/posterior'
export {
  languageModel,
  lidsvae,
  svae,
  type LanguageModelOptions,
  type SvaeOptions,
} from './models/text/builders'
export {
  injectiveHead,
  linearHead,
  vocabularyHead,
  type Head,
  type HeadBuilder,
  type InjectiveHeadOptions,
  type NarrowHeadOptions,
} from './models/text/head'
export type { AutoregressiveConditional, Wiring } from './models/text/autoregressive'
export { writeTexts, type Decoding, type WriteOptions } from './models/text/decoding'
export {
  interpolateTexts,
  reconstructTexts,
  sampleTexts,
  type InterpolateTextsOptions,
  type SampleTextsOptions,
  type TextInterpolation,
} from './models/text/use'
export { load, type OwnParts } from './runs/load'
export { decode, encode, reconstruct, sample, type Codes, type SampleOptions } from './models/use'
export { interpolation, type Interpolation, type InterpolationOptions } from './models/interpolation'
export { traversal, type Traversal, type TraversalOptions } from './models/traversal'

export { gmm, type Gmm, type GmmOptions, type GmmSample } from './models/gmm'
export { fitGmm, type GmmFit, type GmmFitOptions } from './models/gmmFit'
export type { GmmEstimator } from './models/gmmEstimators'
export type { AlphaPosterior } from './models/alphaPosterior'
export { ppca, type Ppca, type PpcaOptions, type PpcaPosterior, type PpcaSample } from './models/ppca'
export { fitPpca, type PpcaEstimator, type PpcaFit, type PpcaFitOptions } from './models/ppcaFit'
export { linearVae, type LinearVaeOptions } from './models/linearVae'
export type { RealRows } from './models/rows'

// Inference
export { hmc, type Hmc, type HmcOptions, type HmcSummary } from './inference/hmc'
export { advi, type Advi, type AdviOptions } from './inference/advi'
export { effectiveSampleSize, rHat } from './inference/diagnostics'
export type { Target } from './inference/target'

// Training
export { fit } from './training/fit'
export type { EarlyStopping, FitOptions } from './training/options'
export {
  cosineDecay,
  cyclicalAnnealing,
  linearAnnealing,
  stepDecay,
  type Schedule,
} from './training/schedule'
export type { Checkpoint, Position } from './training/state'
export type { EpochRow, History } from './training/history'
export {
  elboObjective,
  type ElboParts,
  type Objective,
  type ObjectiveOn,
  type StepBatch,
} from './training/objective'
export type { ScheduleState, StepActions, TrainedPart, TrainingSchedule } from './training/schedules'
export type { Series } from './training/series'

// Earlier fixes of collapse
export { betaElbo } from './fixes/betaElbo'
export { freeBits, type FreeBitsOptions } from './fixes/freeBits'
export { importanceWeighted } from './fixes/importanceWeighted'
export { vampPrior, type VampPriorOptions } from './fixes/vampPrior'
export { batchNormPosterior, type BatchNormOptions } from './fixes/batchNormPosterior'
export { deltaPosterior } from './fixes/deltaPosterior'
export { mutualAutoencoder, type MutualAutoencoderOptions } from './fixes/mutualAutoencoder'
export { refined, semiAmortized, type SemiAmortizedOptions } from './fixes/semiAmortized'
export { fixes, type AppliedFix, type Fix, type FixName } from './fixes/fixes'
export { lagging, type LaggingOptions } from './fixes/lagging'
export { pretraining, type PretrainingOptions } from './fixes/pretraining'
export { inverseLipschitz, type InverseLipschitzOptions } from './fixes/inverseLipschitz'

// Metrics
export { evaluate, type Encoded, type EvaluateOptions, type Evaluation } from './metrics/evaluation'
export type { GivenW } from './metrics/givenW'
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
export { knnProbe, type KnnOptions } from './metrics/probes/knn'
export { linearProbe, type LinearProbeOptions } from './metrics/probes/linear'
export { certificateRatios, certify, type Certificate, type RatioOptions } from './metrics/certificate'
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
export type { Verdict, VerdictKind } from './metrics/verdict'
export { verdictsInMarkdown } from './metrics/verdictsInMarkdown'
export { formatEstimate, type Estimate } from './base/estimate'

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
  /** Charts: results in, a Vega-Lite specification out, for `lid.show` or `lid.save`: `lid.plots.collapse(diagnosis)`. */
  plots,
}

// Export
export { exportDecoder, type ExportDecoderOptions } from './export/exportDecoder'

// Notebook
export { save } from './display/save'
export { show, type Showable } from './display/show'

// Errors
export { ArgumentError, DataError, EngineError, LidvaeError, NumericalError } from './base/errors'
export { NotSolvedError, WrongAnswerError } from './apps/labs/errors'
