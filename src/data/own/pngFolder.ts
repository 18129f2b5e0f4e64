import { ArgumentError, DataError, requireInteger, unquoted } from '../../base/errors'
import { requireEngine } from '../../compute/engine'
import { fileError, readBytes } from '../../platform/files'
import { listEntries } from '../../platform/fileSystem'
import path from '../../platform/path'
import { decodePng, type PixelOptions, type Pixels } from './png'
import { resize } from './resize'
import type { Rows } from './rows'

/** How a folder of PNG files is read. */
export interface FolderOptions extends PixelOptions {
  /** `[height, width]` that every image is resized to. */
  size?: readonly [number, number]
  /** The label of a file, by its path within the folder. */
  labels?: (file: string) => string | number
}

const REMEDY = 'Give the path of a folder of PNG files.'

/**
 * Rows from a folder of PNG files, in the order of the character codes of their names. Sub-folders with PNG
 * files name the labels.
 *
 * @throws DataError for a damaged file or a folder without PNG files; ArgumentError for files of different
 *   sizes without `size`
 */
export async function rowsOfFolder(given: string, options: FolderOptions): Promise<Rows> {
  const { size, color, background, invert } = options
  if (size !== undefined) requireSize(size)
  if (!(background >= 0 && background <= 1))
    throw new ArgumentError(
      'from({ background })',
      background,
      'an intensity from 0 to 1',
      '1 is white, 0 is black.',
    )
  const folder = path.resolve(given)
  const { files, labelled } = await pngFiles(folder)
  let images: Float32Array | undefined
  let first: Pixels | undefined
  for (const [row, file] of files.entries()) {
    const bytes = await readBytes(path.join(folder, file), 'Check its permissions.')
    const decoded = decodePng(bytes, path.join(folder, file), { color, background, invert })
    const pixels = size ? resized(decoded, size) : decoded
    first ??= pixels
    if (pixels.height !== first.height || pixels.width !== first.width)
      throw twoSizes(files[0], first, file, pixels)
    images ??= new Float32Array(files.length * first.values.length)
    images.set(pixels.values, row * first.values.length)
  }
  const { height = 0, width = 0 } = first ?? {}
  const ofFolder = labelled ? files.map((file) => path.dirname(file)) : undefined
  return {
    x: images ?? new Float32Array(0),
    shape: color ? [height, width, 3] : [height, width],
    name: path.basename(folder),
    source: folder,
    labels: options.labels ? files.map(options.labels) : ofFolder,
  }
}

function resized(pixels: Pixels, size: readonly [number, number]): Pixels {
  if (pixels.height !== size[0] || pixels.width !== size[1]) requireEngine('from({ size })')
  return resize(pixels, size)
}

function requireSize(size: readonly number[]): void {
  if (!Array.isArray(size) || size.length !== 2)
    throw new ArgumentError('from({ size })', size, '[height, width] in pixels', 'Give size: [28, 28].')
  size.forEach((length, i) => requireInteger(`from({ size })[${i}]`, length))
}

/** The PNG files of a folder, or of its sub-folders, by their paths within it. */
async function pngFiles(folder: string): Promise<{ files: string[]; labelled: boolean }> {
  const entries = await list(folder)
  const direct = names(entries)
  const nested: string[] = []
  for (const entry of entries.filter((one) => one.isFolder && !one.name.startsWith('.')))
    nested.push(
      ...names(await list(path.join(folder, entry.name))).map((file) => path.join(entry.name, file)),
    )
  if (direct.length > 0 && nested.length > 0)
    throw new DataError(
      `${folder} has PNG files beside sub-folders with PNG files (${direct[0]}, ${nested[0]}): it is not clear which have labels. ` +
        'Put every file into the sub-folder of its label, or give one sub-folder.',
    )
  const files = [...direct, ...nested].sort((a, b) => (a < b ? -1 : 1))
  if (files.length === 0)
    throw new DataError(`${folder} has no PNG files, and neither have its sub-folders. ${REMEDY}`)
  return { files, labelled: nested.length > 0 }
}

async function list(folder: string): Promise<Entry[]> {
  try {
    return await listEntries(folder)
  } catch (error) {
    throw fileError(error, folder, REMEDY)
  }
}

type Entry = Awaited<ReturnType<typeof listEntries>>[number]

const names = (entries: Entry[]): string[] =>
  entries
    .filter((entry) => !entry.isFolder && !entry.name.startsWith('.') && /\.png$/i.test(entry.name))
    .map((entry) => entry.name)

const twoSizes = (firstFile: string, first: Pixels, file: string, pixels: Pixels): ArgumentError =>
  new ArgumentError(
    `size of ${file}`,
    unquoted(`${pixels.height} × ${pixels.width}`),
    `${first.height} × ${first.width} pixels, as that of ${firstFile}`,
    `Give size: [${first.height}, ${first.width}] or another size, to resize every image.`,
  )
