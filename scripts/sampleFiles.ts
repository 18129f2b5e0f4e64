import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'fflate'
import { md5 } from '../src/platform/hash'

/** An IDX file of unsigned bytes. */
export function idx(shape: number[], data: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length))
  header.setUint32(0, 0x0800 + shape.length)
  shape.forEach((length, i) => header.setUint32(4 + 4 * i, length))
  return Buffer.concat([new Uint8Array(header.buffer), data])
}

/** Writes a file gzip-compressed, the same bytes on every Node version, and prints its record. */
export function write(out: string, name: string, bytes: Uint8Array): void {
  const compressed = gzipSync(bytes, { level: 9, mem: 12, mtime: 0 })
  writeFileSync(path.join(out, name), compressed)
  console.log(`{ name: '${name}', size: ${compressed.length}, md5: '${md5(compressed)}' },`)
}
