import { settingOf } from './cell'
import { methods } from './methods'
import { holm, pairedTest, type BySeed, type PairedTest } from './paired'
import type { Size } from './setting'
import { formatSummary, type TableRow } from './summary'

/** A claim about an identifiable model on one data set, and its result. */
export interface Claim {
  /** Name of the data set. */
  readonly data: string
  /** Size of the experiment. */
  readonly size: string
  /** The claim. */
  readonly claim: string
  /**
   * Undefined if it is not decided: records are missing, no other method fits as well, or the test over seeds does not
   * tell.
   */
  readonly holds?: boolean
  /** p of the paired test over seeds, corrected by Holm for the number of claims tested. */
  readonly p?: number
  /** The effect in standard deviations of the differences between seeds, Hedges' g. */
  readonly effect?: number
  /** The numbers that decide it. */
  readonly because: string
}

/** A claim that is decided below this, after the correction. */
export const LEVEL = 0.05

/** A result before the correction: which way it would be decided, and how surely. */
interface Found {
  readonly because: string
  readonly holds?: boolean
  readonly test?: Pick<PairedTest, 'p' | 'effect'>
}

const settings = ({ data, size }: TableRow) => settingOf({ data, size: size as Size })
const isText = (row: TableRow): boolean => settings(row).texts ?? false
/** Log-likelihoods are alike within 1 nat on text, within 2 % on images. */
const alike = (row: TableRow, best: number): number => (isText(row) ? 1 : 0.02 * Math.abs(best))
const describeSimilarity = (row: TableRow): string => (isText(row) ? '1 nat' : '2 %')

/**
 * The claims of the table, decided from its rows: active units, mutual information among methods that fit
 * alike, and, for Omniglot's Gaussian pair, the fit. Each is a paired t-test over seeds, corrected by Holm for the
 * number of claims: holds or does not hold below 0.05, otherwise not decided.
 *
 * @param rows from `tableRows`.
 * @returns the claims, one per data set, identifiable model and question.
 */
export function claimsOf(rows: readonly TableRow[]): Claim[] {
  const groups = [...new Set(rows.map(({ size, data }) => `${size}/${data}`))]
  const all = groups.flatMap((key) =>
    ofGroup(rows.filter(({ size, data, ablation }) => `${size}/${data}` === key && !ablation)),
  )
  const ps = holm(all.map(({ found }) => found.test?.p))
  return all.map(({ found, ...about }, i) => {
    const { because, holds, test } = found
    const p = ps[i]
    const decided = holds !== undefined && p !== undefined && p < LEVEL
    return {
      ...about,
      because,
      ...(decided && { holds }),
      ...(test && { p, effect: test.effect }),
    }
  })
}

type About = Pick<Claim, 'data' | 'size' | 'claim'> & { found: Found }

function ofGroup(those: readonly TableRow[]): About[] {
  if (those.length === 0) return []
  const [{ data, size }] = those
  // The identifiable models: as in the paper, and, where it is on record, with the new map.
  const named = ['lid', ...those.flatMap(({ method }) => (method === 'lid-twist' ? [method] : []))]
  return named.flatMap((method) => {
    const lid = those.find((row) => row.method === method)
    const others = those.filter((row) => row.rule === lid?.rule)
    const plain = others.find((row) => row.method === 'plain')
    const about = (claim: string, found?: Found): About => ({
      data,
      size,
      claim: `${methods[method].title}: ${claim}`,
      found: found ? { ...found, because: `${found.because}${earlier(lid!)}` } : { because: 'no records' },
    })
    return [
      about('AU at least 0.9', lid && active(lid)),
      about(
        `most information among methods that fit within ${describeSimilarity(those[0])} of the best`,
        lid && (plain ? mostInformation(lid, others) : NO_PLAIN),
      ),
      ...(data === 'omniglot' && lid?.variable !== 'w'
        ? [
            about(
              'log-likelihood at least 8 nats above plain',
              lid && (plain ? fitsBetter(lid, plain, 8) : NO_PLAIN),
            ),
          ]
        : []),
    ]
  })
}

const NO_PLAIN: Found = { because: 'plain has no records of the same rule' }

const earlier = ({ rule }: TableRow): string => (rule > 1 ? '' : '; by the earlier rule')

