import { ArgumentError, requireInteger, requireObject } from '../base/errors'
import { resolveOptions } from '../base/options'
import { imageCount, imageTile, levelsOf, outsideInWords } from './image'
import { imageRows } from './imageRows'
import { CHART_OPTIONS, type ChartOptions, type VegaLiteSpec } from './spec'
import { chart } from './theme'

/** Images with labels, as in a DataSet. */
export interface LabelledImages {
  /** Values in [0, 1], `[size, height × width]`, row-major. */
  readonly x: ArrayLike<number>
  /** `[height, width]` of one image, pixels; `[height, width, 3]` in colour. */
  readonly shape: readonly number[]
  /** Class of each image, from 0. */
  readonly labels?: ArrayLike<number>
  /** Names of the classes. */
  readonly labelNames?: readonly string[]
}

/** Options of `classImages`. */
export interface ClassImagesOptions extends ChartOptions {
  /** Number of images per class, from the start of the data (default: 10). */
  perClass?: number
  /** The classes to show, in this order (default: the first ten that occur). */
  classes?: readonly number[]
  /** The word before the number of a class without a name (default: 'class'). */
  kind?: string
}

const MOST_ROWS = 10

/**
 * Images by class, one row per class.
 *
 * @param data Images with labels, such as a DataSet.
 * @param options Title, subtitle, images per class, classes, the word for a class.
 * @returns A Vega-Lite specification; each row is one PNG.
 * @throws ArgumentError if there are no labels, or no images of a requested class.
 * @example
 * lid.show(lid.plots.classImages(train, { perClass: 12 }))
 */
export function classImages(data: LabelledImages, options: ClassImagesOptions = {}): VegaLiteSpec {
  const { perClass, kind } = resolveOptions('classImages', options, {
    ...CHART_OPTIONS,
    perClass: 10,
    classes: undefined,
    kind: 'class',
  })
  requireObject('data', data, 'a data set of images')
  const { x, shape, labels, labelNames } = data
  requireInteger('perClass', perClass)
  const count = imageCount('x', x, shape)
  if (labels === undefined || labels.length !== count)
    throw new ArgumentError(
      'labels',
      labels,
      `${count} labels, one per image`,
      'Give a data set with labels.',
    )
  const of = new Map<number, number[]>()
  for (let i = 0; i < count; i++) {
    const some = of.get(labels[i]) ?? []
    if (some.length < perClass) some.push(i)
    of.set(labels[i], some)
  }
  const there = [...of.keys()].sort((a, b) => a - b)
  const classes = options.classes ?? there.slice(0, MOST_ROWS)
  const pixels = x.length / count
  const most = Math.max(...classes.map((one) => of.get(one)?.length ?? 0))
  const rows = classes.map((one) => {
    const indices = of.get(one)
    if (indices === undefined)
      throw new ArgumentError(
        'classes',
        one,
        `some of the classes that have images (${there.slice(0, 12).join(', ')} …)`,
        'Omit it to show the first ten.',
      )
    // A class with fewer images has a shorter row; the rest is blank.
    // In colour 1 is white.
    const shown = new Float32Array(most * pixels).fill(levelsOf(shape) === 'colours' ? 1 : 0)
    indices.forEach((index, at) => {
      for (let p = 0; p < pixels; p++) shown[at * pixels + p] = x[index * pixels + p]
    })
    return { label: labelNames?.[one] ?? `${kind} ${one}`, tile: imageTile(shown, shape, most) }
  })
  const all = of.size
  const summary = `${classes.length < all ? `${classes.length} of ${all} classes` : `All ${all} classes`}; the first ${most} images of each${levelsOf(shape) === 'colours' ? '' : '; black is 1'}.${outsideInWords(rows.map(({ tile }) => tile))}`
  return chart(options.title ?? 'Images by class', options.subtitle ?? summary, imageRows(rows, shape, most))
}
