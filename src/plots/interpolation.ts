import { ArgumentError } from '../base/errors'
import { resolveOptions } from '../base/options'
import type { Interpolation } from '../models/interpolation'
import { featureLines } from './featureLines'
import { imageCount, imageTile, outsideInWords } from './image'
import { imageRows } from './imageRows'
import { CHART_OPTIONS, numbersOf, type ChartOptions, type VegaLiteSpec } from './spec'
import { chart } from './theme'
import { slice } from './traversal'

/** Options of `interpolation`. */
export interface InterpolationChartOptions extends ChartOptions {
  /** Names of the features, for data that are not images. */
  features?: readonly string[]
}

/**
 * Interpolation: one row per pair of data points. The data points are framed at its ends; between them are
 * decodings along the straight line from one code to the other.
 *
 * Data that are not images (shape `[count]`, at most ten features) are drawn as lines, one panel per pair.
 *
 * @param way The result of `lid.interpolation`.
 * @param options Title, subtitle, names of features.
 * @returns A Vega-Lite specification; each row is one PNG.
 * @throws ArgumentError if lengths do not match, or the data are neither images nor a few features.
 * @example
 * lid.show(lid.plots.interpolation(await lid.interpolation(model, test, [[0, 1], [2, 3]])))
 */
export function interpolation(way: Interpolation, options: InterpolationChartOptions = {}): VegaLiteSpec {
  const { features } = resolveOptions('interpolation', options, { ...CHART_OPTIONS, features: undefined })
  const { mean, ends, names, steps, shape } = requireWay(way)
  const labels = distinct(names)
  const pairs = names.length
  const title = options.title ?? 'From one data point’s code to another’s'
  if (shape.length < 2) {
    const rows = labels.map((label, row) => ({
      label,
      values: slice(mean, row, pairs),
      ends: slice(ends, row, pairs),
    }))
    const subtitle =
      options.subtitle ??
      'Points: the data points. Lines: decoded along the straight line between their codes.'
    return chart(
      title,
      subtitle,
      featureLines(shape, rows, { steps, stepTitle: 'fraction of the way', features }),
    )
  }
  if (imageCount('way.mean', mean, shape) !== pairs * steps.length)
    throw new ArgumentError('way.mean', mean, `${pairs} × ${steps.length} images`, give)
  if (imageCount('way.ends', ends, shape) !== 2 * pairs)
    throw new ArgumentError('way.ends', ends, `${2 * pairs} images, two per pair`, give)
  const rows = labels.map((label, row) => {
    const own = slice(ends, row, pairs)
    const half = own.length / 2
    const images = [...own.slice(0, half), ...slice(mean, row, pairs), ...own.slice(half)]
    return { label, tile: imageTile(images, shape) }
  })
  const last = steps.length + 1
  const frames = rows.flatMap((_, row) => [
    { row, column: 0 },
    { row, column: last },
  ])
  const headings = ['data', ...steps.map((step) => `${Math.round(100 * step)}%`), 'data']
  const subtitle =
    options.subtitle ??
    `Framed: the data points. Between them: decoded along the straight line between their codes.${outsideInWords(rows.map(({ tile }) => tile))}`
  return chart(title, subtitle, imageRows(rows, shape, last + 1, headings, frames))
}

const give = 'Give the result of lid.interpolation.'

function requireWay(way: Interpolation): Interpolation {
  const { names, shape } = way ?? {}
  if (!Array.isArray(names) || names.length === 0 || !Array.isArray(shape))
    throw new ArgumentError('way', way, 'an interpolation of at least one pair', give)
  numbersOf('way.steps', way.steps)
  return way
}

/** Unique labels, because rows are identified by them. */
function distinct(names: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return names.map((name) => {
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    return times > 1 ? `${name} (${times})` : name
  })
}
