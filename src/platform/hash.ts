import { createHash, randomUUID } from 'node:crypto'

/** The SHA-256 of these, concatenated, in hexadecimal. */
export const sha256 = (...parts: (string | Uint8Array)[]): string => sha256OfAll(parts)

/** The SHA-256 of many pieces, one after the other, in hexadecimal. */
export function sha256OfAll(parts: Iterable<string | Uint8Array>): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** The MD5 of some bytes, in hexadecimal. */
export const md5 = (bytes: Uint8Array | string): string => createHash('md5').update(bytes).digest('hex')

/** The MD5 of many pieces, one after the other, in hexadecimal. */
export function md5OfAll(parts: Iterable<string | Uint8Array>): string {
  const hash = createHash('md5')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** A unique identifier. */
export const uuid = (): string => randomUUID()
