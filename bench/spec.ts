/** Models of images and of texts that are measured; `lstm` is the layer alone. */
export type WorkModel = 'vae' | 'lidvae' | 'gmvae' | 'lidmvae' | 'svae' | 'lidsvae' | 'lstm'

/** What is repeated: a training step, an importance-weighted evaluation, or an epoch with its data pipeline. */
export type Task = 'step' | 'likelihood' | 'epoch'

/** How a mixture infers: q(w|x) q(z|x) with one decoder row a data point, or the authors' q(w|x) q(z|x,w) with K. */
export type Inference = 'one pass' | 'K passes'

/** A piece of work, the same for every engine. */
export interface Spec {
  task: Task
  model: WorkModel
  /** Pixels. */
  dim: number
  /** Units of encoder, plain decoder and g2. */
  hidden: number
  /** Units of g1. */
  hiddenLatent: number
  latent: number
  /** K; 1 without w. */
  components: number
  inference: Inference
  batch: number
  /** Images in all: what steps go round, an epoch or an evaluation goes through. */
  images: number
  /** Draws of z an image, of an evaluation. */
  samples: number
  /** Images at once, of an evaluation. */
  chunk: number
  /** What a work on sequences has instead of images. */
  text?: TextSpec
}

/** Sequences of equal length, and the parts that only models of them have. */
export interface TextSpec {
  /** Words of the vocabulary, `<s>` included. */
  words: number
  /** Steps of the LSTM. */
  length: number
  /** Numbers a word. */
  embedding: number
  dropout: number
  /** The narrow injective head: its width, that to which h_t is brought, and the units of both convex networks. */
  head: { width: number; projection?: number; hidden: number }
}

/** The widths a model is built with. */
export type SizeName = 'authors' | 'recipe'

export const sizes: Record<SizeName, Pick<Spec, 'dim' | 'hidden' | 'hiddenLatent' | 'latent' | 'batch'>> = {
  authors: { dim: 784, hidden: 512, hiddenLatent: 512, latent: 64, batch: 100 },
  recipe: { dim: 784, hidden: 512, hiddenLatent: 64, latent: 16, batch: 100 },
}

/** The sizes of works on sequences: the authors' on Yahoo, and that of the synthetic text. */
const textSizes: Record<SizeName, { hidden: number; latent: number; batch: number; text: TextSpec }> = {
  authors: {
    hidden: 1024,
    latent: 32,
    batch: 32,
    text: {
      words: 20001,
      length: 80,
      embedding: 512,
      dropout: 0.5,
      head: { width: 128, projection: 96, hidden: 256 },
    },
  },
  recipe: {
    hidden: 50,
    latent: 5,
    batch: 32,
    text: { words: 1000, length: 10, embedding: 50, dropout: 0.5, head: { width: 64, hidden: 128 } },
  },
}

const K = 10

/** The works of the benchmark by name. */
export const works = {
  'vae-step': { task: 'step', model: 'vae' },
  'lidvae-step': { task: 'step', model: 'lidvae' },
  'gmvae-step': { task: 'step', model: 'gmvae' },
  'lidmvae-step': { task: 'step', model: 'lidmvae' },
  'iw-likelihood': { task: 'likelihood', model: 'lidvae' },
  epoch: { task: 'epoch', model: 'lidmvae' },
  'svae-step': { task: 'step', model: 'svae' },
  'lidsvae-step': { task: 'step', model: 'lidsvae' },
  lstm: { task: 'step', model: 'lstm' },
} as const satisfies Record<string, { task: Task; model: WorkModel }>

export type WorkName = keyof typeof works
export const workNames = Object.keys(works) as WorkName[]

/** How much data: all of it, or what a slow engine or a quick try gets through. */
export type Amount = 'full' | 'small'

const IMAGES: Record<Task, Record<Amount, number>> = {
  step: { full: 2000, small: 2000 },
  likelihood: { full: 1000, small: 20 },
  epoch: { full: 20000, small: 2000 },
}

const isOfTexts = (model: WorkModel): boolean => ['svae', 'lidsvae', 'lstm'].includes(model)

const isMixture = (model: WorkModel): boolean => model === 'gmvae' || model === 'lidmvae'

/** The work of a name at a size. */
export function specOf(name: WorkName, size: SizeName, amount: Amount = 'full'): Spec {
  const { task, model } = works[name]
  return {
    task,
    model,
    ...sizes[size],
    components: isMixture(model) ? K : 1,
    inference: 'one pass',
    images: IMAGES[task][amount],
    samples: 100,
    // 5,000 decoder rows at once, as `evaluate` takes them.
    chunk: 50,
    ...(isOfTexts(model) && { ...textSizes[size], images: 4 * textSizes[size].batch }),
  }
}

/** The same with the authors' inference, where there is a discrete latent variable. */
export const authorsSpec = (spec: Spec): Spec =>
  isMixture(spec.model) ? { ...spec, inference: 'K passes' } : spec
