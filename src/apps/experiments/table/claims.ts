import { settingOf } from './cell'
import type { Size } from './setting'
import { formatSummary, spreadOf, type TableRow } from './summary'

/** A claim about the identifiable model on one data set, and its result. */
export interface Claim {
  /** Name of the data set. */
  readonly data: string
  /** Size of the experiment. */
  readonly size: string
  /** The claim. */
  readonly claim: string
  /** Undefined if it cannot be decided: records are missing, or no other method fits as well. */
  readonly holds?: boolean
  /** The numbers that decide it. */
  readonly because: string
}

const isText = ({ data, size }: TableRow): boolean => settingOf({ data, size: size as Size }).texts ?? false
/** Log-likelihoods are alike within 1 nat on text, within 2 % on images. */
const alike = (row: TableRow, best: number): number => (isText(row) ? 1 : 0.02 * Math.abs(best))
const ALIKE = { text: '1 nat', images: '2 %' }
const describeSimilarity = (row: TableRow): string => ALIKE[isText(row) ? 'text' : 'images']

/**
 * The claims of the table, decided from its rows: active units, mutual information among methods that fit
 * alike, and, for Omniglot's Gaussian pair, the fit.
 *
 * @param rows from `tableRows`.
 * @returns one claim per data set and question.
 */
export function claimsOf(rows: readonly TableRow[]): Claim[] {
  const groups = [...new Set(rows.map(({ size, data }) => `${size}/${data}`))]
  return groups.flatMap((key) => {
    const those = rows.filter(({ size, data, ablation }) => `${size}/${data}` === key && !ablation)
    if (those.length === 0) return []
    const [{ size, data }] = those
    const [lid, plain] = ['lid', 'plain'].map((name) => those.find(({ method }) => method === name))
    const about = (claim: string, found?: Pick<Claim, 'holds' | 'because'>): Claim => ({
      data,
      size,
      claim,
      because: 'no records',
      ...found,
    })
    return [
      about('LID: mean AU ≥ 0.9', lid && active(lid)),
      about(
        `LID: most information among methods that fit within ${describeSimilarity(those[0])} of the best`,
        lid && plain && mostInformation(lid, those),
      ),
      ...(data === 'omniglot' && lid?.variable !== 'w'
        ? [
            about(
              'LID: log-likelihood at least 8 nats above plain',
              lid && plain && fitsBetter(lid, plain, 8),
            ),
          ]
        : []),
    ]
  })
}

const active = ({ metrics: { au }, seeds }: TableRow): Pick<Claim, 'holds' | 'because'> => ({
  // Tenths of components: 0.9 is not a binary fraction.
  holds: au.mean >= 0.9 - 1e-9,
  because: `AU ${formatSummary(au)}, ${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'}`,
})

function mostInformation(lid: TableRow, rows: readonly TableRow[]): Pick<Claim, 'holds' | 'because'> {
  const best = Math.max(...rows.map(({ metrics }) => metrics.ll.mean))
  const least = best - alike(lid, best)
  const among = rows.filter(({ metrics }) => metrics.ll.mean >= least)
  const others = among.filter((row) => row !== lid).sort((a, b) => b.metrics.mi.mean - a.metrics.mi.mean)
  const said = others
    .slice(0, 1)
    .map((row) => `; ${row.title} ${formatSummary(row.metrics.mi)}${close(lid, row)}`)
  if (!among.includes(lid)) return { holds: false, because: 'LID fits worse' }
  if (others.length === 0) return { because: `no other method fits within ${describeSimilarity(lid)} of LID` }
  const ties = (row: TableRow) => row.metrics.mi.atCap && lid.metrics.mi.atCap
  return {
    holds: others.every((row) => row.metrics.mi.mean < lid.metrics.mi.mean || ties(row)),
    because: `LID ${formatSummary(lid.metrics.mi)}${said.join('')}${others.some(ties) ? ' (a tie at the cap)' : ''}`,
  }
}

/** Notes a difference in information that the spread over seeds may explain. */
const close = (a: TableRow, b: TableRow): string =>
  Math.abs(a.metrics.mi.mean - b.metrics.mi.mean) < spreadOf('mi', a, b)
    ? ', a difference within the spread over seeds'
    : ''

function fitsBetter(lid: TableRow, plain: TableRow, nats: number): Pick<Claim, 'holds' | 'because'> {
  const gain = lid.metrics.ll.mean - plain.metrics.ll.mean
  return { holds: gain >= nats, because: `${gain.toFixed(1)} nats` }
}
