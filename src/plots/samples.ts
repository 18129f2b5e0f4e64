import { ArgumentError, requireObject, unquoted } from '../base/errors'
import { requireOptions } from '../base/options'
import { imageCount, imageTile, levelsOf, outsideInWords } from './image'
import { imageRows } from './imageRows'
import { CHART_OPTIONS, isNumbers, numbersOf, type ChartOptions, type VegaLiteSpec } from './spec'
import { chart } from './theme'

/** Data of `samples`. */
export interface SampleImages {
  /** One list of images per component, values in [0, 1]; or one list for a model without components. */
  images: ArrayLike<number> | readonly ArrayLike<number>[]
  /** `[height, width]` of one image, pixels; `[height, width, 3]` in colour. */
  shape: readonly number[]
  /** Fraction of the data in each component, shown beside its row. */
  usage?: ArrayLike<number>
}

/**
 * Samples from the model, one row per component of the mixture.
 *
 * If all rows look alike, w carries no information; if rows differ, it does.
 *
 * @param samples Images by component, image shape, usage.
 * @param options Title and subtitle.
 * @returns A Vega-Lite specification; each row is one PNG.
 * @throws ArgumentError if lengths do not match.
 * @example
 * const of = async (component: number) => (await lid.sample(model, { count: 8, component, seed: 1 })).mean
 * lid.show(lid.plots.samples({ images: [await of(0), await of(1)], shape: [28, 28] }, { title: 'Two components' }))
 */
export function samples(samples: SampleImages, options: ChartOptions = {}): VegaLiteSpec {
  requireOptions('samples', options, CHART_OPTIONS)
  requireObject('samples', samples, '{ images, shape }')
  const { images, shape } = samples
  const byComponent = isNumbers((images as ArrayLike<unknown>)?.[0])
  const lists = byComponent ? (images as readonly ArrayLike<number>[]) : [images as ArrayLike<number>]
  const usage = samples.usage && numbersOf('usage', samples.usage)
  if (usage && usage.length !== lists.length)
    throw new ArgumentError('usage', samples.usage, `${lists.length} fractions, one per component`)
  const counts = lists.map((list, component) => imageCount(`images[${component}]`, list, shape))
  if (new Set(counts).size > 1)
    throw new ArgumentError(
      'images',
      unquoted(`rows of ${counts.join(', ')} images`),
      'rows with the same number of images',
    )
  // Without components there is one list: it fills several rows.
  const columns = byComponent ? counts[0] : Math.min(12, counts[0])
  const rows = lists.map((list, component) => ({
    label: !byComponent ? '' : usage ? `w = ${component} · ${percent(usage[component])}` : `w = ${component}`,
    tile: imageTile(list, shape, columns),
  }))
  const title = options.title ?? (byComponent ? 'Samples, one row per component w' : 'Samples')
  const usual = !byComponent
    ? `Drawn from the prior; ${levelsOf(shape)} are means.`
    : `${usage ? 'Percent: the images in each component. ' : ''}Rows that look alike: w carries no information.`
  const outside = outsideInWords(rows.map(({ tile }) => tile))
  return chart(title, options.subtitle ?? usual + outside, imageRows(rows, shape, columns))
}

/** A fraction in percent; a positive fraction is never shown as "0%". */
export const percent = (fraction: number) =>
  `${fraction > 0 && fraction < 0.005 ? '< 1' : Math.round(fraction * 100)}%`
