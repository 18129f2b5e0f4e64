import { requireInteger } from '../../base/errors'
import { resolveOptions } from '../../base/options'
import { fileError, makeFolder } from '../../platform/files'
import { writeFile } from '../../platform/fileSystem'
import path from '../../platform/path'
import { encodePngFile } from '../../platform/png'

const SIDE = 16

/**
 * Writes a folder of pictures to try `data.from`: bars of 16 × 16 pixels, white on black, each with an angle
 * and a length. They lie in two sub-folders, `long` and `short`.
 *
 * @param options `{ count = 1200, folder = 'out' }`: how many, and where; the pictures lie in `bars-COUNT`
 *   in that folder.
 * @returns the path of the folder of pictures, absolute.
 * @throws ArgumentError for a count that is not an integer ≥ 1, DataError if the folder cannot be written.
 * @example
 * const bars = await lid.data.from(lid.data.examplePictures({ count: 100 }))
 */
export function examplePictures(options: { count?: number; folder?: string } = {}): string {
  const { count, folder } = resolveOptions('examplePictures', options, { count: 1200, folder: 'out' })
  requireInteger('count', count)
  const target = path.resolve(folder, `bars-${count}`)
  try {
    // Plain writes: waiting for the disk at each of so many small files takes seconds.
    for (const kind of ['long', 'short']) makeFolder(path.join(target, kind))
    for (let i = 0; i < count; i++) {
      const length = 3.5 + 3.5 * ((0.755 * i) % 1)
      const file = path.join(target, length > 5.25 ? 'long' : 'short', `${String(i).padStart(4, '0')}.png`)
      writeFile(file, greyPng(bar(Math.PI * ((0.618 * i) % 1), length)))
    }
  } catch (error) {
    throw fileError(error, target, 'Choose a folder that can be written to.')
  }
  return target
}

/** Intensities of a bar through the middle, soft at its edges. */
const bar = (angle: number, length: number): Float32Array =>
  Float32Array.from({ length: SIDE * SIDE }, (_, at) => {
    const [x, y] = [(at % SIDE) - 7.5, Math.floor(at / SIDE) - 7.5]
    const along = x * Math.cos(angle) + y * Math.sin(angle)
    const across = y * Math.cos(angle) - x * Math.sin(angle)
    const inside = (value: number, half: number): number => 1 / (1 + Math.exp(3 * (Math.abs(value) - half)))
    return inside(along, length) * inside(across, 1.2)
  })

function greyPng(values: Float32Array): Buffer {
  const rgba = new Uint8Array(4 * values.length)
  values.forEach((value, i) => {
    rgba.fill(Math.round(255 * value), 4 * i, 4 * i + 3)
    rgba[4 * i + 3] = 255
  })
  return encodePngFile({ width: SIDE, height: SIDE, rgba })
}
