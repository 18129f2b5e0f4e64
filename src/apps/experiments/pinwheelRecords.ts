import path from '../../platform/path'
import { ArgumentError } from '../../base/errors'
import type { Estimate } from '../../base/estimate'
import { resolveOptions } from '../../base/options'
import { readRecords, recordsFolder } from './readRecords'

/** Fields of every record of `npm run gmvae-collapse`. */
interface RecordedRun {
  readonly seed: number
  /** Of training. */
  readonly seconds: number
  /** Milliseconds per step of training. */
  readonly stepMs: number
  readonly engine: string
  readonly versions: Readonly<Record<string, string>>
  /** Commit of the code. */
  readonly commit: string
  /** The command that makes this record. */
  readonly command: string
}

/** A mixture VAE on the pinwheel, as it was trained and measured. */
export interface PinwheelRecord extends RecordedRun {
  /** The fair pair at three seeds, its ablations, or the pair over width and steps. */
  readonly part: 'pair' | 'ablations' | 'curve'
  /** `'plain'`, `'lid'`, `'lid-as-in-the-paper'` (Brenier maps, components along the axes) or an ablation. */
  readonly method: string
  /** Width of every hidden layer. */
  readonly hidden: number
  /** Steps of training. */
  readonly steps: number
  /** Nats per data point, unless a metric says otherwise. */
  readonly metrics: {
    /** log p(x), by quadrature. */
    readonly ll: Estimate
    readonly elbo: Estimate
    /** Share of active components. */
    readonly au: Estimate
    /** I(x; w). */
    readonly mi: Estimate
    /** Accuracy of the arms, by the majority label of each component. */
    readonly clusterAccuracy: Estimate
    /** The constant c of the certificate ‖η(z) − η(z′)‖ ≥ c ‖z − z′‖, 0 without one. */
    readonly certificate: number
    /** Error of the quadrature. */
    readonly quadratureError: number
  }
}

/** A VAE fitted to draws of another VAE, the truth, as it was trained and measured. */
export interface FlexibilityRecord extends RecordedRun {
  /** What was fitted; `'truth'` is the model that the data were drawn from. */
  readonly method: 'truth' | 'plain' | 'lid' | 'lid-as-in-the-paper'
  /** Width of every hidden layer; on the pinwheel only. */
  readonly hidden?: number
  /** Steps of training; on the pinwheel only. */
  readonly steps?: number
  /** Nats per data point. */
  readonly metrics: {
    /** log p(x): by quadrature on the pinwheel, importance-weighted on images. */
    readonly ll: Estimate
    /** Images only. */
    readonly elbo?: Estimate
    /** log p(x) of the truth less that of the model; on the pinwheel only. */
    readonly gap?: Estimate
    /** log p(x) of the truth; on the pinwheel only. */
    readonly truth?: Estimate
  }
}

const PARTS = ['pair', 'ablations', 'curve'] as const
const METRICS = ['ll', 'elbo', 'au', 'mi', 'clusterAccuracy', 'certificate', 'quadratureError'] as const

/**
 * The records of mixture VAEs on the pinwheel that `npm run gmvae-collapse` has written: plain and
 * identifiable, over seeds, width and steps.
 *
 * @param wanted `{ parts, results }`: the parts `'pair'`, `'ablations'` and `'curve'` by default; `results`
 *   is the folder of the records, `results/gmvae-collapse` by default: where the command was started,
 *   otherwise the one of the project.
 * @returns one record per run: by part, then identifiable (`'lid'`, and `'lid-as-in-the-paper'`) before
 *   plain, width, steps and seed.
 * @throws ArgumentError for a part that does not exist, DataError for an invalid record or a missing folder.
 * @example
 * const pair = lid.experiments.pinwheelRecords({ parts: ['pair'] })
 * @see Wang, Blei, Cunningham 2021, example 2 and figure 1.
 */
export function pinwheelRecords(
  wanted: { parts?: readonly PinwheelRecord['part'][]; results?: string } = {},
): PinwheelRecord[] {
  const { parts, results } = resolveOptions('pinwheelRecords', wanted, { parts: PARTS, results: undefined })
  if (!Array.isArray(parts) || !parts.every((part: (typeof PARTS)[number]) => PARTS.includes(part)))
    throw new ArgumentError('parts', parts, `a list of some of ${PARTS.join(', ')}`)
  const folder = recordsFolder(results, 'gmvae-collapse')
  return parts.flatMap((part: string) =>
    readRecords<PinwheelRecord>(path.join(folder, part), METRICS).sort(
      (a, b) =>
        a.method.localeCompare(b.method) || a.hidden - b.hidden || a.steps - b.steps || a.seed - b.seed,
    ),
  )
}

/**
 * The records of a VAE and an identifiable VAE that were fitted to draws of a trained VAE, as `npm run
 * gmvae-collapse` has written them: is an injective map flexible enough?
 *
 * @param wanted `{ data = 'pinwheel', results }`: `'pinwheel'` or `'fashion-mnist'`, what the truth was
 *   trained on; `results` as for `pinwheelRecords`.
 * @returns one record per run: the truth first (images only), then plain and identifiable (`'lid'`; in the
 *   plane also `'lid-as-in-the-paper'`), by width, steps and seed.
 * @throws ArgumentError for data without records, DataError for an invalid record or a missing folder.
 * @example
 * for (const { method, metrics } of lid.experiments.flexibilityRecords({ data: 'fashion-mnist' })) console.log(method, metrics.ll.value)
 */
export function flexibilityRecords(
  wanted: { data?: 'pinwheel' | 'fashion-mnist'; results?: string } = {},
): FlexibilityRecord[] {
  const { data, results } = resolveOptions('flexibilityRecords', wanted, {
    data: 'pinwheel',
    results: undefined,
  })
  if (!['pinwheel', 'fashion-mnist'].includes(data))
    throw new ArgumentError('data', data, "'pinwheel' or 'fashion-mnist'", 'Others are not on record.')
  const folder = recordsFolder(results, 'gmvae-collapse')
  const order = ['truth', 'plain', 'lid', 'lid-as-in-the-paper']
  return (
    data === 'pinwheel'
      ? readRecords<FlexibilityRecord>(path.join(folder, 'flexibility'), ['ll', 'gap', 'truth'])
      : readRecords<FlexibilityRecord & { name: FlexibilityRecord['method'] }>(path.join(folder, 'fashion'), [
          'll',
          'elbo',
        ]).map((record) => ({ ...record, method: record.name }))
  ).sort(
    (a, b) =>
      order.indexOf(a.method) - order.indexOf(b.method) ||
      (a.hidden ?? 0) - (b.hidden ?? 0) ||
      (a.steps ?? 0) - (b.steps ?? 0) ||
      a.seed - b.seed,
  )
}
