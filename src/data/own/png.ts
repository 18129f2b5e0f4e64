import { DataError } from '../../base/errors'
import { decodePngFile } from '../../platform/png'
import { checkPixels } from './pngStream'

/** How the pixels of a PNG file become intensities. */
export interface PixelOptions {
  /** Keep red, green and blue instead of grey. */
  color: boolean
  /** The background of transparent pixels, an intensity. */
  background: number
  /** Invert intensities, x to 1 − x. */
  invert: boolean
}

/** A PNG file's pixels. */
export interface Pixels {
  height: number
  width: number
  /** Intensities in [0, 1], `[height, width]`, or `[height, width, 3]` in colour. */
  values: Float32Array
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
/** Bytes to the end of IHDR's lengths. */
const HEADER = 24
const PALETTE = 3
/** At most 4,096 × 4,096 pixels; a damaged header may declare more. */
const MOST_PIXELS = 2 ** 24
/** Luma of ITU-R BT.601. */
const [RED, GREEN, BLUE] = [0.299, 0.587, 0.114]

/**
 * Reads a PNG file: any colour type, 1 to 16 bits, interlaced or not; every checksum is verified.
 *
 * @param bytes the whole file
 * @param file its name in error messages
 * @param options see `PixelOptions`
 * @throws DataError that names the file and what is wrong with it
 */
export function decodePng(bytes: Buffer, file: string, options: PixelOptions): Pixels {
  const fail = (problem: string): never => {
    throw new DataError(`${file} ${problem}. Save it again as PNG, or remove it from the folder.`)
  }
  if (SIGNATURE.some((byte, i) => bytes[i] !== byte)) fail('is not a PNG file: its first bytes differ')
  if (bytes.length < HEADER) fail('is a damaged PNG file: it is cut off inside its header')
  // Before memory is allocated for the pixels.
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  if (width * height > MOST_PIXELS)
    fail(`has ${width} × ${height} pixels, more than the limit of 4,096 × 4,096`)
  checkPixels(bytes, fail)
  return intensities(read(bytes, fail), options)
}

interface Samples {
  width: number
  height: number
  /** Red, green, blue, opacity, `[height, width, 4]`, each from 0 to `most`. */
  rgba: ArrayLike<number>
  most: number
}

function read(bytes: Buffer, fail: (problem: string) => never): Samples {
  try {
    const { width, height, depth, colorType, data } = decodePngFile(bytes)
    // A palette's colours have 8 bits, whatever the depth of its indices.
    const most = colorType === PALETTE ? 255 : 2 ** depth - 1
    if (data.length !== 4 * width * height) return fail('is a damaged PNG file: pixels are missing')
    return { width, height, rgba: data, most }
  } catch (error) {
    if (error instanceof DataError) throw error
    return fail(`is a damaged PNG file (${error instanceof Error ? error.message : String(error)})`)
  }
}

function intensities({ width, height, rgba, most }: Samples, options: PixelOptions): Pixels {
  const { color, background, invert } = options
  const channels = color ? 3 : 1
  const values = new Float32Array(width * height * channels)
  for (let pixel = 0; pixel < width * height; pixel++) {
    const [r, g, b] = [rgba[4 * pixel] / most, rgba[4 * pixel + 1] / most, rgba[4 * pixel + 2] / most]
    const opacity = rgba[4 * pixel + 3] / most
    // The weights sum to one only up to rounding; a grey pixel keeps its exact value.
    const shown = color ? [r, g, b] : [r === g && g === b ? r : RED * r + GREEN * g + BLUE * b]
    shown.forEach((value, channel) => {
      const composed = opacity * value + (1 - opacity) * background
      values[pixel * channels + channel] = invert ? 1 - composed : composed
    })
  }
  return { height, width, values }
}
