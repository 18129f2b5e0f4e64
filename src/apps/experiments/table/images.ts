import { fashionMnist } from '../../../data/fashionMnist'
import { omniglot } from '../../../data/omniglot'
import type { DataSet } from '../../../data/dataset'
import { bernoulli } from '../../../distributions/bernoulli'
import { adam, rmsprop } from '../../../compute/optimizers'
import { realNvp } from '../../../layers/realNvp'
import {
  gmvae,
  lidmvae,
  lidvae,
  vae,
  type LidOptions,
  type MixtureOptions,
  type VaeOptions,
} from '../../../models/builders'
import { MOST_EPOCHS, QUICK_RULE, RULE, type Setting, type Size, type TableData } from './setting'
import { recipe } from '../mixturePair'

/**
 * Images that the metrics are measured on; as many others for methods that look at held-out data while they
 * train.
 */
const HELD_OUT = 1000

type Images = { train: DataSet; test: DataSet; checksum: string }
type Load = (options: {
  train?: number
  test: number
  download?: boolean
  onNote: (line: string) => void
}) => Promise<Images>

/** The whole data set, never the embedded sample: other data make another row. @internal */
export const loading =
  (load: Load, train?: number) =>
  async (onNote: (line: string) => void): Promise<TableData> =>
    parts(await load({ train, test: 2 * HELD_OUT, download: true, onNote }), HELD_OUT)

/** As many images as the embedded sample has, which is used if the data set is not available. */
const loadingFew =
  (load: Load) =>
  async (onNote: (line: string) => void): Promise<TableData> =>
    parts(await load({ train: 2000, test: 1000, onNote }), 500)

function parts(images: Images, heldOut: number): TableData {
  // The embedded samples have fewer.
  const half = Math.min(heldOut, Math.floor(images.test.size / 2))
  return {
    train: images.train,
    test: images.test.slice(0, half),
    validation: images.test.slice(half, 2 * half),
    checksum: images.checksum,
  }
}

type Mixture = Omit<MixtureOptions, 'seed' | 'likelihood'>

const mixture = (options: Mixture, injective?: LidOptions['injective']) =>
  ({
    variable: 'w',
    units: options.components,
    build: (which, seed, _data, { prior, injective: changed } = {}) => {
      const all = { ...options, likelihood: bernoulli(784), seed, ...(prior && { prior }) }
      return which === 'plain' ? gmvae(all) : lidmvae({ ...all, injective: { ...injective, ...changed } })
    },
  }) satisfies Partial<Setting>

type Gaussian = Omit<VaeOptions, 'seed' | 'likelihood'>

const gaussian = (options: Gaussian, injective?: LidOptions['injective']) =>
  ({
    variable: 'z',
    units: options.latent,
    unlikePaper: 'the paper’s models are mixtures of 50 components, and its AU, KL and MI about their w',
    build: (which, seed, _data, { prior, injective: changed } = {}) => {
      const all = { ...options, likelihood: bernoulli(784), seed, ...(prior && { prior }) }
      return which === 'plain' ? vae(all) : lidvae({ ...all, injective: { ...injective, ...changed } })
    },
  }) satisfies Partial<Setting>

const { latent, components, hidden } = recipe.options(0)

/** The authors' mixture: q(z|x,w) with a flow, RMSProp. */
const authors = (k: number) =>
  mixture({
    latent: 64,
    components: k,
    hidden: 512,
    posterior: 'q(w|x) q(z|x,w)',
    flow: realNvp({ couplings: 2, hidden: 128 }),
  })

const authorsFit = {
  fit: { epochs: MOST_EPOCHS, optimizer: rmsprop({ rate: 1e-3, momentum: 0.5 }) },
  until: RULE,
  evaluate: { size: HELD_OUT },
}

const local = {
  fit: { epochs: MOST_EPOCHS, optimizer: adam({ rate: 1e-3 }) },
  until: RULE,
  evaluate: { size: HELD_OUT },
}

const quick = {
  fit: { epochs: 12, optimizer: adam({ rate: 1e-3 }) },
  until: QUICK_RULE,
  evaluate: { samples: 20, size: 500 },
}

export const fashionMnistSettings: Readonly<Record<Size, Setting>> = {
  quick: {
    models: 'Gaussian mixture, K 10, z 10, hidden 64; 2,000 images',
    ...mixture({ latent: 10, components: 10, hidden: 64 }),
    load: loadingFew(fashionMnist),
    ...quick,
  },
  local: {
    models: 'Gaussian mixture, K 10, z 16, hidden 512; 20,000 images',
    ...mixture({ latent, components, hidden }),
    load: loading(fashionMnist, recipe.train),
    earlierEpochs: 24,
    ...local,
  },
  paper: {
    models: 'Gaussian mixture, K 10, z 64, hidden 512, flow of 2 couplings; 20,000 images',
    ...authors(10),
    load: loading(fashionMnist, recipe.train),
    ...authorsFit,
  },
}

/** The paper's own model of Omniglot; locally with one pass of the decoder in place of 50, and without a flow. */
export const omniglotMixtureSettings: Readonly<Record<Size, Setting>> = {
  quick: {
    models: 'Gaussian mixture, K 50, z 50, hidden 64; 2,000 images',
    ...mixture({ latent: 50, components: 50, hidden: 64 }),
    load: loadingFew(omniglot),
    ...quick,
  },
  local: {
    models: 'Gaussian mixture, K 50, z 64, hidden 512; 24,345 images',
    ...mixture({ latent: 64, components: 50, hidden: 512 }),
    load: loading(omniglot),
    ...local,
  },
  paper: {
    models: 'Gaussian mixture, K 50, z 64, hidden 512, flow of 2 couplings; 20,000 images',
    ...authors(50),
    load: loading(omniglot, 20_000),
    ...authorsFit,
  },
}

export const omniglotSettings: Readonly<Record<Size, Setting>> = {
  quick: {
    models: 'Gaussian z 32, hidden 64; 2,000 images',
    ...gaussian({ latent: 32, hidden: 64 }, { anchor: 2 }),
    load: loadingFew(omniglot),
    ...quick,
  },
  local: {
    models: 'Gaussian z 32, hidden 512; 24,345 images',
    ...gaussian({ latent: 32, hidden: 512 }, { anchor: 2 }),
    load: loading(omniglot),
    earlierEpochs: 24,
    ...local,
  },
  paper: {
    models: 'Gaussian z 64, hidden 512; 20,000 images',
    ...gaussian({ latent: 64, hidden: 512 }, { anchor: 2 }),
    load: loading(omniglot, 20_000),
    ...authorsFit,
  },
}
