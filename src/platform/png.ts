import { PNG } from 'pngjs'

/** A decoded PNG file. */
export interface Png {
  width: number
  height: number
  /** Bits per sample. */
  depth: number
  /** The colour type's number in the file. */
  colorType: number
  /** Red, green, blue, opacity, `[height, width, 4]`. */
  data: ArrayLike<number>
}

/** Decodes a PNG file, keeping the bit depth of samples; throws if it is damaged. */
export function decodePngFile(bytes: Buffer): Png {
  const { width, height, depth, colorType, data } = PNG.sync.read(bytes, { skipRescale: true })
  return { width, height, depth, colorType, data }
}

/** A grey PNG file. @param rgba red, green, blue, opacity, `[height, width, 4]`, from 0 to 255. */
export function encodePngFile(image: { width: number; height: number; rgba: Uint8Array }): Buffer {
  const png = new PNG({ width: image.width, height: image.height })
  png.data.set(image.rgba)
  return PNG.sync.write(png, { colorType: 0 })
}
