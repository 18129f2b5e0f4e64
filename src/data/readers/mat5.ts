import { formatBytes } from '../../platform/files'
import type { OpenFile } from '../../platform/openFile'
import type { MatBytes } from '../mat/bytes'
import { byteOrder, elementsOf, using } from '../mat/mat'
import {
  NUMERIC,
  OTHERS,
  padding,
  readMatHeader,
  readTag,
  TYPES,
  type MatFile,
  type MatHeader,
  type Tag,
} from '../mat/matrix'
import { countOf, failing, type FileArray, type Stored } from './fileArray'
import { bytesOf, NumberSink } from './numberSink'

const CELL = 1
const CHARS = 4
const SPARSE = 5
const MOST_LABELS = 2 ** 24
const NAMES: Readonly<Record<number, string>> = {
  6: 'double',
  7: 'single',
  8: 'int8',
  9: 'uint8',
  10: 'int16',
  11: 'uint16',
  12: 'int32',
  13: 'uint32',
  14: 'int64',
  15: 'uint64',
}
const COMPLEX = { what: 'complex numbers', remedy: 'Save abs(X), or [real(X) imag(X)].' }
const FIELDS = "Save its parts as matrices: save('data.mat', '-struct', 's'), in MATLAB table2array(t)."

/** The variables of a MATLAB 5 file: full and sparse matrices, texts, and cells of texts. */
export async function arraysOfMat5(file: OpenFile): Promise<FileArray[]> {
  const fail = failing(file.name)
  const bytes = file.read(0, file.size)
  const little = byteOrder(bytes, (problem) => fail(problem))
  const mat: MatFile = { little, fail: (problem) => fail(problem) }
  const arrays: FileArray[] = []
  for (const open of elementsOf(bytes, little, mat.fail)) {
    const found = await using(open, async (source) =>
      arrayOf(await readMatHeader(source, mat), source, open, mat),
    )
    // A nameless one holds the content of objects.
    if (found.name !== '') arrays.push(found)
  }
  return arrays
}

async function arrayOf(
  header: MatHeader,
  source: MatBytes,
  open: () => MatBytes,
  mat: MatFile,
): Promise<FileArray> {
  const { name, shape, kind, complex, logical } = header
  const again = <T>(use: (source: MatBytes) => Promise<T>): Promise<T> =>
    using(open, async (fresh) => {
      await readMatHeader(fresh, mat)
      return use(fresh)
    })
  const described = { name, shape, columnMajor: true }
  if (complex) return { ...described, dtype: 'complex', refused: COMPLEX }
  if (kind >= NUMERIC.first && kind <= NUMERIC.last) {
    await requireNumbers(source, countOf(shape), name, mat)
    return {
      ...described,
      dtype: logical ? 'logical' : NAMES[kind],
      read: async (out) =>
        again(async (fresh) => numbersInto(fresh, await readTag(fresh, mat, name), name, out, mat)),
    }
  }
  if (kind === SPARSE) {
    const entries = await sparseSize(source, header, mat)
    return {
      ...described,
      dtype: `sparse ${logical ? 'logical' : 'double'}`,
      stored: entries,
      read: (out) => again((fresh) => sparseInto(fresh, header, out, mat)),
    }
  }
  if (kind === CHARS)
    return {
      ...described,
      shape: [shape[0]],
      dtype: 'text',
      texts: () => again((fresh) => charsOf(fresh, header, mat)),
    }
  if (kind === CELL)
    return { ...described, dtype: 'cells', texts: () => again((fresh) => cellsOf(fresh, header, mat)) }
  const what = OTHERS[kind] ?? `an array of class ${kind}`
  return { ...described, dtype: what.replace(/^an? /, ''), refused: { what, remedy: FIELDS } }
}

/** Fails unless so many numbers follow, which the bytes can hold. */
async function requireNumbers(source: MatBytes, count: number, name: string, mat: MatFile): Promise<void> {
  const tag = await readTag(source, mat, `the numbers of ${name}`)
  const type =
    TYPES[tag.type] ?? mat.fail(`has numbers of type ${tag.type} in ${name}, which is no numeric type`)
  if (tag.size !== count * bytesOf(type))
    mat.fail(
      `declares ${count} numbers of ${bytesOf(type)} bytes in ${name}, but has ${formatBytes(tag.size)} of them`,
    )
  if (tag.size > source.most) mat.fail(`declares more numbers in ${name} than its bytes can hold`)
}

/** Reads the numbers that follow a tag. */
async function numbersInto(
  source: MatBytes,
  tag: Tag,
  name: string,
  out: Float32Array | Float64Array,
  mat: MatFile,
): Promise<NumberSink> {
  const sink = new NumberSink(TYPES[tag.type]!, mat.little, out)
  if (tag.inside) sink.add(tag.inside)
  else {
    await source.each(tag.size, `the numbers of ${name}`, (piece) => sink.add(piece))
    await source.take(padding(tag.size), `the numbers of ${name}`)
  }
  return sink
}

