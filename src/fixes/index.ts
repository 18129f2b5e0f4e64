/**
 * The earlier fixes of collapse by name. Each is a function that makes a part of a model or of its training;
 * `about` describes it, `on` applies it to a kind of model.
 */
export { betaVae, type BetaVaeOptions } from './betaVae'
export { linearAnnealing, type LinearAnnealingOptions } from './linearAnnealing'
export { cyclicalAnnealing, type CyclicalAnnealingOptions } from './cyclicalAnnealing'
export { freeBits, type FreeBitsOptions } from './freeBits'
export { klThreshold, type KlThresholdOptions } from './klThreshold'
export { pretraining, type PretrainingOptions } from './pretraining'
export { vampPrior, type VampPriorOptions } from './vampPrior'
export { lagging, type LaggingOptions } from './lagging'
export { semiAmortized, type SemiAmortizedOptions } from './semiAmortized'
export { latentReconstruction, type LatentReconstructionOptions } from './latentReconstruction'
export { mutual, type MutualOptions } from './mutual'
export { importanceWeighted, type ImportanceWeightedOptions } from './importanceWeighted'
export { inverseLipschitz, type InverseLipschitzOptions } from './inverseLipschitz'
export { batchNorm, type BatchNormOptions } from './batchNorm'
export { delta, type DeltaOptions } from './delta'
export type { AppliedFix, Fix, FixDescription, FixName } from './fix'
