import { encode } from 'upng-js'
import { ArgumentError, requireInteger, unquoted } from '../base/errors'
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
  /**
   * Of grey images: draws 1 as black and 0 as white (default); false draws 1 as white. Colours are drawn as they are.
   */
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
  /** The fraction of values so far outside [0, 1] that it shows: they are drawn as 0 or 1. */
  readonly outside: number
}

/**
 * Many images in one PNG data URI, row by row, grey or in colour.
 *
 * @param images Values in [0, 1], `[count, height × width]` flattened, of colours `[count, height × width × 3]`; values
 *   outside are clipped.
 * @param shape `[height, width]`, `[height, width, 1]` or `[height, width, 3]` of one image, pixels.
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
  const { rows, cols, channels } = imageShape(shape)
  const down = Math.ceil(count / across)
  const width = across * (cols + gap) - gap
  const height = down * (rows + gap) - gap
  // Opaque RGBA; the encoder makes a palette of few colours.
  const pixels = new Uint8Array(4 * width * height).fill(255)
  let outside = 0
  for (let i = 0; i < count; i++) {
    const left = (i % across) * (cols + gap)
    const top = Math.floor(i / across) * (rows + gap)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < cols; x++) {
        const from = channels * ((i * rows + y) * cols + x)
        const at = 4 * ((top + y) * width + left + x)
        for (let channel = 0; channel < 3; channel++) {
          const given = images[from + (channels === 3 ? channel : 0)] || 0
          if (given < -VISIBLE || given > 1 + VISIBLE) outside++
          const value = Math.min(1, Math.max(0, given))
          const shown = ink && channels === 1 ? 1 - value : value
          pixels[at + channel] = Math.round((255 * Math.round(shown * (levels - 1))) / (levels - 1))
        }
      }
  }
  const file = Buffer.from(encode([pixels.buffer], width, height, 0))
  const values = 3 * count * rows * cols
  return { url: `data:image/png;base64,${file.toString('base64')}`, width, height, outside: outside / values }
}

/** A difference that can be seen. */
const VISIBLE = 0.05

/** A sentence about values that images do not show, for a subtitle; empty where they are few. */
export function outsideInWords(tiles: readonly Tile[]): string {
  const share = tiles.reduce((sum, { outside }) => sum + outside, 0) / tiles.length
  if (share < 0.01) return ''
  return ` ${Math.round(100 * share)}% of the values are outside [0, 1], and drawn as 0 or 1.`
}

/** The height, width and channels of an image; three channels are red, green and blue. */
export function imageShape(shape: readonly number[]): { rows: number; cols: number; channels: 1 | 3 } {
  const isList = Array.isArray(shape)
  const [rows, cols, channels = 1] = (isList ? shape : []) as number[]
  if (isList && shape.length === 3 && [1, 3, 4].includes(rows) && ![1, 3, 4].includes(channels))
    throw new ArgumentError(
      'shape',
      unquoted(`[${shape.join(', ')}], with the channels first`),
      'the image shape with the channels last, [height, width, 3]',
      `Transpose the data: lid.tf.transpose(lid.tf.tensor4d(x, [size, ${shape.join(', ')}]), [0, 2, 3, 1]), in NumPy x.transpose(0, 2, 3, 1).`,
    )
  if (!isList || shape.length < 2 || shape.length > 3 || (channels !== 1 && channels !== 3))
    throw new ArgumentError(
      'shape',
      isList ? unquoted(`[${shape.join(', ')}]`) : shape,
      'the image shape [height, width], [height, width, 1] or [height, width, 3]',
      'Give shape: [28, 28], or [28, 28, 3] for colours.',
    )
  requireInteger('shape[0]', rows)
  requireInteger('shape[1]', cols)
  return { rows, cols, channels }
}

/** What the values of images are called in subtitles. */
export const levelsOf = (shape: readonly number[]): string =>
  imageShape(shape).channels === 3 ? 'colours' : 'grey levels'

/** The number of images in flattened values, checked against their shape. */
export function imageCount(argument: string, images: ArrayLike<number>, shape: readonly number[]): number {
  const { rows, cols, channels } = imageShape(shape)
  if (!isNumbers(images) || images.length === 0)
    throw new ArgumentError(argument, images, 'an array with the pixels of complete images')
  const count = images.length / (rows * cols * channels)
  if (!Number.isInteger(count))
    throw new ArgumentError(
      argument,
      images,
      `a multiple of ${rows} × ${cols} pixels${channels === 3 ? ' of three colours' : ''}`,
      'Check the shape against the images.',
    )
  return count
}