/** So many numbers, in an array of their own. */
async function numbers(
  source: MatBytes,
  count: number | undefined,
  name: string,
  mat: MatFile,
): Promise<Float64Array> {
  const tag = await readTag(source, mat, name)
  const type =
    TYPES[tag.type] ?? mat.fail(`has numbers of type ${tag.type} in ${name}, which is no numeric type`)
  const found = tag.size / bytesOf(type)
  if (!Number.isInteger(found) || (count !== undefined && found < count) || tag.size > source.most)
    mat.fail(`has ${formatBytes(tag.size)} for ${count ?? 'the'} numbers in ${name}`)
  const out = new Float64Array(found)
  await numbersInto(source, tag, name, out, mat)
  return count === undefined ? out : out.subarray(0, count)
}

/** How many elements of a sparse matrix are stored; it must have a row for each and a start of each column. */
async function sparseSize(source: MatBytes, { shape, name }: MatHeader, mat: MatFile): Promise<number> {
  const rows = await numbers(source, undefined, name, mat)
  const starts = await numbers(source, shape[1] + 1, name, mat)
  const count = starts[shape[1]]
  if (!(count >= 0 && count <= rows.length))
    mat.fail(`is damaged: ${count} elements of ${rows.length} in ${name}`)
  return count
}

/** The elements of a sparse matrix among zeros, column by column. */
async function sparseInto(
  source: MatBytes,
  { shape, name }: MatHeader,
  out: Float32Array | Float64Array,
  mat: MatFile,
): Promise<Stored> {
  const rows = await numbers(source, undefined, name, mat)
  const starts = await numbers(source, shape[1] + 1, name, mat)
  const values = await numbers(source, starts[shape[1]], name, mat)
  scatter({ rows, starts, values }, shape[0], out, () =>
    mat.fail(`is damaged: an element of ${name} lies outside it`),
  )
  return { count: out.length, unsafe: -1 }
}

/** Elements of a sparse matrix: the row of each, and where each column starts. */
export interface Sparse {
  rows: ArrayLike<number>
  starts: ArrayLike<number>
  values: ArrayLike<number>
}

/** Stores the elements of a sparse matrix in an array of zeros, column by column. */
export function scatter(
  { rows, starts, values }: Sparse,
  height: number,
  out: Float32Array | Float64Array,
  outside: () => never,
): void {
  for (let column = 0; column + 1 < starts.length; column++) {
    if (!(starts[column] >= 0 && starts[column] <= starts[column + 1] && starts[column + 1] <= values.length))
      outside()
    for (let k = starts[column]; k < starts[column + 1]; k++) {
      if (!(rows[k] >= 0 && rows[k] < height)) outside()
      // Stored twice, an element is the sum.
      out[column * height + rows[k]] += values[k]
    }
  }
}

const UTF8 = 16
const WIDE: readonly number[] = [17, 4]

/** The rows of a matrix of characters, without the spaces that fill them up. */
async function charsOf(source: MatBytes, { shape, name }: MatHeader, mat: MatFile): Promise<string[]> {
  const tag = await readTag(source, mat, name)
  if (tag.size > source.most || countOf(shape) > MOST_LABELS) mat.fail(`has too long a text in ${name}`)
  const bytes = Buffer.from(tag.inside ?? (await source.take(tag.size, name)))
  if (!tag.inside) await source.take(padding(tag.size), name)
  if (WIDE.includes(tag.type) && !mat.little) bytes.subarray(0, bytes.length & ~1).swap16()
  const text = bytes.toString(WIDE.includes(tag.type) ? 'utf16le' : tag.type === UTF8 ? 'utf8' : 'latin1')
  const letters = text.length === countOf(shape) ? text.split('') : [...text]
  if (letters.length !== countOf(shape) || shape.length !== 2)
    mat.fail(`declares ${shape.join(' × ')} characters in ${name}, but has ${letters.length}`)
  const [rows, columns] = shape
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => letters[column * rows + row])
      .join('')
      .trimEnd(),
  )
}

/** The texts of a cell array, one per cell. */
async function cellsOf(source: MatBytes, { shape, name }: MatHeader, mat: MatFile): Promise<string[]> {
  const texts: string[] = []
  if (countOf(shape) > MOST_LABELS) mat.fail(`declares ${countOf(shape)} cells in ${name}`)
  for (let i = 0; i < countOf(shape); i++) {
    const cell = await readMatHeader(source, mat)
    if (cell.kind !== CHARS || cell.shape[0] > 1)
      mat.fail(`holds a cell array in ${name} of which cell ${i + 1} is no text`)
    texts.push((await charsOf(source, cell, mat))[0] ?? '')
  }
  return texts
}
