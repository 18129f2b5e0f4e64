import { DataError } from '../base/errors'
import { type OptionDefaults, resolveOptions } from '../base/options'
import { formatBytes, readBytes } from '../platform/files'
import { inflateStart, inflateWhole, TooLongError } from '../platform/inflate'

/** The content of an IDX file: unsigned bytes, row-major. */
export interface Idx {
  /** The lengths along each dimension: `[60000, 28, 28]` for images, `[60000]` for labels. */
  shape: number[]
  /** As many bytes as the product of `shape`. */
  data: Uint8Array
}

/** Options of `parseIdx` and `readIdx`. */
export interface IdxOptions {
  /** The file's name in error messages. */
  name: string
  /** The advice in error messages. */
  remedy?: string
  /** Required number of dimensions: 3 for images, 1 for labels; any by default. */
  rank?: number
  /**
   * Refuse files whose content is larger than this many bytes (default 1 GiB), before memory is allocated.
   */
  limit?: number
}

const GIB = 2 ** 30
const IDX_OPTIONS = {
  name: undefined,
  remedy: 'Get the file again from its source.',
  rank: undefined,
  limit: GIB,
} satisfies OptionDefaults<IdxOptions>

const UNSIGNED_BYTES = 0x08
// Enough compressed bytes to hold the header of any sensible file, and at most 1 MB of content.
const FIRST_BYTES = 1024
const MAX_RANK = 8

const hex = (bytes: Uint8Array) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join(' ')

/**
 * Reads the IDX format of the MNIST family (two zero bytes, a type, a number of dimensions, big-endian 32-bit
 * lengths, then the values), compressed by gzip or not. Only unsigned bytes (type 08) are read: images and
 * labels have that type.
 *
 * @param bytes the whole file
 * @param options `{ name, remedy?, rank?, limit? }`
 * @returns `{ shape, data }`
 * @throws DataError that names the file and what is wrong with it: a damaged gzip stream, another format,
 *   dimensions that do not match the length, trailing bytes, more than `limit` bytes of content
 * @example
 * const bytes = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 9)
 * parseIdx(bytes, { name: 'two numbers' }) // { shape: [2], data: Uint8Array [7, 9] }
 * @see http://yann.lecun.com/exdb/mnist/ (the format's description)
 */
export function parseIdx(bytes: Uint8Array, options: IdxOptions): Idx {
  const { name, remedy, rank, limit } = resolveOptions(
    'parseIdx',
    options,
    IDX_OPTIONS,
    "{ name: 'train-images' }",
  )
  const fail = (problem: string): never => {
    throw new DataError(`${name}: ${problem}. ${remedy}`)
  }
  const compressed = bytes[0] === 0x1f && bytes[1] === 0x8b
  // The header first: its dimensions bound the memory of the rest.
  const start = compressed ? startOf(bytes, fail) : bytes
  const { shape } = readIdxHeader(start, fail, compressed)
  if (rank !== undefined && shape.length !== rank)
    fail(`holds ${shape.length} dimensions [${shape.join(', ')}], expected ${rank}`)
  const count = shape.reduce((a, b) => a * b, 1)
  const sizes = shape.join(' × ')
  if (count === 0) fail(`holds no values: its dimensions are ${sizes}`)
  if (count > limit) fail(`declares ${sizes} values, more than the limit of ${formatBytes(limit)}`)
  const header = 4 + 4 * shape.length
  const whole = compressed ? inflate(bytes, header + count, fail) : bytes
  const found = whole.length - header
  if (found < count)
    fail(`is cut off: ${formatBytes(found)} of values, expected ${sizes} = ${formatBytes(count)}`)
  if (found > count) fail(`has more than the ${sizes} = ${formatBytes(count)} of values it declares`)
  return { shape, data: whole.subarray(header) }
}

/**
 * Reads an IDX file from disk; see `parseIdx`.
 *
 * @param file path of the file
 * @param options as for `parseIdx`; `name` defaults to the path
 * @returns `{ shape, data }`
 * @throws DataError if it cannot be read or is not a valid IDX file
 * @example
 * const { shape, data } = await readIdx('my-images-idx3-ubyte.gz', { rank: 3 })
 */
export async function readIdx(file: string, options: Partial<IdxOptions> = {}): Promise<Idx> {
  const { remedy } = resolveOptions('readIdx', options, {
    ...IDX_OPTIONS,
    remedy: 'Check the path and its permissions.',
  })
  const bytes = await readBytes(file, remedy)
  return parseIdx(bytes, { name: file, ...options })
}

type Fail = (problem: string) => never

/**
 * The type of the numbers of an IDX file and the lengths along each axis.
 *
 * @param start the first bytes of its content
 * @param compressed whether they were compressed, for messages
 * @param types that are read
 */
export function readIdxHeader(
  start: Uint8Array,
  fail: Fail,
  compressed = false,
  types: readonly number[] = [UNSIGNED_BYTES],
): { type: number; shape: number[] } {
  const magic = hex(start.subarray(0, 4))
  const wanted = '00 00 08 (IDX, unsigned bytes) and a number of dimensions'
  if (start.length < 4)
    fail(`${compressed ? 'holds' : 'has'} only ${formatBytes(start.length)}, expected an IDX header`)
  if (start[0] !== 0 || start[1] !== 0)
    fail(`begins with ${magic}, expected ${compressed ? wanted : `1f 8b (gzip) or ${wanted}`}`)
  if (!types.includes(start[2]))
    fail(`holds values of type ${hex(start.subarray(2, 3))}, expected 08 (unsigned bytes)`)
  const rank = start[3]
  if (rank === 0 || rank > MAX_RANK) fail(`declares ${rank} dimensions, expected 1 to ${MAX_RANK}`)
  if (start.length < 4 + 4 * rank) fail(`is cut off inside its header of ${formatBytes(4 + 4 * rank)}`)
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength)
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i))
  return { type: start[2], shape }
}

/** The first bytes of the content; an incomplete stream is not an error here. */
function startOf(bytes: Uint8Array, fail: Fail): Uint8Array {
  try {
    return inflateStart(bytes.subarray(0, FIRST_BYTES))
  } catch (error) {
    return fail(`is a damaged gzip file (${reason(error)})`)
  }
}

/** The whole content, which must end exactly where the file ends and be no longer than `length`. */
function inflate(bytes: Uint8Array, length: number, fail: Fail): Uint8Array {
  try {
    const whole = inflateWhole(bytes, length)
    const trailing = bytes.length - whole.used
    return trailing === 0
      ? whole.bytes
      : fail(`has ${formatBytes(trailing)} after the end of its gzip stream`)
  } catch (error) {
    if (error instanceof DataError) throw error
    if (error instanceof TooLongError)
      return fail(`holds more than the ${formatBytes(length)} its header declares`)
    return fail(`is a damaged gzip file (${reason(error)})`)
  }
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error))
