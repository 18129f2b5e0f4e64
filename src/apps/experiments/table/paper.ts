/** The numbers of one row of the paper; undefined if it has none. */
export interface PaperNumbers {
  /** Fraction of active units. */
  readonly au: number
  /** KL of the posterior from the prior, nats. */
  readonly kl?: number
  /** Mutual information, nats. */
  readonly mi: number
  /** Log-likelihood, nats per data point. */
  readonly ll?: number
}

export type PaperMethod = 'vae' | 'sa' | 'lagging' | 'beta' | 'lidvae'

const row = (au: number, kl: number | undefined, mi: number, ll?: number): PaperNumbers => ({
  au,
  kl,
  mi,
  ll,
})

const omniglot: Readonly<Record<PaperMethod, PaperNumbers>> = {
  vae: row(0.02, 0.0, 0.1, -862.1),
  sa: row(0.1, 0.2, 1.0, -853.4),
  lagging: row(0.5, 1.0, 3.6, -849.4),
  beta: row(0.7, 1.4, 5.9, -842.6),
  lidvae: row(1.0, 1.7, 7.5, -820.3),
}

/**
 * Table 1 of Wang, Blei, Cunningham 2021; for the mixtures (Fashion-MNIST, Omniglot) the numbers are about w.
 */
export const paperTable: Readonly<Record<string, Readonly<Record<PaperMethod, PaperNumbers>>>> = {
  'fashion-mnist': {
    vae: row(0.1, 0.2, 0.9, -258.8),
    sa: row(0.2, 0.3, 1.3, -252.2),
    lagging: row(0.4, 0.6, 1.6, -248.5),
    beta: row(0.6, 1.2, 2.4, -245.3),
    lidvae: row(1.0, 1.6, 2.6, -242.3),
  },
  'omniglot-mixture': omniglot,
  omniglot,
  'synthetic-text': {
    vae: row(0.0, 0.0, 0.0, -46.5),
    sa: row(0.4, 0.1, 0.1, -40.2),
    lagging: row(0.5, 0.1, 0.1, -40.0),
    beta: row(1.0, 0.1, 0.1, -39.9),
    lidvae: row(1.0, 0.5, 0.6, -40.3),
  },
  yahoo: {
    vae: row(0.0, 0.0, 0.0, -519.7),
    sa: row(0.2, undefined, 0.2, -520.2),
    lagging: row(0.3, undefined, 0.4, -518.6),
    beta: row(0.5, undefined, 0.9, -524.4),
    lidvae: row(0.8, 7.2, 1.1, -519.5),
  },
  yelp: {
    vae: row(0.0, 0.0, 0.0),
    sa: row(0.1, 1.9, 0.2),
    lagging: row(0.2, 3.6, 0.1),
    beta: row(0.3, 10.0, 0.1),
    lidvae: row(0.7, 9.1, 0.9),
  },
}
