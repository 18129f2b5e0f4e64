import { deflateSync } from 'node:zlib'

/** A variable of a MAT file that a test writes. */
export interface MatVariable {
  name: string
  shape: readonly number[]
  /** Column-major. */
  data: readonly number[] | Float32Array
  /** Type of the stored numbers: 2 bytes, 4 unsigned 16 bits, 5 whole of 32 bits, 7 single, 9 double (default). */
  type?: 2 | 4 | 5 | 7 | 9
  /** Class of the array; 6, double, by default. */
  kind?: number
  /** Flags beside the class: 8 for complex. */
  flags?: number
}

const WIDTHS = { 2: 1, 4: 2, 5: 4, 7: 4, 9: 8 }

/** A MATLAB 5 file written from the format's description alone, of either byte order. */
export function writeMat(
  variables: readonly MatVariable[],
  options: { big?: boolean; compressed?: boolean } = {},
): Buffer {
  const { big = false, compressed = true } = options
  const header = Buffer.alloc(128, ' ')
  header.write('MATLAB 5.0 MAT-file, written by a test', 'latin1')
  header.set(big ? [1, 0] : [0, 1], 124)
  header.write(big ? 'MI' : 'IM', 126, 'latin1')
  const parts = variables.map((one) => {
    const matrix = element(14, content(one, big), big)
    if (!compressed) return matrix
    const packed = deflateSync(matrix)
    return Buffer.concat([words([15, packed.length], big), packed])
  })
  return Buffer.concat([header, ...parts])
}

function content({ name, shape, data, type = 9, kind = 6, flags = 0 }: MatVariable, big: boolean): Buffer {
  const numbers = Buffer.alloc(data.length * WIDTHS[type])
  const view = new DataView(numbers.buffer, numbers.byteOffset, numbers.length)
  data.forEach((value, i) => {
    if (type === 2) view.setUint8(i, value)
    if (type === 4) view.setUint16(2 * i, value, !big)
    if (type === 5) view.setInt32(4 * i, value, !big)
    if (type === 7) view.setFloat32(4 * i, value, !big)
    if (type === 9) view.setFloat64(8 * i, value, !big)
  })
  return Buffer.concat([
    element(6, words([(flags << 8) | kind, 0], big), big),
    element(5, words(shape, big), big),
    element(1, Buffer.from(name, 'latin1'), big),
    element(type, numbers, big),
  ])
}

/** Type and size, the content, and zeros up to a multiple of eight bytes. */
const element = (type: number, bytes: Buffer, big: boolean): Buffer =>
  Buffer.concat([words([type, bytes.length], big), bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)])

function words(values: readonly number[], big: boolean): Buffer {
  const out = Buffer.alloc(4 * values.length)
  values.forEach((value, i) => (big ? out.writeUInt32BE(value, 4 * i) : out.writeUInt32LE(value, 4 * i)))
  return out
}
