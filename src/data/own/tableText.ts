import { isUtf8 } from '../../platform/bytes'

/**
 * The text of a table's file: UTF-8, or UTF-16 with a byte order mark, as spreadsheets write it; undefined for others.
 */
export function textOfTable(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}
