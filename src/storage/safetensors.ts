import { DataError, describe } from '../base/errors'
import { sha256 } from '../platform/hash'
import { parseJson, problemIn, z } from './schema'

/** Numbers with their shape. */
export interface NamedTensor {
  shape: readonly number[]
  values: Float32Array
}

interface Entry {
  dtype: string
  shape: number[]
  data_offsets: [number, number]
}

/**
 * Tensors by name as a safetensors file: eight bytes with the length of a JSON header, the header (name,
 * dtype, shape, offsets, metadata as text), and the numbers, little-endian. Python reads it with
 * `safetensors.numpy.load_file`. No maintained JavaScript library writes it. The metadata contain a checksum
 * of everything else, `sha256`.
 *
 * @see https://github.com/huggingface/safetensors#format
 */
export function encodeSafetensors(
  tensors: Record<string, NamedTensor>,
  metadata: Record<string, string> = {},
): Buffer {
  const entries: Record<string, Entry> = {}
  let end = 0
  for (const [name, { shape, values }] of Object.entries(tensors))
    entries[name] = { dtype: 'F32', shape: [...shape], data_offsets: [end, (end += values.byteLength)] }
  const bodies = Object.values(tensors).map(({ values }) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  )
  const sum = sha256(JSON.stringify([metadata, entries]), ...bodies)
  const text = JSON.stringify({ __metadata__: { ...metadata, sha256: sum }, ...entries })
  // The numbers start at a multiple of eight bytes; spaces may follow the header.
  const json = Buffer.from(text + ' '.repeat((8 - (Buffer.byteLength(text) % 8)) % 8))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  return Buffer.concat([length, json, ...bodies])
}

/**
 * Reads such a file, F32 only, and trusts nothing in it: lengths, shapes and offsets are checked against each
 * other, and everything against the checksum.
 *
 * @throws DataError that names `file` and what is wrong with it.
 */
export function decodeSafetensors(
  bytes: Buffer,
  file: string,
): { tensors: Record<string, NamedTensor>; metadata: Record<string, string> } {
  const wrong = (what: string): DataError =>
    new DataError(`${file} is damaged: ${what}. Delete it, or put back a whole one.`)
  if (bytes.length < 8) throw wrong(`${bytes.length} bytes`)
  const length = Number(bytes.readBigUInt64LE(0))
  if (!(length <= bytes.length - 8)) throw wrong('its header is longer than the file')
  const header = parseHeader(bytes.toString('utf8', 8, 8 + length))
  if (!header) throw wrong('its header is no JSON object')
  const { __metadata__: metadata = {}, ...entries } = header
  const body = bytes.subarray(8 + length)
  const tensors = Object.create(null) as Record<string, NamedTensor>
  let expected = 0
  for (const [name, entry] of Object.entries(entries)) {
    const problem = problemOf(entry, expected, body.length)
    if (problem) throw wrong(`tensor ${name}: ${problem}`)
    const { shape, data_offsets } = entry as Entry
    expected = data_offsets[1]
    // Copied, since a Float32Array must start at a multiple of four bytes.
    const values = new Float32Array((data_offsets[1] - data_offsets[0]) / 4)
    body.copy(Buffer.from(values.buffer), 0, ...data_offsets)
    tensors[name] = { shape, values }
  }
  if (expected !== body.length) throw wrong(`${body.length} bytes of numbers, the header says ${expected}`)
  const problem = problemIn(z.record(z.string()), metadata)
  if (problem) throw wrong(`its metadata: ${problem}`)
  const { sha256: sum, ...plain } = metadata as Record<string, string>
  if (sum !== sha256(JSON.stringify([plain, entries]), body)) throw wrong('it is not as it was written')
  return { tensors, metadata: plain }
}

function parseHeader(text: string): Record<string, unknown> | undefined {
  const header = parseJson(text)
  return typeof header === 'object' && header !== null && !Array.isArray(header)
    ? (header as Record<string, unknown>)
    : undefined
}

/** What is wrong with a tensor's entry, if anything. Tensors follow each other without a gap. */
function problemOf(entry: unknown, start: number, end: number): string | undefined {
  const { dtype, shape, data_offsets: at } = (entry ?? {}) as Partial<Entry>
  if (dtype !== 'F32') return `its dtype must be F32, got ${describe(dtype)}`
  const isCount = (n: unknown): boolean => Number.isSafeInteger(n) && (n as number) >= 0
  if (!Array.isArray(shape) || !shape.every(isCount)) return 'its shape is not a list of integers'
  if (!Array.isArray(at) || at.length !== 2 || !at.every(isCount)) return 'its offsets are not two integers'
  if (at[0] !== start || at[1] < at[0] || at[1] > end) return `its numbers lie from ${at[0]} to ${at[1]}`
  const count = shape.reduce((a, b) => a * b, 1)
  return count * 4 === at[1] - at[0]
    ? undefined
    : `${(at[1] - at[0]) / 4} numbers for shape [${shape.join(', ')}]`
}
