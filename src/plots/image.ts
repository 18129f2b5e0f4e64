import { encode } from 'upng-js'
import { ArgumentError, requireInteger } from '../base/errors'
import { resolveOptions } from '../base/options'
import { isNumbers } from './spec'

/** Options of a tile. */
export interface TileOptions {
  /** White pixels between images, default 2. */
  gap?: number
  /**
   * Number of grey levels, default 32: fewer levels make smaller files, with no visible difference in
   * thumbnails.
   */
  levels?: number
  /** Draws 1 as black and 0 as white (default); false draws 1 as white. */
  ink?: boolean
}

/** Images tiled into one picture. */
export interface Tile {
  /** The picture as a data URI, `data:image/png;base64,…`. */
  readonly url: string
  /** Its width in pixels. */
  readonly width: number
  /** Its height in pixels. */
  readonly height: number
}

/**
 * Many grey images in one PNG data URI, row by row.
 *
 * @param images Values in [0, 1], `[count, height × width]` flattened; values outside are clipped.
 * @param shape `[height, width]` of one image, pixels.
 * @param columns Images per row; default: all in one row.
 * @param options Gap, grey levels and direction.
 * @returns The data URI with the picture's size.
 * @throws ArgumentError if the length is not a multiple of an image's size.
 * @example
 * lid.plots.imageTile(test.take(20).x, [28, 28], 10).url
 */
export function imageTile(
  images: ArrayLike<number>,
  shape: readonly number[],
  columns?: number,
  options: TileOptions = {},
): Tile {
  const { gap, levels, ink } = resolveOptions('imageTile', options, { gap: 2, levels: 32, ink: true })
  const count = imageCount('images', images, shape)
  const across = columns ?? count
  requireInteger('columns', across)
  requireInteger('levels', levels, 2)
  const [rows, cols] = shape
  const down = Math.ceil(count / across)
  const width = across * (cols + gap) - gap
  const height = down * (rows + gap) - gap
  // Opaque RGBA with equal red, green and blue; the encoder converts it to a palette.
  const pixels = new Uint8Array(4 * width * height).fill(255)
  for (let i = 0; i < count; i++) {
    const left = (i % across) * (cols + gap)
    const top = Math.floor(i / across) * (rows + gap)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < cols; x++) {
        const value = Math.min(1, Math.max(0, images[i * rows * cols + y * cols + x] || 0))
        const level = Math.round((ink ? 1 - value : value) * (levels - 1)) / (levels - 1)
        const at = 4 * ((top + y) * width + left + x)
        pixels.fill(Math.round(255 * level), at, at + 3)
      }
  }
  const file = Buffer.from(encode([pixels.buffer], width, height, 0))
  return { url: `data:image/png;base64,${file.toString('base64')}`, width, height }
}

/** The number of images in flattened values, checked against their shape. */
export function imageCount(argument: string, images: ArrayLike<number>, shape: readonly number[]): number {
  if (!Array.isArray(shape) || shape.length < 2)
    throw new ArgumentError('shape', shape, 'the image shape [height, width]', 'Give shape: [28, 28].')
  requireInteger('shape[0]', shape[0])
  requireInteger('shape[1]', shape[1])
  if (!isNumbers(images) || images.length === 0)
    throw new ArgumentError(argument, images, 'an array with the pixels of complete images')
  const count = images.length / (shape[0] * shape[1])
  if (!Number.isInteger(count))
    throw new ArgumentError(
      argument,
      images,
      `a multiple of ${shape[0]} × ${shape[1]} pixels`,
      'Check the shape against the images.',
    )
  return count
}
