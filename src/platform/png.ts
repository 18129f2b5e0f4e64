import { encode } from 'upng-js'

/** A PNG file without loss. @param rgba red, green, blue, opacity, `[height, width, 4]`, from 0 to 255. */
export function encodePngFile(image: { width: number; height: number; rgba: Uint8Array }): Buffer {
  const { width, height, rgba } = image
  return Buffer.from(encode([Uint8Array.from(rgba).buffer], width, height, 0))
}
