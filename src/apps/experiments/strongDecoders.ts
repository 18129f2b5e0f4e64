import * as data from '../../data'
import { bernoulli } from '../../distributions/bernoulli'
import * as fixes from '../../fixes'
import { lidvae, vae } from '../../models/builders'
import { plainDecoder } from '../../models/decoder'
import { made } from '../../models/made'
import type { Model } from '../../models/model'
import { pixelCnn } from '../../models/pixelCnn'
import type { FitOptions } from '../../training/options'

const options = (seed: number, units = 256, layers = 1) => ({
  likelihood: bernoulli(784),
  latent: 8,
  hidden: 256,
  seed,
  context: made({ hidden: units, layers }),
})

const ofPixels = (seed: number, layers = 4) => ({
  ...options(seed),
  context: pixelCnn({ shape: [28, 28], channels: 16, layers }),
})

interface Method {
  readonly model: Model
  readonly fit?: Pick<FitOptions, 'objective' | 'schedule' | 'klWeight'>
}

/** The models of images with a masked autoregressive decoder, and what is compared with them. */
export const strongMethods = {
  /** z in the hidden layers of the masked network. */
  plain: (seed: number): Method => ({ model: vae(options(seed)) }),
  /** z at the output, by an injective map. */
  lid: (seed: number): Method => ({ model: lidvae(options(seed)) }),
  /** z at the output, by a perceptron: the wiring without the guarantee. */
  'z at the output, unconstrained': (seed: number): Method => ({
    model: vae({ ...options(seed), decoder: plainDecoder(256) }),
  }),
  'free bits': (seed: number): Method => ({ model: vae(options(seed)), fit: fixes.freeBits.on('vae').fit }),
  'β-VAE': (seed: number): Method => ({ model: vae(options(seed)), fit: fixes.betaVae.on('vae').fit }),
  'plain, 64 units': (seed: number): Method => ({ model: vae(options(seed, 64)) }),
  'plain, 500 units': (seed: number): Method => ({ model: vae(options(seed, 500)) }),
  'plain, 1000 units': (seed: number): Method => ({ model: vae(options(seed, 1000)) }),
  'plain, 2 layers': (seed: number): Method => ({ model: vae(options(seed, 256, 2)) }),
  'plain, 4 layers': (seed: number): Method => ({ model: vae(options(seed, 256, 4)) }),
  'plain, PixelCNN': (seed: number): Method => ({ model: vae(ofPixels(seed)) }),
  'plain, PixelCNN of 8 layers': (seed: number): Method => ({ model: vae(ofPixels(seed, 8)) }),
  'lid, PixelCNN': (seed: number): Method => ({ model: lidvae(ofPixels(seed)) }),
  'z at the output, unconstrained, PixelCNN': (seed: number): Method => ({
    model: vae({ ...ofPixels(seed), decoder: plainDecoder(256) }),
  }),
  'lid, 500 units': (seed: number): Method => ({ model: lidvae(options(seed, 500)) }),
  'z at the output, unconstrained, 500 units': (seed: number): Method => ({
    model: vae({ ...options(seed, 500), decoder: plainDecoder(256) }),
  }),
  'free bits, 500 units': (seed: number): Method => ({
    model: vae(options(seed, 500)),
    fit: fixes.freeBits.on('vae').fit,
  }),
}

/** Which of them. */
export type StrongMethod = keyof typeof strongMethods

/** How they are trained and measured. */
export const recipe = {
  methods: ['plain', 'lid', 'z at the output, unconstrained', 'free bits', 'β-VAE'] as StrongMethod[],
  data: {
    'fashion-mnist': { epochs: 5, load: () => data.fashionMnist({ train: 20_000 }) },
    omniglot: { epochs: 5, load: () => data.omniglot({ train: 20_000, seed: 1 }) },
    'fashion-mnist-longer': { epochs: 6, load: () => data.fashionMnist({ train: 40_000 }) },
  },
  evaluation: { size: 500, samples: 50, priorSamples: 20 },
}
