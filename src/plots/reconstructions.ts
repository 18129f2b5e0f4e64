import { ArgumentError, requireObject } from '../base/errors'
import { requireOptions } from '../base/options'
import { imageCount, imageTile, levelsOf, outsideInWords } from './image'
import { imageRows } from './imageRows'
import { CHART_OPTIONS, type ChartOptions, type VegaLiteSpec } from './spec'
import { chart } from './theme'

/** Data of `reconstructions`. */
export interface ReconstructionImages {
  /** Values in [0, 1], `[count, height × width]` flattened, in colour `[count, height × width × 3]`. */
  original: ArrayLike<number>
  /** Reconstructions of the same images by model label, each of the same length. */
  models: Readonly<Record<string, ArrayLike<number>>>
  /** `[height, width]` of one image, pixels; `[height, width, 3]` in colour. */
  shape: readonly number[]
  /** A label above each column, such as the class's name. */
  labels?: readonly (string | number)[]
}

/**
 * Originals in the first row, and the reconstructions of each model below.
 *
 * @param images Originals, reconstructions by model label, image shape, column labels.
 * @param options Title and subtitle.
 * @returns A Vega-Lite specification; each row is one PNG.
 * @throws ArgumentError if lengths do not match.
 * @example
 * const some = test.take(10)
 * const models = { plain: await lid.reconstruct(plain, some), identifiable: await lid.reconstruct(identifiable, some) }
 * lid.show(lid.plots.reconstructions({ original: some.x, models, shape: [28, 28] }))
 */
export function reconstructions(images: ReconstructionImages, options: ChartOptions = {}): VegaLiteSpec {
  requireOptions('reconstructions', options, CHART_OPTIONS)
  requireObject('images', images, '{ original, models, shape }')
  const { original, models, shape, labels } = images
  const count = imageCount('original', original, shape)
  const named: [string, ArrayLike<number>][] = [['original', original], ...Object.entries(models ?? {})]
  for (const [label, pixels] of named)
    if (imageCount(`models.${label}`, pixels, shape) !== count)
      throw new ArgumentError(
        `models.${label}`,
        pixels,
        `${count} images, as many as in original`,
        'Reconstruct the same images.',
      )
  if (labels && labels.length !== count)
    throw new ArgumentError('labels', labels, `${count} labels, one per image`, 'Omit it to show none.')
  const rows = named.map(([label, pixels]) => ({ label, tile: imageTile(pixels, shape) }))
  const title = options.title ?? 'Held-out images and their reconstructions'
  const subtitle =
    options.subtitle ??
    `First row: the image. Below: decoded from its latent variables; ${levelsOf(shape)} are means.${outsideInWords(rows.map(({ tile }) => tile))}`
  return chart(title, subtitle, imageRows(rows, shape, count, labels))
}
