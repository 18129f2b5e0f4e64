import { importModule } from '../../platform/importModule'
import type { OpenFile } from '../../platform/openFile'
import { Column, pandasIndex, tableOf } from './column'
import { failing, MOST_BYTES } from './fileArray'
import { pagesOf, requirePage, type ReadHeader } from './parquetPages'
import type { FileTable } from './tableRows'

/** What is used of hyparquet, whose own types need a newer TypeScript. */
interface Hyparquet {
  parquetMetadataAsync(file: AsyncBuffer): Promise<Metadata>
  parquetRead(options: ReadOptions): Promise<void>
}

interface AsyncBuffer {
  byteLength: number
  slice(start: number, end?: number): Promise<ArrayBuffer>
}

interface SchemaElement {
  name: string
  type?: string
  num_children?: number
  repetition_type?: string
  converted_type?: string
  logical_type?: { type: string }
}

interface Metadata {
  num_rows: bigint
  schema: SchemaElement[]
  row_groups: { num_rows: bigint; columns: { meta_data?: ColumnChunk }[] }[]
  key_value_metadata?: { key: string; value?: string }[]
}

interface ColumnChunk {
  path_in_schema: string[]
  codec: string
  total_compressed_size: bigint
  data_page_offset: bigint
  dictionary_page_offset?: bigint
}

type Decompress = (input: Uint8Array, outputLength: number) => Uint8Array

interface ReadOptions {
  file: AsyncBuffer
  metadata: Metadata
  columns: string[]
  rowStart: number
  rowEnd: number
  compressors: Record<string, Decompress>
  onChunk(chunk: { columnName: string; columnData: ArrayLike<unknown>; rowStart: number }): void
}

/** Columns that are read, or all. */
export interface Wanted {
  columns?: readonly string[]
  label?: string
}

// More rows per byte, or bytes per compressed byte, than that are not taken on trust.
const CHECKED = 'CHECKED'
const TRUSTED_ROWS = 1000
const TRUSTED_EXPANSION = 2 ** 15

/** The table of a Parquet file; only the columns asked for are read. */
export async function tableOfParquet(file: OpenFile, wanted: Wanted): Promise<FileTable> {
  const fail = failing(file.name)
  const library = await importModule<Hyparquet>('hyparquet')
  const { compressors } = await importModule<{ compressors: Record<string, Decompress> }>(
    'hyparquet-compressors',
  )
  const { parquetHeader } = await importModule<{ parquetHeader: ReadHeader }>('hyparquet/src/column.js')
  const buffer: AsyncBuffer = {
    byteLength: file.size,
    slice: (start, end = file.size) => Promise.resolve(whole(file.read(start, end - start))),
  }
  const metadata = await library.parquetMetadataAsync(buffer)
  const rows = Number(metadata.num_rows)
  const top = topColumns(metadata.schema)
  const index = pandasIndex(metadata.key_value_metadata?.find(({ key }) => key === 'pandas')?.value)
  const asides = new Map(index.map((name) => [name, 'pandas index']))
  for (const { name, nested, type } of top)
    if (nested || type.startsWith('time_') || type === 'time') asides.set(name, nested ? 'nested' : 'time')
  const names = top
    .filter(({ nested }) => !nested)
    .map(({ name }) => name)
    .filter((name) => wanted.columns === undefined || wanted.columns.includes(name) || wanted.label === name)
  if (!(rows >= 0 && rows * Math.max(1, names.length) * 4 <= MOST_BYTES))
    fail(`declares ${rows} rows of ${names.length} columns`, 'Take a part of it.')
  const found = new Map(names.map((name) => [name, new Column(Math.min(rows, TRUSTED_ROWS * file.size))]))
  for (const group of metadata.row_groups) {
    const groupRows = Number(group.num_rows)
    for (const { meta_data: chunk } of group.columns) {
      const column = chunk && found.get(chunk.path_in_schema.join('.'))
      if (!column) continue
      const name = chunk.path_in_schema[0]
      const optional = metadata.schema.find((one) => one.name === name)?.repetition_type !== 'REQUIRED'
      const start = Number(chunk.dictionary_page_offset ?? 0n) || Number(chunk.data_page_offset)
      const pages = pagesOf(
        file.read(start, Number(chunk.total_compressed_size)),
        groupRows,
        optional,
        parquetHeader,
      )
      const decompress = guarded(chunk.codec, compressors)
      let next = 0
      // A codec of our own sees every page, also of columns that are not compressed.
      chunk.codec = CHECKED
      // Alone: where the paths of two columns are damaged, hyparquet 1.33 begins to read both, and nobody hears
      // of the failure of the second one.
      await library.parquetRead({
        file: buffer,
        metadata: { ...metadata, row_groups: [{ ...group, columns: [{ meta_data: chunk }] }] },
        columns: [name],
        rowStart: 0,
        rowEnd: groupRows,
        compressors: {
          [CHECKED]: (input, length) => {
            const content = decompress(input, length)
            if (next < pages.length) requirePage(content, pages[next++])
            return content
          },
        },
        onChunk: ({ columnData }) => column.add(columnData),
      })
    }
  }
  const columns = new Map<string, ArrayLike<unknown>>()
  for (const [name, column] of found) {
    const values = column.values()
    if (values.length !== rows) fail(`is damaged: ${values.length} values of ${rows} in column ${name}`)
    columns.set(name, values)
  }
  // Columns that are not asked for are named, so that an error can list them.
  for (const { name } of top) if (!columns.has(name)) columns.set(name, [])
  const types = new Map(top.map(({ name, type }) => [name, type]))
  return { table: tableOf(columns, rows), types, asides }
}

/** Bytes in a buffer of their own. */
const whole = (bytes: Uint8Array): ArrayBuffer =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer

/** A decompressor that refuses a size which the bytes cannot have. */
function guarded(codec: string, compressors: Record<string, Decompress>): Decompress {
  if (codec === 'UNCOMPRESSED') return (input) => input
  const decompress = compressors[codec]
  if (decompress === undefined) throw new Error(`compression ${codec}`)
  return (input, length) => {
    if (!(length >= 0 && length <= TRUSTED_EXPANSION * (input.length + 1)))
      throw new Error(`a page of ${length} bytes in ${input.length}`)
    return decompress(input, length)
  }
}

const PHYSICAL: Readonly<Record<string, string>> = {
  DOUBLE: 'float64',
  FLOAT: 'float32',
  INT32: 'int32',
  INT64: 'int64',
  BOOLEAN: 'bool',
}

/** The columns below the root of a schema, which is a list in depth-first order. */
function topColumns(schema: readonly SchemaElement[]): { name: string; nested: boolean; type: string }[] {
  const found: { name: string; nested: boolean; type: string }[] = []
  const skip = (at: number): number => {
    let next = at + 1
    for (let i = 0; i < (schema[at]?.num_children ?? 0) && next < schema.length; i++) next = skip(next)
    return next
  }
  for (let at = 1; at < schema.length; at = skip(at)) {
    const {
      name,
      type,
      repetition_type: repetition,
      converted_type: converted,
      logical_type: logical,
    } = schema[at]
    const nested = type === undefined || repetition === 'REPEATED'
    const kind = (logical?.type ?? converted ?? PHYSICAL[type ?? ''] ?? type ?? '').toLowerCase()
    found.push({ name, nested, type: kind === 'string' || kind === 'utf8' ? 'text' : kind })
  }
  return found
}
