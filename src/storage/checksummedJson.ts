import { sha256 } from '../platform/hash'
import { parseJson } from './schema'

/** Plain data as JSON text that carries its own checksum, `sha256`, so that a changed digit is detected. */
export function seal(content: Record<string, unknown>): string {
  const plain = JSON.parse(JSON.stringify(content)) as Record<string, unknown>
  return `${JSON.stringify({ ...plain, sha256: sha256(JSON.stringify(plain)) }, null, 2)}\n`
}

/**
 * The content of such a text, without the checksum; undefined if it is not a JSON object or was changed. A
 * number may be formatted differently, if its value is the same.
 */
export function unseal(text: string): Record<string, unknown> | undefined {
  const found = parseJson(text)
  if (typeof found !== 'object' || found === null) return undefined
  const { sha256: sum, ...content } = found as Record<string, unknown>
  return sum === sha256(JSON.stringify(content)) ? content : undefined
}
