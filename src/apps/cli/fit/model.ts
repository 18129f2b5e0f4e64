import type { DataSet, ValueKind } from '../../../data/dataset'
import { TextSet } from '../../../data/text/textSet'
import { bernoulli } from '../../../distributions/bernoulli'
import { gaussian } from '../../../distributions/gaussian'
import type { Likelihood } from '../../../distributions/likelihood'
import { negativeBinomial } from '../../../distributions/negativeBinomial'
import { poisson } from '../../../distributions/poisson'
import { gmvae, lidmvae, lidvae, vae } from '../../../models/builders'
import type { Model } from '../../../models/model'
import { lidsvae, svae } from '../../../models/text/builders'
import { injectiveHead } from '../../../models/text/head'
import type { FitSettings } from './options'

/** Rows or texts. */
export type OwnDataSet = DataSet | TextSet

const USUAL: Record<ValueKind, string> = {
  binary: 'bernoulli',
  intensity: 'bernoulli',
  count: 'poisson',
  real: 'gaussian',
}

/** Width of the head of `lidsvae`. */
const USUAL_WIDTH = 64

const LIKELIHOOD: Record<string, (dim: number) => Likelihood> = {
  bernoulli,
  gaussian: (dim) => gaussian(dim, { sigma: 'learned' }),
  poisson,
  negativeBinomial: (dim) => negativeBinomial(dim, { dispersion: 'learned' }),
}

/** The name of the likelihood: as asked for, or the usual one for such values. */
export const likelihoodFor = (data: OwnDataSet, { likelihood }: FitSettings): string =>
  data instanceof TextSet ? 'categorical' : (likelihood ?? USUAL[data.values])

/** Builds the model that the flags ask for. */
export function buildModel(train: OwnDataSet, settings: FitSettings): Model {
  const { model, latent, hidden, components, seed } = settings
  const widths = { latent, seed, ...(hidden === undefined ? {} : { hidden }) }
  if (train instanceof TextSet) {
    const options = { vocabulary: train.vocabulary, ...widths }
    if (model === 'svae') return svae(options)
    // The injective head cannot be wider than the tokens are many, as those of molecules.
    const tokens = train.vocabulary.size - 2
    const head = tokens < USUAL_WIDTH ? { head: injectiveHead({ width: tokens }) } : {}
    return lidsvae({ ...options, ...head })
  }
  const likelihood = LIKELIHOOD[likelihoodFor(train, settings)](train.dim)
  if (model === 'gmvae') return gmvae({ likelihood, components, ...widths })
  if (model === 'lidmvae') return lidmvae({ likelihood, components, ...widths })
  return model === 'vae' ? vae({ likelihood, ...widths }) : lidvae({ likelihood, ...widths })
}
