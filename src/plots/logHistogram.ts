import { round } from './spec'
import { card } from './theme'

/** One bar of a histogram on a logarithmic axis. */
export interface LogBin {
  from: number
  to: number
  count: number
  /** Fraction of all values. */
  fraction: number
}

/**
 * A domain of whole and half decades that contains every value, so that several histograms share their bins.
 */
export function logDomain(values: readonly number[], floor: number): [number, number] {
  let low = Infinity
  let high = floor
  for (const value of values) {
    low = Math.min(low, Math.max(floor, value))
    high = Math.max(high, value)
  }
  const step = (value: number, rounding: (v: number) => number) => rounding(Math.log10(value) * 4) / 4
  const from = step(low, Math.floor)
  return [10 ** from, 10 ** Math.max(from + 0.25, step(high, Math.ceil))]
}

/**
 * Counts of values in `bins` bins of equal width in the logarithm; values below the domain fall into the
 * first bin.
 */
export function logHistogram(
  values: readonly number[],
  [low, high]: readonly [number, number],
  bins = 40,
): LogBin[] {
  const width = Math.log10(high / low) / bins
  const counts = new Array<number>(bins).fill(0)
  for (const value of values) {
    const at = value > low ? Math.floor(Math.log10(value / low) / width) : 0
    counts[Math.min(bins - 1, at)]++
  }
  return counts
    .map((count, i) => ({
      from: round(low * 10 ** (i * width), 4),
      to: round(low * 10 ** ((i + 1) * width), 4),
      count,
      fraction: round(count / values.length, 4),
    }))
    .filter((bin) => bin.count > 0)
}

/** Options of `logBars`. */
export interface LogBarOptions {
  domain: readonly [number, number]
  color: string
  /** Title of the horizontal axis, with its unit; null leaves it to a panel below. */
  title: string | null
  /** Title of the vertical axis: what is counted. */
  counted: string
  /** Shows fractions of all values instead of counts. */
  fractions?: boolean
}

/** A histogram as a layer: bars on a logarithmic axis. */
export function logBars(values: readonly number[], options: LogBarOptions): object {
  const { domain, color, title, counted, fractions } = options
  return {
    data: { values: logHistogram(values, domain) },
    mark: { type: 'rect', color, stroke: card, strokeWidth: 0.5 },
    encoding: {
      x: {
        field: 'from',
        type: 'quantitative',
        title,
        scale: { type: 'log', domain: domain.map((end) => round(end, 4)), nice: false },
        axis: { values: logTicks(domain), format: '~r', grid: false },
      },
      x2: { field: 'to' },
      y: {
        field: fractions ? 'fraction' : 'count',
        type: 'quantitative',
        title: counted,
        scale: { zero: true, nice: 3 },
        axis: { tickCount: 3, ...(fractions ? { format: '.0%' } : {}) },
      },
      y2: { datum: 0 },
      tooltip: [
        { field: 'from', type: 'quantitative', format: '.3~g' },
        { field: 'to', type: 'quantitative', format: '.3~g' },
        { field: 'count', type: 'quantitative', title: counted },
      ],
    },
  }
}

/** Powers of ten in a domain, and 2 and 5 times these if there are few. */
function logTicks([low, high]: readonly [number, number]): number[] {
  const steps = high / low > 200 ? [1] : [1, 2, 5]
  const ticks: number[] = []
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
    ticks.push(...steps.map((step) => round(step * 10 ** power, 3)))
  return ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001)
}
