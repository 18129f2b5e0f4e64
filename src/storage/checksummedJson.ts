import { sha256 } from '../platform/hash'
import { parseJson } from './schema'

/** Plain data as JSON text that carries its own checksum, `sha256`, so that a changed digit is noticed. */
export function seal(content: Record<string, unknown>): string {
  const plain = JSON.parse(JSON.stringify(content)) as Record<string, unknown>
  return `${JSON.stringify({ ...plain, sha256: sha256(JSON.stringify(plain)) }, null, 2)}\n`
}

/**
 * What such a text holds, without the checksum; undefined when it is no JSON object or not as it was written. A number may be written otherwise, as long as it is the same.
 */
export function unseal(text: string): Record<string, unknown> | undefined {
  const found = parseJson(text)
  if (typeof found !== 'object' || found === null) return undefined
  const { sha256: sum, ...content } = found as Record<string, unknown>
  return sum === sha256(JSON.stringify(content)) ? content : undefined
}
