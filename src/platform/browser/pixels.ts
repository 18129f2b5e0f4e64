import { decode, toRGBA8 } from 'upng-js'
import type { Raster } from '../pixels'

export type { Raster } from '../pixels'

export class ImageProblem extends Error {}

/** Only PNG files at their own size: other formats, and resizing, need a library of native code. */
export function decodeImage(bytes: Buffer, size?: readonly [number, number]): Promise<Raster> {
  const own = Uint8Array.from(bytes).buffer
  let image: ReturnType<typeof decode>
  try {
    image = decode(own)
  } catch {
    throw new ImageProblem('is not a PNG file: browsers read no others here. Use lidvae in Node')
  }
  const { width, height } = image
  if (size && (size[0] !== height || size[1] !== width))
    throw new ImageProblem(`has ${width} × ${height} pixels: images are resized in Node only`)
  const samples = new Uint8Array(toRGBA8(image)[0])
  return Promise.resolve({ width, height, channels: 4, samples, most: 255, format: 'png', pages: 1 })
}
