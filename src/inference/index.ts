/**
 * Inference for models with a density in closed form: Hamiltonian Monte Carlo, variational inference, and
 * diagnostics of draws.
 */
export { advi, type Advi, type AdviOptions } from './advi'
export { effectiveSampleSize, rHat } from './diagnostics'
export { hmc, type Hmc, type HmcOptions, type HmcSummary } from './hmc'
export type { Target } from './target'
