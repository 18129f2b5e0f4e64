import { DataError } from '../../base/errors'
import { thousands } from '../../base/thousands'
import { fileError } from '../../platform/files'
import { listEntries } from '../../platform/fileSystem'
import path from '../../platform/path'

/** The image files of a folder. */
export interface ImageFiles {
  /** Paths within `folder`, in the order of their character codes. */
  files: string[]
  /** The folder that has them, absolute: the one given, or the only one in it. */
  folder: string
  /** Whether sub-folders name the labels. */
  labelled: boolean
  /** What is not read, in words. */
  remarks: string[]
}

const IMAGES = /\.(png|jpe?g|jpe|jfif|webp|tiff?|gif|avif)$/i
/** Images that cannot be read. */
const OTHERS =
  /\.(bmp|heic|heif|jp2|j2k|pgm|ppm|pbm|pnm|tga|psd|ico|svg|exr|hdr|dcm|nii|cr2|nef|dng|eps|pdf)$/i
const REMEDY = 'Give the path of a folder of images.'
/** Folders are searched to this depth, to say where images are. */
const DEEPEST = 4

/**
 * Finds the image files of a folder, or of its sub-folders, and counts what it does not read.
 *
 * @param anyDepth true where a function gives the labels, so that files of any depth are taken
 * @throws DataError where there are none, or where it is not clear which have labels
 */
export async function imageFiles(given: string, anyDepth = false): Promise<ImageFiles> {
  const root = path.resolve(given)
  const found = await search(root, '', 0)
  const images = found.images.filter((file) => depthOf(file) < 2 || anyDepth)
  const deeper = found.images.filter((file) => depthOf(file) >= 2)
  const direct = images.filter((file) => depthOf(file) === 0)
  const nested = images.filter((file) => depthOf(file) > 0)
  if (images.length === 0) return within(root, deeper, found)
  if (direct.length > 0 && nested.length > 0 && !anyDepth)
    throw new DataError(
      `${root} has images beside sub-folders with images (${direct[0]}, ${nested[0]}): it is not clear which have labels. ` +
        'Put every file into the sub-folder of its label, or give one sub-folder.',
    )
  const files = images.sort((a, b) => (a < b ? -1 : 1))
  const remarks = notRead(found)
  if (!anyDepth && deeper.length > 0)
    remarks.push(`not read: ${count(deeper.length, 'image')} in deeper folders (${deeper[0]} …)`)
  return { files, folder: root, labelled: nested.length > 0, remarks }
}

/** Images are only in folders within sub-folders: the one sub-folder that has them is taken, of several none. */
async function within(root: string, deeper: readonly string[], found: Found): Promise<ImageFiles> {
  const firsts = [...new Set(deeper.map((file) => file.split(path.sep)[0]))]
  if (firsts.length === 1) {
    const inner = await imageFiles(path.join(root, firsts[0]))
    return {
      ...inner,
      remarks: [`images are in its folder ${firsts[0]}`, ...inner.remarks, ...notRead(found)],
    }
  }
  if (firsts.length > 1)
    throw new DataError(
      `${root} has its images two folders deep (${deeper[0]}), where sub-folders name the labels. Give one of them, such as '${path.join(root, firsts[0])}', or labels: (file) => …, which takes all.`,
    )
  const others = notRead(found)
  throw new DataError(
    `${root} has no images that can be read, and neither have its sub-folders${others.length > 0 ? ` (${others.join('; ')})` : ''}. Give a folder of PNG, JPEG, WebP, TIFF, GIF or AVIF files.`,
  )
}

interface Found {
  images: string[]
  /** Images of other formats. */
  others: string[]
  /** Pipes, sockets and broken links with the name of an image. */
  special: string[]
}

const depthOf = (file: string): number => file.split(path.sep).length - 1

async function search(root: string, inside: string, depth: number): Promise<Found> {
  const found: Found = { images: [], others: [], special: [] }
  for (const entry of await entriesOf(path.join(root, inside))) {
    if (entry.name.startsWith('.') || entry.name === '__MACOSX') continue
    const file = path.join(inside, entry.name)
    if (entry.isFolder) {
      if (depth >= DEEPEST) continue
      const below = await search(root, file, depth + 1)
      found.images.push(...below.images)
      found.others.push(...below.others)
      found.special.push(...below.special)
    } else if (IMAGES.test(entry.name)) (entry.isFile ? found.images : found.special).push(file)
    else if (OTHERS.test(entry.name)) found.others.push(file)
  }
  return found
}

async function entriesOf(folder: string): ReturnType<typeof listEntries> {
  try {
    return await listEntries(folder)
  } catch (error) {
    throw fileError(error, folder, REMEDY)
  }
}

const count = (number: number, what: string): string =>
  `${thousands(number)} ${what}${number === 1 ? '' : 's'}`

function notRead({ others, special }: Found): string[] {
  return [
    ...(others.length > 0
      ? [
          `not read: ${count(others.length, 'image')} of other formats (${others[0]}${others.length > 1 ? ' …' : ''})`,
        ]
      : []),
    ...(special.length > 0
      ? [
          `not read: ${count(special.length, 'name')} that ${special.length === 1 ? 'is' : 'are'} no file (${special[0]})`,
        ]
      : []),
  ]
}
