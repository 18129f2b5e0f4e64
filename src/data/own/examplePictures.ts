import { requireInteger } from '../../base/errors'
import { resolveOptions } from '../../base/options'
import { fileError, makeFolder } from '../../platform/files'
import { writeFile } from '../../platform/fileSystem'
import path from '../../platform/path'
import { encodePngFile } from '../../platform/png'

/** Options of `examplePictures`. */
export interface ExamplePicturesOptions {
  /** How many; 1,200 by default. */
  count?: number
  /** Where the folder of pictures is made; `'out'` by default. */
  folder?: string
  /** Height and width, pixels; 16 by default. */
  side?: number
  /** Bars in colour, each with a hue, on a dark ground; false by default. */
  color?: boolean
}

/**
 * Writes a folder of pictures to try `data.from`: bars, white on black, each with an angle and a length, in
 * colour with a hue too. They lie in two sub-folders, `long` and `short`.
 *
 * @param options `{ count = 1200, folder = 'out', side = 16, color = false }`; the pictures lie in
 *   `bars-COUNT` in that folder, others than 16 × 16 in grey in a folder named by what they are.
 * @returns the path of the folder of pictures, absolute.
 * @throws ArgumentError for a count or side that is not an integer ≥ 1, DataError if the folder cannot be
 *   written.
 * @example
 * const bars = await lid.data.from(lid.data.examplePictures({ count: 100 }))
 * const colored = await lid.data.from(lid.data.examplePictures({ count: 100, side: 32, color: true }))
 */
export function examplePictures(options: ExamplePicturesOptions = {}): string {
  const { count, folder, side, color } = resolveOptions('examplePictures', options, {
    count: 1200,
    folder: 'out',
    side: 16,
    color: false,
  })
  requireInteger('count', count)
  requireInteger('side', side)
  const kind = `${color ? 'color-' : ''}bars${side === 16 ? '' : `-${side}`}`
  const target = path.resolve(folder, `${kind}-${count}`)
  try {
    // Plain writes: waiting for the disk at each of so many small files takes seconds.
    for (const length of ['long', 'short']) makeFolder(path.join(target, length))
    for (let i = 0; i < count; i++) {
      const length = 3.5 + 3.5 * ((0.755 * i) % 1)
      const file = path.join(target, length > 5.25 ? 'long' : 'short', `${String(i).padStart(4, '0')}.png`)
      const shape = bar(Math.PI * ((0.618 * i) % 1), length, side)
      writeFile(file, png(shape, side, color ? hue((0.382 * i + 0.1 * Math.floor(i / 7)) % 1) : WHITE))
    }
  } catch (error) {
    throw fileError(error, target, 'Choose a folder that can be written to.')
  }
  return target
}

const WHITE = [1, 1, 1] as const
/** The ground of pictures in colour. */
const GROUND = [0.08, 0.08, 0.15] as const

/** Intensities of a bar through the middle, soft at its edges; lengths are those of 16 pixels a side. */
const bar = (angle: number, length: number, side: number): Float32Array =>
  Float32Array.from({ length: side * side }, (_, at) => {
    const middle = (side - 1) / 2
    const [x, y] = [at % side, Math.floor(at / side)].map((pixel) => ((pixel - middle) * 16) / side)
    const along = x * Math.cos(angle) + y * Math.sin(angle)
    const across = y * Math.cos(angle) - x * Math.sin(angle)
    const inside = (value: number, half: number): number => 1 / (1 + Math.exp(3 * (Math.abs(value) - half)))
    return inside(along, length) * inside(across, 1.2)
  })

/** Red, green and blue of a hue in [0, 1), at full saturation. */
const hue = (h: number): readonly [number, number, number] => {
  const channel = (n: number): number => {
    const k = (n + 6 * h) % 6
    return 1 - Math.max(0, Math.min(k, 4 - k, 1))
  }
  return [channel(5), channel(3), channel(1)]
}

function png(values: Float32Array, side: number, color: readonly [number, number, number]): Buffer {
  const rgba = new Uint8Array(4 * values.length)
  const ground = color === WHITE ? [0, 0, 0] : GROUND
  values.forEach((value, i) => {
    color.forEach((c, k) => (rgba[4 * i + k] = Math.round(255 * (value * c + (1 - value) * ground[k]))))
    rgba[4 * i + 3] = 255
  })
  return encodePngFile({ width: side, height: side, rgba })
}
