import { md5 as newMd5 } from '@noble/hashes/legacy.js'
import { sha256 as newSha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

// The browser's own hashes are asynchronous, and MD5 is not among them.

const bytesOf = (part: string | Uint8Array): Uint8Array =>
  typeof part === 'string' ? new TextEncoder().encode(part) : part

export const sha256 = (...parts: (string | Uint8Array)[]): string => sha256OfAll(parts)

export function sha256OfAll(parts: Iterable<string | Uint8Array>): string {
  const hash = newSha256.create()
  for (const part of parts) hash.update(bytesOf(part))
  return bytesToHex(hash.digest())
}

export const md5 = (bytes: Uint8Array | string): string => md5OfAll([bytes])

export function md5OfAll(parts: Iterable<string | Uint8Array>): string {
  const hash = newMd5.create()
  for (const part of parts) hash.update(bytesOf(part))
  return bytesToHex(hash.digest())
}

/** `crypto.randomUUID` is missing on pages that came by http from another machine. */
export function uuid(): string {
  const hex = bytesToHex(crypto.getRandomValues(new Uint8Array(16)))
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join('-')
}
