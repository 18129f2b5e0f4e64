import { formatBytes } from '../../platform/files'
import type { OpenFile } from '../../platform/openFile'
import { countOf, failing, reading, type FileArray } from './fileArray'
import { bytesOf, typeName, type NumberType } from './numberSink'

const TYPES: Readonly<Record<string, NumberType>> = {
  BOOL: 'b1',
  U8: 'u1',
  I8: 'i1',
  U16: 'u2',
  I16: 'i2',
  U32: 'u4',
  I32: 'i4',
  U64: 'u8',
  I64: 'i8',
  F16: 'f2',
  BF16: 'h2',
  F32: 'f4',
  F64: 'f8',
}
const MOST_HEADER = 100 * 2 ** 20
const LENGTH = 8

interface Entry {
  dtype: string
  shape: number[]
  data_offsets: [number, number]
}

/**
 * The tensors of a safetensors file of anyone: eight bytes with the length of a header, the header in JSON, and
 * the numbers.
 *
 * @see https://github.com/huggingface/safetensors#format
 */
export function arraysOfSafetensors(file: OpenFile): FileArray[] {
  const fail = failing(file.name)
  const start = file.read(0, LENGTH)
  const length = Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true))
  if (length > MOST_HEADER) fail(`declares a header of ${formatBytes(length)}`)
  const entries = headerOf(Buffer.from(file.read(LENGTH, length)).toString('utf8'))
  if (entries === undefined) return fail('has a header that is no JSON object')
  const body = LENGTH + length
  return Object.entries(entries)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => {
      if (!isEntry(entry)) return fail(`has no type, shape and place of ${name}`)
      const { dtype, shape, data_offsets: at } = entry
      const type = TYPES[dtype]
      if (type === undefined)
        return {
          name,
          shape,
          dtype,
          refused: { what: `numbers of type ${dtype}`, remedy: 'Save them as float32 in Python.' },
        }
      const [from, end] = [body + at[0], body + at[1]]
      if (at[0] < 0 || end > file.size || end - from !== countOf(shape) * bytesOf(type))
        fail(`is cut off or damaged: ${name} lies from ${from} to ${end} of ${formatBytes(file.size)}`)
      return {
        name,
        shape,
        dtype: typeName(type),
        read: reading(type, true, () => file.pieces(from, end)),
      }
    })
}

function headerOf(text: string): Record<string, unknown> | undefined {
  try {
    const header: unknown = JSON.parse(text)
    return typeof header === 'object' && header !== null && !Array.isArray(header)
      ? (header as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

function isEntry(entry: unknown): entry is Entry {
  const { dtype, shape, data_offsets: at } = (entry ?? {}) as Partial<Entry>
  const counts = (list: unknown): boolean =>
    Array.isArray(list) && list.every((one) => Number.isSafeInteger(one) && (one as number) >= 0)
  return typeof dtype === 'string' && counts(shape) && counts(at) && at?.length === 2
}
