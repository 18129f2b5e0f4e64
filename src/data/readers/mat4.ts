import { formatBytes } from '../../platform/files'
import type { OpenFile } from '../../platform/openFile'
import { countOf, failing, reading, type Fail, type FileArray } from './fileArray'
import { scatter } from './mat5'
import { bytesOf, NumberSink, typeName, type NumberType } from './numberSink'

const TYPES: readonly NumberType[] = ['f8', 'f4', 'i4', 'i2', 'u2', 'u1']
const HEADER = 20
const MOST_NAME = 256

interface Mat4Header {
  name: string
  shape: [number, number]
  type: NumberType
  little: boolean
  /** 0 a full matrix, 1 text, 2 a sparse matrix. */
  kind: number
  complex: boolean
  /** Where its numbers start and end. */
  start: number
  end: number
}

/** The variables of a MATLAB 4 file, which has headers of 20 bytes and nothing else. */
export function arraysOfMat4(file: OpenFile): FileArray[] {
  const fail = failing(file.name)
  const arrays: FileArray[] = []
  for (let at = 0; at < file.size;) {
    const header = headerAt(file, at, fail)
    arrays.push(arrayOf(header, file, fail))
    at = header.end
  }
  return arrays
}

function headerAt(file: OpenFile, at: number, fail: Fail): Mat4Header {
  const bytes = file.read(at, HEADER)
  if (bytes.length < HEADER) fail('is no MATLAB file, or is cut off')
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER)
  // MOPT: M the machine, P the type of numbers, T the kind of matrix. A little-endian one is below 1000.
  const little = view.getUint32(0, true) < 1000
  const words = [0, 4, 8, 12, 16].map((place) => view.getUint32(place, little))
  const [code, rows, columns, imaginary, length] = words
  const type = TYPES[Math.floor(code / 10) % 10]
  const kind = code % 10
  if (
    Math.floor(code / 100) % 10 !== 0 ||
    code >= 2000 ||
    type === undefined ||
    kind > 2 ||
    length > MOST_NAME
  )
    return fail('is no MATLAB file')
  const start = at + HEADER + length
  const complex = imaginary !== 0
  const end = start + rows * columns * bytesOf(type) * (complex ? 2 : 1)
  if (!(end <= file.size))
    fail(`is cut off: a variable at byte ${at} ends at byte ${end} of ${formatBytes(file.size)}`)
  const name = Buffer.from(file.read(at + HEADER, length))
    .toString('latin1')
    .replace(/\0.*$/, '')
  return { name, shape: [rows, columns], type, little, kind, complex, start, end }
}

function arrayOf(header: Mat4Header, file: OpenFile, fail: Fail): FileArray {
  const { name, shape, type, little, kind, complex, start, end } = header
  const described = { name, shape, columnMajor: true }
  const read = reading(type, little, () => file.pieces(start, end))
  if (kind === 2) {
    const triples = numbersOf(header, file)
    return sparse(name, triples, shape[0], fail)
  }
  if (complex)
    return {
      ...described,
      dtype: 'complex',
      refused: { what: 'complex numbers', remedy: 'Save abs(X), or [real(X) imag(X)].' },
    }
  if (kind === 0) return { ...described, dtype: type === 'f8' ? 'double' : typeName(type), read }
  const texts = (): string[] => {
    const codes = numbersOf(header, file)
    const [rows, columns] = shape
    return Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (_, column) => String.fromCharCode(codes[column * rows + row]))
        .join('')
        .trimEnd(),
    )
  }
  return { ...described, shape: [shape[0]], dtype: 'text', texts }
}

function numbersOf({ shape, type, little, start, end }: Mat4Header, file: OpenFile): Float64Array {
  const sink = new NumberSink(type, little, new Float64Array(countOf(shape)))
  for (const piece of file.pieces(start, end)) sink.add(piece)
  return sink.out as Float64Array
}

/** A sparse matrix: columns of rows, columns and values, both from 1; the last row has the sizes. */
function sparse(name: string, triples: Float64Array, length: number, fail: Fail): FileArray {
  const stored = length - 1
  const column = (j: number): Float64Array => triples.subarray(j * length, j * length + stored)
  const shape = [triples[stored], triples[length + stored]]
  if (triples.length !== 3 * length)
    return {
      name,
      shape: [],
      dtype: 'complex sparse',
      refused: { what: 'complex numbers', remedy: 'Save abs(X), or [real(X) imag(X)].' },
    }
  if (!shape.every((size) => Number.isInteger(size) && size >= 0))
    fail(`has no sizes of the sparse matrix ${name}`)
  return {
    name,
    shape,
    dtype: 'sparse double',
    columnMajor: true,
    stored,
    read: (out) => {
      const [rows, columns, values] = [column(0), column(1), column(2)]
      const outside = (): never => fail(`is damaged: an element of ${name} lies outside it`)
      for (let k = 0; k < stored; k++) {
        if (!(columns[k] >= 1 && columns[k] <= shape[1] && Number.isInteger(columns[k]))) outside()
        scatter(
          { rows: [rows[k] - 1], starts: [0, 1], values: [values[k]] },
          shape[0],
          out.subarray((columns[k] - 1) * shape[0]),
          outside,
        )
      }
      return { count: out.length, unsafe: -1 }
    },
  }
}
