import type * as Flechette from '@uwdata/flechette'
import { importModule } from '../../platform/importModule'
import type { OpenFile } from '../../platform/openFile'
import { withBoundedArrays } from './boundedArrays'
import { Column, pandasIndex, tableOf } from './column'
import { failing, notRead } from './fileArray'
import type { FileTable } from './tableRows'

const TRUSTED_ROWS = 1000

/** The table of an Arrow or Feather file, or of a stream of Arrow, compressed or not. */
export async function tableOfArrow(file: OpenFile): Promise<FileTable> {
  const fail = failing(file.name)
  const arrow = await import('@uwdata/flechette')
  await setCodecs(arrow)
  try {
    const bytes = file.read(0, file.size)
    const found = withBoundedArrays(file.size, () =>
      withCheckedDictionaries(arrow, () => arrow.tableFromIPC(bytes, { useBigInt: true, useDate: true })),
    )
    const rows = found.numRows
    const columns = new Map<string, ArrayLike<unknown>>()
    const types = new Map<string, string>()
    const asides = new Map(
      pandasIndex(found.schema.metadata?.get('pandas')).map((name) => [name, 'pandas index']),
    )
    for (const { name, type } of found.schema.fields) {
      const kind = kindOf(type, arrow)
      types.set(name, kind)
      if (/^(time|duration|interval)/.test(kind)) asides.set(name, kind)
      const nested = 'children' in type || kind === 'null'
      if (nested) asides.set(name, kind)
      const column = found.getChild(name)
      column.data.forEach((batch) => requireCapacity(batch, kind))
      const values = new Column(Math.min(rows, TRUSTED_ROWS * file.size))
      if (!nested) values.add(column.toArray() as ArrayLike<unknown>)
      if (!nested && values.values().length !== rows) throw new Error(`another length of column ${name}`)
      columns.set(name, values.values())
    }
    return { table: tableOf(columns, rows), types, asides }
  } catch (error) {
    return notRead(error, fail)
  }
}

type Arrow = typeof Flechette

interface Lz4 {
  decompressBound(packed: Uint8Array): number
  decompress(packed: Uint8Array, most: number): Uint8Array
}

// Blocks of LZ4 expand at most 255 times, those of Zstandard hardly more than this.
const MOST_LZ4 = 256
const MOST_ZSTD = 2 ** 15

/** pandas and Polars compress by default. */
async function setCodecs({ CompressionType, setCompressionCodec }: Arrow): Promise<void> {
  // It has no types.
  const lz4 = await importModule<Lz4>('lz4js')
  const zstd = await import('fzstd')
  const lz4Codec: Flechette.Codec = {
    decode: (packed) => {
      requireLz4Blocks(packed)
      return lz4.decompress(packed, Math.min(lz4.decompressBound(packed), MOST_LZ4 * packed.length + 2 ** 16))
    },
    encode: (bytes) => bytes,
  }
  const zstdCodec: Flechette.Codec = {
    decode: (packed) => {
      if (zstdSize(packed) > MOST_ZSTD * packed.length) throw new Error('too many bytes in a buffer')
      // Numbers start at a multiple of eight bytes.
      return zstd.decompress(packed).slice()
    },
    encode: (bytes) => bytes,
  }
  setCompressionCodec(CompressionType.LZ4_FRAME, lz4Codec)
  setCompressionCodec(CompressionType.ZSTD, zstdCodec)
}

/** Fails for blocks of an LZ4 frame that end outside it: lz4js would go on reading for seconds. */
function requireLz4Blocks(packed: Uint8Array): void {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length)
  const flags = view.getUint8(4)
  const checksum = flags & 16 ? 4 : 0
  for (let at = flags & 8 ? 15 : 7; ;) {
    const size = view.getUint32(at, true) & 0x7fffffff
    if (size === 0) return
    at += 4 + size + checksum
  }
}

/** The size that a Zstandard frame declares, before memory is allocated for it; 0 if none. */
function zstdSize(packed: Uint8Array): number {
  const [flags] = packed.subarray(4)
  const width = [flags & 32 ? 1 : 0, 2, 4, 8][flags >> 6]
  const at = 5 + (flags & 32 ? 0 : 1) + [0, 1, 2, 4][flags & 3]
  return packed.subarray(at, at + width).reduce((sum, byte, i) => sum + byte * 256 ** i, 0)
}

/**
 * Runs what reads dictionaries, and lets it fail for one that declares more values than it has: flechette 2.3.0
 * makes their values while it reads the file. All of it is synchronous, so that nothing else sees the change.
 */
function withCheckedDictionaries<T>(arrow: Arrow, use: () => T): T {
  const { prototype } = arrow.Column
  const original = Object.getOwnPropertyDescriptor(prototype, 'toArray')!
  const toArray = original.value as () => Flechette.ValueArray<unknown>
  prototype.toArray = function checked(this: Flechette.Column<unknown>) {
    for (const batch of this.data) {
      const { values, offsets } = batch as { values?: unknown; offsets?: unknown }
      if (!values && !offsets && batch.length > 0) throw new Error('a dictionary without values')
      requireCapacity(batch, kindOf(this.type, arrow))
    }
    return toArray.call(this)
  }
  try {
    return use()
  } finally {
    Object.defineProperty(prototype, 'toArray', original)
  }
}

/** Fails for a column that declares more values than its buffers have. */
function requireCapacity(batch: { length: number; values?: unknown; offsets?: unknown }, kind: string): void {
  const { values, offsets } = batch as { values?: ArrayLike<unknown>; offsets?: ArrayLike<unknown> }
  const room = offsets ? offsets.length - 1 : values ? values.length * (kind === 'bool' ? 8 : 1) : Infinity
  if (batch.length > room) throw new Error(`${batch.length} values in a buffer of ${room}`)
}

/** `float64`, `text`, `category` */
function kindOf(type: Flechette.DataType, { Type }: Arrow): string {
  const { typeId, bitWidth, signed, precision } = type as {
    typeId: number
    bitWidth?: number
    signed?: boolean
    precision?: number
  }
  if (typeId === Type.Int) return `${signed === false ? 'u' : ''}int${bitWidth ?? ''}`
  if (typeId === Type.Float) return `float${16 * 2 ** (precision ?? 0)}`
  if (typeId === Type.Utf8 || typeId === Type.LargeUtf8) return 'text'
  if (typeId === Type.Dictionary) return 'category'
  const [name] = Object.entries(Type).find(([, id]) => id === typeId) ?? ['unknown']
  return name.toLowerCase()
}
