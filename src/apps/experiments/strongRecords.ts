import path from '../../platform/path'
import { ArgumentError, alternatives } from '../../base/errors'
import type { Estimate } from '../../base/estimate'
import { resolveOptions } from '../../base/options'
import { readRecords, recordsFolder } from './readRecords'
import { recipe, strongMethods } from './strongDecoders'

/** The images that models with strong decoders are on record for; `'…-longer'` with more images and steps. */
export type RecordedImages = keyof typeof recipe.data

/** What such a model measured, nats per image unless a metric says otherwise. */
export interface StrongMetrics {
  /** log p(x), importance-weighted. */
  readonly ll: Estimate
  /** The ELBO. */
  readonly elbo: Estimate
  /** KL(q(z|x) ‖ p(z)). */
  readonly kl: Estimate
  /** I(x; z). */
  readonly mi: Estimate
  /** Share of active units. */
  readonly au: Estimate
  /** KL of each unit. */
  readonly klUnits: readonly number[]
}

/** A model with a masked autoregressive decoder, as it was trained by `npm run strong-decoders`. */
export interface StrongRecord {
  /** The images it was trained on. */
  readonly data: RecordedImages
  /** `'plain'`, `'lid'`, an ablation, or what is compared with them. */
  readonly method: string
  /** How many images and epochs. */
  readonly size: string
  /** Seed of starting weights, batches and sampling. */
  readonly seed: number
  /** What was measured on test images. */
  readonly metrics: StrongMetrics
  /** The KL of each epoch of training. */
  readonly klByEpoch: readonly number[]
  /** The certificate's constant; 0 where there is none. */
  readonly certificate: number
  /** Of training. */
  readonly seconds: number
  /** The command that makes this record. */
  readonly command: string
}

/**
 * The records of models with a masked autoregressive decoder that `npm run strong-decoders` has written.
 *
 * @param wanted `{ data = 'fashion-mnist', results }`: which images; `results` is the folder of the records,
 *   `results/strong-decoders` by default: where the command was started, otherwise the one of the project.
 * @returns one record per method and seed, by method and seed.
 * @throws ArgumentError for images without records, DataError for an invalid record or a missing folder.
 * @example
 * const plain = lid.experiments.strongRecords().filter(({ method }) => method === 'plain')
 */
export function strongRecords(wanted: { data?: RecordedImages; results?: string } = {}): StrongRecord[] {
  const { data, results } = resolveOptions('strongRecords', wanted, {
    data: 'fashion-mnist',
    results: undefined,
  })
  if (!Object.hasOwn(recipe.data, data))
    throw new ArgumentError('data', data, alternatives(Object.keys(recipe.data)), 'Others are not on record.')
  const order = Object.keys(strongMethods)
  const metrics = ['ll', 'elbo', 'kl', 'mi', 'au', 'klUnits'] as const
  return readRecords<StrongRecord>(path.join(recordsFolder(results, 'strong-decoders'), data), metrics).sort(
    (a, b) => order.indexOf(a.method) - order.indexOf(b.method) || a.seed - b.seed,
  )
}
