import { formatBytes } from '../../platform/files'
import { MOST_EXPANSION } from '../../platform/inflate'
import type { OpenFile } from '../../platform/openFile'
import { openZip, type ZipEntry } from '../../platform/zip'
import { countOf, failing, reading, type Fail, type FileArray } from './fileArray'
import { PICKLE } from './format'
import { MOST_HEADER, readNpyHeader, type NpyHeader } from './npyHeader'

type Pieces = () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** The array of an NPY file. @param name what the array is called, as the file has no name of it. */
export function arrayOfNpy(file: OpenFile, name: string): FileArray {
  const fail = failing(file.name)
  const header = readNpyHeader(file.read(0, MOST_HEADER), fail)
  requireSize(header, file.size, fail)
  return arrayOf(name, header, () => file.pieces(header.length, file.size), 0, fail)
}

/** The arrays of an NPZ file, which is a ZIP archive of NPY files, and what closes it. */
export async function arraysOfNpz(file: OpenFile): Promise<{ arrays: FileArray[]; close(): void }> {
  const fail = failing(file.name)
  const zip = await openZip(file).catch((error: unknown) => damaged(error, fail))
  const all = zip.entries.map(({ name }) => name)
  const inZip = zip.entries.filter(({ name }) => name.endsWith('.npy'))
  try {
    const arrays: FileArray[] = []
    for (const entry of inZip) arrays.push(await arrayOfEntry(entry, fail))
    if (arrays.length === 0) notNpz(all, fail)
    return { arrays, close: () => zip.close() }
  } catch (error) {
    zip.close()
    throw error
  }
}

/** Says what a ZIP archive without arrays is. */
function notNpz(names: readonly string[], fail: Fail): never {
  const has = (pattern: RegExp): boolean => names.some((name) => pattern.test(name))
  if (has(/(^|\/)data\.pkl$/)) return fail(`is ${PICKLE.what}`, PICKLE.remedy)
  if (has(/^xl\//)) return fail('is an Excel file', 'Save the sheet as CSV.')
  const shown = names.slice(0, 3).join(', ')
  return fail(
    `is a ZIP archive of ${names.length} files (${shown}${names.length > 3 ? ', …' : ''})`,
    'Unpack it first.',
  )
}

const damaged = (error: unknown, fail: Fail): never =>
  fail(`is damaged: ${error instanceof Error ? error.message.replace(/\.$/, '') : String(error)}`)

async function arrayOfEntry(entry: ZipEntry, failFile: Fail): Promise<FileArray> {
  const name = entry.name.slice(0, -'.npy'.length)
  const fail: Fail = (problem, remedy) => failFile(`its array ${name} ${problem}`, remedy)
  if (entry.size > MOST_EXPANSION * entry.packed + 64)
    fail(`declares ${formatBytes(entry.size)}, which its ${formatBytes(entry.packed)} cannot hold`)
  const pieces = async function* (): AsyncGenerator<Uint8Array, void> {
    try {
      for await (const piece of entry.pieces()) yield piece
    } catch (error) {
      damaged(error, fail)
    }
  }
  const start: Uint8Array[] = []
  let length = 0
  for await (const piece of pieces()) {
    start.push(piece)
    length += piece.length
    if (length >= MOST_HEADER) break
  }
  const header = readNpyHeader(Buffer.concat(start), fail)
  requireSize(header, entry.size, fail)
  return arrayOf(name, header, pieces, header.length, fail)
}

/** Fails unless the header and the numbers that it declares fill the file. */
function requireSize({ length, shape, bytes, refused }: NpyHeader, size: number, fail: Fail): void {
  if (refused) return
  const wanted = countOf(shape) * bytes
  const found = size - length
  if (found < wanted)
    fail(
      `is cut off: ${formatBytes(found)} of values, its shape (${shape.join(', ')}) needs ${formatBytes(wanted)}`,
    )
  if (found > wanted)
    fail(
      `has ${formatBytes(found - wanted)} after the values of its shape (${shape.join(', ')})`,
      'Save one array per .npy file, several with np.savez.',
    )
}

function arrayOf(name: string, header: NpyHeader, all: Pieces, skip: number, fail: Fail): FileArray {
  const { shape, columnMajor, little, type, dtype, refused } = header
  const pieces = async function* (): AsyncGenerator<Uint8Array, void> {
    let left = skip
    for await (const piece of all()) {
      yield piece.subarray(left)
      left = Math.max(0, left - piece.length)
    }
  }
  const described = { name, shape, dtype, columnMajor, refused }
  if (type === undefined) return described
  if (type === 'S' || type === 'U') return { ...described, texts: () => textsOf(pieces, header, type, fail) }
  return { ...described, read: reading(type, little, pieces) }
}

/** Texts of a fixed number of characters, filled up with zeros. */
async function textsOf(
  pieces: Pieces,
  { shape, bytes, little }: NpyHeader,
  type: 'S' | 'U',
  fail: Fail,
): Promise<string[]> {
  const all = Buffer.alloc(countOf(shape) * bytes)
  let at = 0
  for await (const piece of pieces()) {
    all.set(piece, at)
    at += piece.length
  }
  const one = (row: number): string => {
    const own = all.subarray(row * bytes, (row + 1) * bytes)
    if (type === 'S') return own.toString('utf8').replace(/\0+$/, '')
    const codes = Array.from({ length: bytes / 4 }, (_, i) =>
      little ? own.readUInt32LE(4 * i) : own.readUInt32BE(4 * i),
    )
    if (codes.some((code) => code > 0x10ffff)) fail('has characters that do not exist')
    return String.fromCodePoint(...codes).replace(/\0+$/, '')
  }
  return Array.from({ length: countOf(shape) }, (_, row) => one(row))
}
