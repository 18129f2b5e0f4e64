import { formatBytes } from '../../platform/files'
import type { OpenFile } from '../../platform/openFile'
import { readIdxHeader } from '../idx'
import { countOf, failing, reading, shapeText, type Fail, type FileArray } from './fileArray'
import { bytesOf, typeName, type NumberType } from './numberSink'

const TYPES: Readonly<Record<number, NumberType>> = {
  0x08: 'u1',
  0x09: 'i1',
  0x0b: 'i2',
  0x0c: 'i4',
  0x0d: 'f4',
  0x0e: 'f8',
}
const START = 64

interface IdxHeader {
  length: number
  shape: number[]
  type: NumberType
  /** Bytes of a file with this header. */
  size: number
}

/** The header of an IDX file. @param start its first 64 bytes. */
export function idxHeader(start: Uint8Array, fail: Fail): IdxHeader {
  const { type: code, shape } = readIdxHeader(start, fail, false, Object.keys(TYPES).map(Number))
  const type = TYPES[code]
  const length = 4 + 4 * shape.length
  return { length, shape, type, size: length + countOf(shape) * bytesOf(type) }
}

/** The array of an IDX file. @param name what the array is called, as the file has no name of it. */
export function arrayOfIdx(file: OpenFile, name: string): FileArray {
  const fail = failing(file.name)
  const { length, shape, type, size } = idxHeader(file.read(0, START), fail)
  if (size !== file.size)
    fail(
      `${file.size < size ? 'is cut off' : 'is too long'}: its header declares ${shapeText(shape)} ${typeName(type)}, ` +
        `which are ${formatBytes(size)} with the header, and it has ${formatBytes(file.size)}`,
    )
  return {
    name,
    shape,
    dtype: typeName(type),
    read: reading(type, false, () => file.pieces(length, size)),
  }
}
