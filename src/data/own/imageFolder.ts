import { ArgumentError, requireInteger, requirePositive, unquoted } from '../../base/errors'
import { thousands } from '../../base/thousands'
import { readBytes } from '../../platform/files'
import path from '../../platform/path'
import { imageFiles } from './imageFiles'
import { readImage, type PixelOptions, type Pixels } from './image'
import type { Rows } from './rows'

/** How a folder of images is read. */
export interface FolderOptions extends PixelOptions {
  /** The label of a file, by its path within the folder. */
  labels?: (file: string) => string | number
  /** Names of the labels, if they are given. */
  labelNames?: readonly string[]
}

/** Images decoded at once: the decoder has threads of its own. */
const AT_ONCE = 8

/**
 * Rows from a folder of image files, in the order of the character codes of their names. Sub-folders with images
 * name the labels; names that are numbers are the labels themselves.
 *
 * @throws DataError for a damaged file or a folder without images; ArgumentError for files of different sizes
 *   without `size`
 */
export async function rowsOfFolder(given: string, options: FolderOptions): Promise<Rows> {
  requireOptions(options)
  const { color, labels } = options
  const { files, folder, labelled, remarks } = await imageFiles(given, labels !== undefined)
  let images: Float32Array | undefined
  let first: Pixels | undefined
  const seen = { largest: 0, most: 255, pages: 0, colorful: 0 }
  for (let start = 0; start < files.length; start += AT_ONCE) {
    const some = files.slice(start, start + AT_ONCE)
    const decoded = await allOf(some.map((file) => read(folder, file, options)))
    for (const [i, pixels] of decoded.entries()) {
      first ??= pixels
      if (pixels.height !== first.height || pixels.width !== first.width)
        throw twoSizes(files[0], first, some[i], pixels)
      images ??= new Float32Array(files.length * first.values.length)
      images.set(pixels.values, (start + i) * first.values.length)
      seen.largest = Math.max(seen.largest, pixels.largest)
      seen.most = Math.max(seen.most, pixels.most)
      if (pixels.pages > 1) seen.pages++
      if (pixels.colorful) seen.colorful++
    }
  }
  const { height = 0, width = 0 } = first ?? {}
  const ofFolder =
    labelled && !labels
      ? labelsOf(
          files.map((file) => path.dirname(file)),
          options,
        )
      : {}
  return {
    x: images ?? new Float32Array(0),
    shape: color ? [height, width, 3] : [height, width],
    name: path.basename(folder),
    source: folder,
    labels: labels && files.map(labels),
    ...ofFolder,
    remarks: [...remarksOn(seen, files.length, options), ...remarks],
  }
}

/** Largest number that a folder's name may be to be the label itself. */
const LARGEST_LABEL = 999

/** Labels by the names of folders: folders 1 … 12 are the labels 1 … 12, words are numbered by `from`. */
function labelsOf(
  folders: readonly string[],
  { labelNames }: FolderOptions,
): Pick<Rows, 'labels' | 'labelNames'> {
  const numbers = folders.map((name) => (/^\d{1,3}$/.test(name) ? Number(name) : NaN))
  if (labelNames || !numbers.every((number) => number <= LARGEST_LABEL)) return { labels: folders }
  const called = new Map(numbers.map((number, i) => [number, folders[i]]))
  if (called.size < new Set(folders).size) return { labels: folders }
  const names = Array.from({ length: Math.max(...numbers) + 1 }, (_, i) => called.get(i) ?? String(i))
  return { labels: numbers, labelNames: names }
}

const read = async (folder: string, file: string, options: PixelOptions): Promise<Pixels> => {
  const whole = path.join(folder, file)
  return readImage(await readBytes(whole, 'Check its permissions.'), whole, options)
}

/** All of them, or the error of the first that fails, after the others have ended. */
async function allOf<T>(promises: Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(promises)
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}

function remarksOn(
  { largest, most, pages, colorful }: { largest: number; most: number; pages: number; colorful: number },
  size: number,
  { color, full }: FolderOptions,
): string[] {
  const remarks: string[] = []
  if (full === undefined && largest > 0 && largest < most / 2) {
    const bits = [1, 8, 10, 12, 14, 15].find((one) => largest < 2 ** one) ?? 16
    // Cameras and microscopes write 12 bits into files of 16.
    const likely = most > 255 ? 2 ** Math.max(12, bits) - 1 : largest
    const why =
      most > 255
        ? `the files have 16 bits, the samples perhaps ${Math.max(12, bits)}`
        : `${likely} may be white`
    remarks.push(
      `the largest sample is ${thousands(largest)} of ${thousands(most)}: ${why}; full: ${likely} makes ${thousands(likely)} white`,
    )
  }
  if (!color && colorful > 0)
    remarks.push(
      `${colorful === size ? 'colours became grey' : `${thousands(colorful)} of ${thousands(size)} images have colours, which became grey`} (color: true keeps them)`,
    )
  if (pages > 0)
    remarks.push(
      `${thousands(pages)} of ${thousands(size)} files have several pages or frames: the first is read`,
    )
  return remarks
}

function requireOptions({ size, background, full }: FolderOptions): void {
  if (size !== undefined) {
    if (!Array.isArray(size) || size.length !== 2)
      throw new ArgumentError('from({ size })', size, '[height, width] in pixels', 'Give size: [28, 28].')
    ;(size as readonly number[]).forEach((length, i) => requireInteger(`from({ size })[${i}]`, length))
  }
  if (!(background >= 0 && background <= 1))
    throw new ArgumentError(
      'from({ background })',
      background,
      'an intensity from 0 to 1',
      '1 is white, 0 is black.',
    )
  if (full !== undefined) requirePositive('from({ full })', full)
}

const twoSizes = (firstFile: string, first: Pixels, file: string, pixels: Pixels): ArgumentError =>
  new ArgumentError(
    `size of ${file}`,
    unquoted(`${pixels.height} × ${pixels.width}`),
    `${first.height} × ${first.width} pixels, as that of ${firstFile}`,
    `Give size: [${first.height}, ${first.width}] or another size, to resize every image.`,
  )
