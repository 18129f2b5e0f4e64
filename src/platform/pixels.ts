import type { Sharp, SharpOptions } from 'sharp'

/** An image in memory, as its file has it. */
export interface Raster {
  width: number
  height: number
  /** 1 grey, 2 grey and opacity, 3 red, green, blue, 4 with opacity. */
  channels: number
  /** `[height, width, channels]`, each from 0 to `most`. */
  samples: Uint8Array | Uint16Array
  /** The largest sample that the file's format has: 255 or 65,535. */
  most: number
  /** 'png', 'jpeg', 'webp', 'tiff', 'gif' …. */
  format: string
  /** Pages or frames of the file; the first one is read. */
  pages: number
}

/** Why an image is not read, in words that follow the file's name. */
export class ImageProblem extends Error {}

/** At most 8,192 × 8,192 pixels: a damaged or malicious header may declare more. */
const MOST_PIXELS = 2 ** 26
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/**
 * Decodes an image file: PNG, JPEG, WebP, TIFF, GIF or AVIF. It is turned as its EXIF orientation says, keeps 16
 * bits a sample, and its stored values: colour profiles are not applied.
 *
 * @param bytes the whole file
 * @param size `[height, width]` that it is resized to: a triangle filter over the pixels of the file, so that thin
 *   strokes survive
 * @throws ImageProblem that says what is wrong
 */
export async function decodeImage(bytes: Buffer, size?: readonly [number, number]): Promise<Raster> {
  const sharp = await load()
  if (bytes.length === 0) throw new ImageProblem('is empty')
  const options: SharpOptions = {
    failOn: 'warning',
    limitInputPixels: MOST_PIXELS,
    ignoreIcc: true,
    pages: 1,
  }
  const header = pngHeader(bytes) ?? (await headerOf(sharp(bytes, { ...options, limitInputPixels: false })))
  const { format, width, height, deep, pages } = header
  if (width * height > MOST_PIXELS)
    throw new ImageProblem(`has ${width} × ${height} pixels, more than the limit of 8,192 × 8,192`)
  let image = sharp(bytes, options).autoOrient()
  if (size) image = image.resize(size[1], size[0], { fit: 'fill', kernel: 'linear' })
  image = image.toColourspace(deep ? 'rgb16' : 'srgb').raw({ depth: deep ? 'ushort' : 'uchar' })
  const { data, info } = await image.toBuffer({ resolveWithObject: true }).catch((error: unknown) => {
    throw new ImageProblem(`is a damaged ${format.toUpperCase()} file (${lineOf(error)})`)
  })
  return {
    width: info.width,
    height: info.height,
    channels: info.channels,
    samples: deep ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data,
    most: deep ? 65535 : 255,
    format,
    pages,
  }
}

interface Header {
  format: string
  width: number
  height: number
  /** 16 bits a sample. */
  deep: boolean
  pages: number
}

/** Of PNG files, the most frequent, without a second look by the decoder. */
function pngHeader(bytes: Buffer): Header | undefined {
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) return undefined
  if (bytes.length < 33) throw new ImageProblem('is a damaged PNG file: it is cut off inside its header')
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  return { format: 'png', width, height, deep: bytes[24] === 16, pages: 1 }
}

async function headerOf(image: Sharp): Promise<Header> {
  const found = await image.metadata().catch((error: unknown) => {
    throw new ImageProblem(`is not an image that can be read, or is damaged (${lineOf(error)})`)
  })
  const { format, width, height, depth, channels, pages = 1 } = found
  if (depth !== 'uchar' && depth !== 'ushort')
    throw new ImageProblem(`has samples of type ${depth}, not of 8 or 16 bits`)
  if (channels > 4 && format !== 'jpeg')
    throw new ImageProblem(`has ${channels} channels, more than colour and opacity`)
  return { format, width, height, deep: depth === 'ushort', pages }
}

const lineOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    .split('\n')[0]
    .replace(/^Input buffer /, '')
    .trim()

type MakeSharp = (bytes: Buffer, options: SharpOptions) => Sharp
let loaded: Promise<MakeSharp> | undefined

/** sharp has native code, and takes time to load: only where images are read. */
const load = (): Promise<MakeSharp> => {
  const { VIPSHOME } = process.env
  return (loaded ??= import('sharp').then(
    ({ default: sharp }) => {
      // libvips sets a variable that concerns nobody else.
      if (VIPSHOME === undefined) delete process.env.VIPSHOME
      // Files are read once: what it keeps would only take memory.
      sharp.cache(false)
      return sharp
    },
    (error: unknown) => {
      throw new ImageProblem(
        `cannot be read: the package sharp does not load (${lineOf(error)}); run npm install again, without --omit=optional`,
      )
    },
  ))
}
