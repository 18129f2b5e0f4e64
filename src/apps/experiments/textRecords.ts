import path from '../../platform/path'
import { ArgumentError } from '../../base/errors'
import type { Estimate } from '../../base/estimate'
import { resolveOptions } from '../../base/options'
import type { Certificate } from '../../metrics/certificate'
import { readRecords, recordsFolder } from './readRecords'
import { textMethods } from './textPair'

/** The texts that models are on record for. */
export type RecordedTexts = 'synthetic' | 'yelp' | 'yahoo'

/** What a text model measured, nats per text unless a metric says otherwise. */
export interface TextMetrics {
  /** log p(x), importance-weighted. */
  readonly ll: Estimate
  /** The ELBO. */
  readonly elbo: Estimate
  /** Perplexity of a token, no unit. */
  readonly perplexity: Estimate
  /** Share of active units. */
  readonly au: Estimate
  /** KL(q(z|x) ‖ p(z)). */
  readonly kl: Estimate
  /** I(x; z). */
  readonly mi: Estimate
  /** F, the flatness of the likelihood in z. */
  readonly flatness: Estimate
  /** log p(x) − ELBO, the KL of q(z|x) from the model's own posterior. */
  readonly inferenceGap: Estimate
  /** Accuracy of a linear probe from z to the text's label, where texts have labels. */
  readonly probe?: Estimate
  /** The verdict of `diagnose` about z. */
  readonly verdict: string
}

/** A text model as it was trained and measured by `npm run text-recipe`. */
export interface TextRecord {
  /** The texts it was trained on. */
  readonly data: RecordedTexts
  /** Which builder made the model. */
  readonly model: string
  /** `'plain'`, `'lid'` or another wiring or ablation. */
  readonly method: string
  /** Seed of starting weights, batches, dropout and sampling. */
  readonly seed: number
  /** What was measured on the test texts. */
  readonly metrics: TextMetrics
  /** One row per epoch: the KL in nats per text, and the share of active units. */
  readonly curve: readonly {
    readonly epoch: number
    readonly step: number
    readonly loss: number
    readonly kl: number
    readonly activeUnits: number
  }[]
  /** What `lid.certify` said of the trained model. */
  readonly certificate: Certificate
  /** Epochs of training. */
  readonly epochs: number
  /** Of training. */
  readonly seconds: number
  /** Milliseconds per step of training. */
  readonly stepMs: number
  /** Which engine ran. */
  readonly engine: string
  /** Of lidvae, Node, TensorFlow.js and what computes. */
  readonly versions: Readonly<Record<string, string>>
  /** The command that makes this record. */
  readonly command: string
}

const METRICS = ['ll', 'elbo', 'perplexity', 'au', 'kl', 'mi', 'flatness', 'inferenceGap'] as const

/**
 * The records of text models that `npm run text-recipe` has written: the plain model and the identifiable
 * one, other wirings and ablations, on synthetic sentences, Yelp or Yahoo.
 *
 * @param wanted `{ data = 'synthetic', results }`: which texts; `results` is the folder of the records,
 *   `results/text` by default: where the command was started, otherwise the one of the project.
 * @returns one record per method and seed: plain, identifiable (`'lid'`), then the others, by seed.
 * @throws ArgumentError for texts without records, DataError for an invalid record or a missing folder.
 * @example
 * const plain = lid.experiments.textRecords({ data: 'yelp' }).filter(({ method }) => method === 'plain')
 * @see Wang, Blei, Cunningham 2021, section 4.2.
 */
export function textRecords(wanted: { data?: RecordedTexts; results?: string } = {}): TextRecord[] {
  const { data, results } = resolveOptions('textRecords', wanted, { data: 'synthetic', results: undefined })
  if (!['synthetic', 'yelp', 'yahoo'].includes(data))
    throw new ArgumentError('data', data, "'synthetic', 'yelp' or 'yahoo'", 'Others are not on record.')
  const order = Object.keys(textMethods)
  return readRecords<TextRecord>(path.join(recordsFolder(results, 'text'), data), METRICS).sort(
    (a, b) => order.indexOf(a.method) - order.indexOf(b.method) || a.seed - b.seed,
  )
}
