import { DataError } from '../../base/errors'
import { type OptionDefaults, resolveOptions } from '../../base/options'
import { formatBytes, readBytes } from '../../platform/files'
import { MatBytes } from './bytes'
import { readMatrix, type MatArray, type MatWanted } from './matrix'

/** Options of `parseMat` and `readMat`. */
export interface MatOptions {
  /** The file's name in error messages. */
  name: string
  /** The advice in error messages. */
  remedy?: string
  /** The variables to read; all numeric ones by default. */
  variables?: readonly string[]
  /** Store numbers as float32 instead of float64 (default: false). */
  single?: boolean
  /** Refuse variables of more than this many bytes (default 1 GiB), before memory is allocated. */
  limit?: number
}

const GIB = 2 ** 30
const MAT_OPTIONS = {
  name: undefined,
  remedy: 'Get the file again from its source.',
  variables: undefined,
  single: false,
  limit: GIB,
} satisfies OptionDefaults<MatOptions>

const HEADER = 128
const TAG = 8
const MATRIX = 14
const COMPRESSED = 15

/**
 * Reads numeric variables of a MATLAB 5 file (what `save -v6` and `-v7` write, and scipy's `savemat`),
 * compressed or not, of either byte order: full arrays of integers, real numbers and booleans. Compressed
 * variables are inflated piece by piece, so that little memory beyond the numbers is needed.
 *
 * @param bytes the whole file
 * @param options `{ name, remedy?, variables?, single?, limit? }`
 * @returns the variables by name, `{ shape, data }`; data are column-major, as MATLAB stores them: the
 *   first index runs fastest
 * @throws DataError that names the file and what is wrong with it: another format, a damaged stream,
 *   lengths that do not agree, a variable that is missing, not numeric or larger than
 *   `limit`
 * @example
 * const found = await readMat('chardata.mat', { variables: ['testtarget'] })
 * found.get('testtarget')?.shape // [50, 8070]
 * await parseMat(new Uint8Array(0), { name: 'nothing' }).catch((error) => console.log(error.message))
 * @see https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf (the format's description)
 */
export async function parseMat(bytes: Uint8Array, options: MatOptions): Promise<Map<string, MatArray>> {
  const { name, remedy, variables, single, limit } = resolveOptions(
    'parseMat',
    options,
    MAT_OPTIONS,
    "{ name: 'chardata.mat' }",
  )
  const fail = (problem: string): never => {
    throw new DataError(`${name}: ${problem}. ${remedy}`)
  }
  const little = byteOrder(bytes, fail)
  const wanted: MatWanted = { variables, single, limit, little, fail }
  const found = new Map<string, MatArray>()
  const seen: string[] = []
  for (const open of elementsOf(bytes, little, fail)) {
    const matrix = await using(open, (source) => readMatrix(source, wanted))
    seen.push(matrix.name)
    if (matrix.array) found.set(matrix.name, matrix.array)
    if (variables?.every((one) => found.has(one))) break
  }
  const missing = variables?.find((one) => !found.has(one))
  if (missing !== undefined)
    fail(`has no variable ${missing}; it has ${seen.slice(0, 20).join(', ') || 'none'}`)
  return found
}

/**
 * Reads numeric variables of a MATLAB 5 file from disk; see `parseMat`.
 *
 * @param file path of the file
 * @param options as for `parseMat`; `name` defaults to the path
 * @returns the variables by name, `{ shape, data }`, data column-major
 * @throws DataError when it cannot be read, is not a valid MATLAB 5 file, or lacks a requested variable
 * @example
 * const found = await readMat('measured.mat', { variables: ['x'], single: true })
 */
export async function readMat(
  file: string,
  options: Partial<MatOptions> = {},
): Promise<Map<string, MatArray>> {
  const { remedy } = resolveOptions('readMat', options, {
    ...MAT_OPTIONS,
    remedy: 'Check the path and its permissions.',
  })
  const bytes = await readBytes(file, remedy)
  return parseMat(bytes, { name: file, ...options })
}

/** Opens the bytes of each variable of a file in turn, inflating the compressed ones. */
export function* elementsOf(
  bytes: Uint8Array,
  little: boolean,
  fail: (problem: string) => never,
): Generator<() => MatBytes> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = HEADER; at < bytes.length;) {
    if (bytes.length - at < TAG) fail(`has ${formatBytes(bytes.length - at)} after its last variable`)
    const [type, size] = [view.getUint32(at, little), view.getUint32(at + 4, little)]
    if (type !== MATRIX && type !== COMPRESSED)
      fail(
        `holds an element of type ${type} at byte ${at}, expected 14 (a variable) or 15 (a compressed one)`,
      )
    const [start, end] = [at, at + TAG + size]
    if (end > bytes.length)
      fail(
        `is cut off: a variable at byte ${at} has ${formatBytes(size)}, of which ${formatBytes(bytes.length - at - TAG)} are there`,
      )
    yield () =>
      type === MATRIX
        ? MatBytes.plain(bytes.subarray(start, end), fail)
        : MatBytes.compressed(bytes.subarray(start + TAG, end), fail)
    at = end
  }
}

/** Uses the bytes of a variable, and closes them. */
export async function using<T>(open: () => MatBytes, use: (source: MatBytes) => Promise<T>): Promise<T> {
  const source = open()
  try {
    return await use(source)
  } finally {
    source.close()
  }
}

/** True for little-endian files; fails for an invalid header. */
export function byteOrder(bytes: Uint8Array, fail: (problem: string) => never): boolean {
  if (bytes.length < HEADER)
    fail(`has only ${formatBytes(bytes.length)}, expected a MATLAB 5 header of ${HEADER} bytes`)
  const text = Buffer.from(bytes.subarray(0, HEADER)).toString('latin1')
  const order = text.slice(126, 128)
  if (order !== 'IM' && order !== 'MI') fail('is no MATLAB 5 file: its header has no byte order, IM or MI')
  const little = order === 'IM'
  const version = (bytes[little ? 125 : 124] << 8) | bytes[little ? 124 : 125]
  if (version === 0x0200) fail('is a MATLAB 7.3 file (HDF5), expected MATLAB 5: save it with the option -v7')
  if (version !== 0x0100)
    fail(`is of version 0x${version.toString(16).padStart(4, '0')}, expected 0x0100 (MATLAB 5)`)
  return little
}
