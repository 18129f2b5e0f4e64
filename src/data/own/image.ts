import { DataError } from '../../base/errors'
import { ImageProblem, decodeImage, type Raster } from '../../platform/pixels'

/** How the pixels of an image file become intensities. */
export interface PixelOptions {
  /** Keep red, green and blue instead of grey. */
  color: boolean
  /** The background of transparent pixels, an intensity. */
  background: number
  /** Invert intensities, x to 1 − x. */
  invert: boolean
  /** The sample that is white; by default the largest of the file's format. */
  full?: number
  /** `[height, width]` that the image is resized to. */
  size?: readonly [number, number]
}

/** An image file's pixels. */
export interface Pixels {
  height: number
  width: number
  /** Intensities in [0, 1], `[height, width]`, or `[height, width, 3]` in colour. */
  values: Float32Array
  /** The largest sample, opacity aside, and the largest that the format has. */
  largest: number
  most: number
  /** Pages or frames, of which the first is read. */
  pages: number
  /** Whether red, green and blue differ somewhere. */
  colorful: boolean
}

/** Luma of ITU-R BT.601. */
const [RED, GREEN, BLUE] = [0.299, 0.587, 0.114]

/**
 * Reads an image file: PNG, JPEG, WebP, TIFF, GIF, AVIF; 8 or 16 bits a sample, with a palette or not.
 *
 * @param bytes the whole file
 * @param file its name in error messages
 * @param options see `PixelOptions`
 * @throws DataError that names the file and what is wrong with it
 */
export async function readImage(bytes: Buffer, file: string, options: PixelOptions): Promise<Pixels> {
  try {
    return intensities(await decodeImage(bytes, options.size), file, options)
  } catch (error) {
    if (!(error instanceof ImageProblem)) throw error
    throw new DataError(`${file} ${error.message}. Save it again as PNG, or remove it from the folder.`)
  }
}

function intensities(
  { width, height, channels, samples, most, pages }: Raster,
  file: string,
  { color, background, invert, full = most }: PixelOptions,
): Pixels {
  const size = width * height
  const out = color ? 3 : 1
  const values = new Float32Array(size * out)
  const isGrey = channels < 3
  const hasOpacity = channels % 2 === 0
  let [largest, colorful] = [0, false]
  for (let pixel = 0, at = 0; pixel < size; pixel++, at += channels) {
    const [red, green, blue] = isGrey
      ? [samples[at], samples[at], samples[at]]
      : [samples[at], samples[at + 1], samples[at + 2]]
    largest = Math.max(largest, red, green, blue)
    const grey = red === green && green === blue
    if (!grey) colorful = true
    const opacity = hasOpacity ? samples[at + channels - 1] / most : 1
    const compose = (value: number): number => {
      const composed = opacity * value + (1 - opacity) * background
      return invert ? 1 - composed : composed
    }
    if (color) {
      values[3 * pixel] = compose(red / full)
      values[3 * pixel + 1] = compose(green / full)
      values[3 * pixel + 2] = compose(blue / full)
      // The weights sum to one only up to rounding; a grey pixel keeps its exact value.
    } else
      values[pixel] = compose(
        grey ? red / full : RED * (red / full) + GREEN * (green / full) + BLUE * (blue / full),
      )
  }
  if (largest > full)
    throw new DataError(
      `${file} has a sample of ${largest}, more than full, which is ${full}. Give a larger full.`,
    )
  return { height, width, values, largest, most, pages, colorful }
}
