/** What the header of a page says, as hyparquet reads it. */
export interface PageHeader {
  type?: string
  compressed_page_size: number
  uncompressed_page_size: number
  dictionary_page_header?: { num_values: number }
  data_page_header?: { num_values: number; encoding?: string }
  data_page_header_v2?: {
    num_values: number
    encoding?: string
    definition_levels_byte_length: number
    repetition_levels_byte_length: number
    is_compressed: boolean
  }
}

/** A page whose content is decompressed. */
export interface Page {
  values: number
  encoding?: string
  /** True if its levels of definition come first. */
  levels: boolean
}

export type ReadHeader = (reader: { view: DataView; offset: number }) => PageHeader

// Runs of packed values may be filled up.
const FILLED_UP = 512

/**
 * The pages of a column chunk that will be decompressed, in order. hyparquet 1.33 trusts the counts in them: a
 * run of 2^30 values, in a damaged file, ends the process.
 *
 * @param bytes of the chunk. @param rows that it must have. @param optional whether values may be missing.
 * @throws an error with a reason for counts that do not fit
 */
export function pagesOf(bytes: Uint8Array, rows: number, optional: boolean, readHeader: ReadHeader): Page[] {
  const pages: Page[] = []
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 }
  let left = rows
  while (left > 0 && reader.offset < bytes.length - 1) {
    const header = readHeader(reader)
    const { compressed_page_size: size, data_page_header: first, data_page_header_v2: second } = header
    const start = reader.offset
    if (!(size >= 0 && start + size <= bytes.length)) throw new Error('a page ends outside its column')
    reader.offset += size
    const { num_values: values, encoding } = first ?? second ?? { num_values: 0, encoding: undefined }
    if (!(values >= 0 && values <= left)) throw new Error(`a page declares ${values} values of ${left}`)
    left -= values
    const entries = header.dictionary_page_header?.num_values ?? 0
    if (entries > 8 * header.uncompressed_page_size) throw new Error(`a dictionary of ${entries} values`)
    const page = { values, encoding, levels: optional && first !== undefined }
    if (second) {
      const from = start + second.repetition_levels_byte_length
      const to = from + second.definition_levels_byte_length
      if (optional) requireRuns(bytes, from, to, 1, values)
      if (!second.is_compressed) requirePage(bytes.subarray(to, start + size), page)
      // Without content nothing is decompressed.
      if (!second.is_compressed || header.uncompressed_page_size === to - start) continue
    }
    pages.push(page)
  }
  return pages
}

/** Fails for runs in a page that are longer than its values. */
export function requirePage(content: Uint8Array, { values, encoding, levels }: Page): void {
  const view = new DataView(content.buffer, content.byteOffset, content.length)
  let at = 0
  if (levels) {
    const end = 4 + view.getUint32(0, true)
    requireRuns(content, 4, end, 1, values)
    at = end
  }
  if (encoding === 'RLE') requireRuns(content, at + 4, content.length, 1, values)
  if (encoding?.endsWith('_DICTIONARY') && content[at] > 0)
    requireRuns(content, at + 1, content.length, content[at], values)
}

/** Walks runs of equal values and of packed ones. */
function requireRuns(bytes: Uint8Array, from: number, end: number, width: number, values: number): void {
  let at = from
  for (let left = values; left > 0 && at < end;) {
    let [header, factor] = [0, 1]
    for (; bytes[at] >= 128; at++, factor *= 128) header += (bytes[at] & 127) * factor
    header += (bytes[at++] ?? 0) * factor
    const packed = header % 2 === 1
    const count = Math.floor(header / 2) * (packed ? 8 : 1)
    if (count > left + (packed ? FILLED_UP : 0)) throw new Error(`a run of ${count} values of ${left}`)
    at += packed ? (count / 8) * width : Math.ceil(width / 8)
    left -= count
    // Empty runs would never end.
    if (count === 0) break
  }
}