const seedsOf = (row: TableRow, metric: string): BySeed => ({
  seeds: row.seeds,
  values: row.bySeed[metric],
})

/** A test in words: its difference, effect and number of seeds. */
const inWords = ({ difference, effect, pairs }: PairedTest, digits = 2): string =>
  [
    `${difference < 0 ? '−' : '+'}${Math.abs(difference).toFixed(digits)}`,
    ...(effect === undefined ? [] : [`effect ${effect.toFixed(1)}`]),
    `${pairs} seeds`,
  ].join(', ')

const ONE = 'one seed in common'

function active(lid: TableRow): Found {
  const { units } = settings(lid)
  const test = pairedTest(seedsOf(lid, 'au'), 0.9, units && 1 / units)
  const because = `AU ${formatSummary(lid.metrics.au)}`
  if (!test)
    return { because: `${because}, ${lid.seeds.length} ${lid.seeds.length === 1 ? 'seed' : 'seeds'}` }
  return { because: `${because}: ${inWords(test)}`, holds: test.difference > 0, test }
}

function mostInformation(lid: TableRow, rows: readonly TableRow[]): Found {
  const rivals = rows.filter((row) => !row.method.startsWith('lid'))
  const best = [lid, ...rivals].reduce((a, b) => (b.metrics.ll.mean > a.metrics.ll.mean ? b : a))
  const margin = alike(lid, best.metrics.ll.mean)
  const least = best.metrics.ll.mean - margin
  if (lid.metrics.ll.mean < least) return fitsWorse(lid, best, margin)
  const others = rivals
    .filter(({ metrics }) => metrics.ll.mean >= least)
    .sort((a, b) => b.metrics.mi.mean - a.metrics.mi.mean)
  if (others.length === 0)
    return { because: `no other method fits within ${describeSimilarity(lid)} of ${lid.title}` }
  const [next] = others
  const because = `${formatSummary(lid.metrics.mi)}; ${next.title} ${formatSummary(next.metrics.mi)}`
  if (others.some((row) => row.metrics.mi.atCap && lid.metrics.mi.atCap))
    return { because: `${because} (a tie at the cap)` }
  const tests = others.flatMap((row) => pairedTest(seedsOf(lid, 'mi'), seedsOf(row, 'mi')) ?? [])
  if (tests.length < others.length) return { because: `${because}; ${ONE}` }
  // More than each of them: the least sure of the tests decides. Less than one of them: the surest, times their number.
  const above = tests.reduce((a, b) => (b.p > a.p ? b : a))
  if (tests.every(({ difference }) => difference > 0))
    return { because: `${because}: ${inWords(above)}`, holds: true, test: above }
  const below = tests.filter(({ difference }) => difference < 0).reduce((a, b) => (b.p < a.p ? b : a))
  const p = Math.min(1, below.p * tests.length)
  return { because: `${because}: ${inWords(below)}`, holds: false, test: { ...below, p } }
}

/** Below the best by more than what counts as alike. */
function fitsWorse(lid: TableRow, best: TableRow, margin: number): Found {
  const { seeds, values } = seedsOf(best, 'll')
  const shifted = { seeds, values: values.map((each) => ({ ...each, value: each.value - margin })) }
  const test = pairedTest(seedsOf(lid, 'll'), shifted)
  const because = `it fits worse: LL ${formatSummary(lid.metrics.ll, 1)}; ${best.title} ${formatSummary(best.metrics.ll, 1)}`
  return test
    ? { because: `${because}: ${inWords(test, 1)}`, holds: false, test }
    : { because: `${because}; ${ONE}` }
}

function fitsBetter(lid: TableRow, plain: TableRow, nats: number): Found {
  const gain = lid.metrics.ll.mean - plain.metrics.ll.mean
  const { seeds, values } = seedsOf(plain, 'll')
  const shifted = { seeds, values: values.map((each) => ({ ...each, value: each.value + nats })) }
  const test = pairedTest(seedsOf(lid, 'll'), shifted)
  const because = `${gain.toFixed(1)} nats`
  return test
    ? { because: `${because}: ${inWords(test, 1)}`, holds: test.difference > 0, test }
    : { because: `${because}; ${ONE}` }
}
