import { formatBytes } from '../../platform/files'
import type { MatBytes } from './bytes'
import { bytesOf, NumberSink, type NumberType } from '../readers/numberSink'

/** A numeric variable of a MAT file. */
export interface MatArray {
  /** Lengths along each dimension, at least two. */
  shape: number[]
  /** The numbers, column-major: the first index runs fastest. */
  data: Float64Array | Float32Array
}

/** What to read of a variable, and the file's byte order and limits. */
export interface MatWanted {
  variables: readonly string[] | undefined
  single: boolean
  limit: number
  little: boolean
  fail: (problem: string) => never
}

/** Types of numbers: integers, single, double, integers of 64 bits. */
export const TYPES: Readonly<Partial<Record<number, NumberType>>> = {
  1: 'i1',
  2: 'u1',
  3: 'i2',
  4: 'u2',
  5: 'i4',
  6: 'u4',
  7: 'f4',
  9: 'f8',
  12: 'i8',
  13: 'u8',
}

const MATRIX = 14
const COMPLEX = 0x08
const LOGICAL = 0x02
const OPAQUE = 17
const MOST_DIMENSIONS = 8
const MOST_NAME = 256
/** Classes of arrays: double, single and the integers from 8 to 64 bits. */
export const NUMERIC = { first: 6, last: 15 }
/** Other classes, in words. */
export const OTHERS: Record<number, string> = {
  1: 'a cell array',
  2: 'a structure',
  3: 'an object',
  4: 'text',
  5: 'a sparse array',
  16: 'a function',
  17: 'a table, string or other object',
}

/** Type and size of an element. */
export interface Tag {
  type: number
  size: number
  /** The content of a small element, which is in the tag itself. */
  inside?: Uint8Array
}

/** What a variable's header says. */
export interface MatHeader {
  name: string
  shape: number[]
  /** Class of the array: 1 cells … 15 integers of 64 bits. */
  kind: number
  complex: boolean
  logical: boolean
}

/** What is needed to read: the byte order, and how to fail. */
export type MatFile = Pick<MatWanted, 'little' | 'fail'>

/** Reads a variable's header, or nothing of a kind that has another one. */
export async function readMatHeader(source: MatBytes, file: MatFile): Promise<MatHeader> {
  const { fail, little } = file
  const whole = await readTag(source, file, 'its first tag')
  if (whole.type !== MATRIX) fail(`has a compressed element of type ${whole.type}, expected 14 (a variable)`)
  // An empty cell.
  if (whole.size === 0)
    return { name: '', shape: [0, 0], kind: NUMERIC.first, complex: false, logical: false }
  const flags = await readSmall(source, file, 'the flags of a variable', 8)
  const flagsWord = flags.length === 8 ? word(flags, 0, little) : fail('has a variable without flags')
  const kind = flagsWord & 0xff
  const complex = ((flagsWord >> 8) & COMPLEX) !== 0
  const logical = ((flagsWord >> 8) & LOGICAL) !== 0
  // Tables, strings and other objects have a name in place of dimensions.
  if (kind === OPAQUE) {
    const name = text(await readSmall(source, file, 'the name of a variable', MOST_NAME))
    return { name, shape: [], kind, complex, logical }
  }
  const lengths = await readSmall(source, file, 'the dimensions of a variable', 4 * MOST_DIMENSIONS)
  const shape = Array.from({ length: lengths.length >> 2 }, (_, i) => word(lengths, 4 * i, little))
  const name = text(await readSmall(source, file, 'the name of a variable', MOST_NAME))
  if (lengths.length % 4 !== 0 || shape.length < 2)
    fail(`declares ${shape.length} dimensions of ${name}, expected 2 to ${MOST_DIMENSIONS}`)
  return { name, shape, kind, complex, logical }
}

/**
 * Reads one variable: always its name, its numbers if requested.
 *
 * @throws what `fail` throws, for anything inconsistent
 */
export async function readMatrix(
  source: MatBytes,
  wanted: MatWanted,
): Promise<{ name: string; array?: MatArray }> {
  const { variables, limit, fail } = wanted
  const { name, shape, kind, complex } = await readMatHeader(source, wanted)
  if (variables && !variables.includes(name)) return { name }
  if (kind < NUMERIC.first || kind > NUMERIC.last) {
    if (variables) fail(`has ${OTHERS[kind] ?? `an array of class ${kind}`} for ${name}, expected numbers`)
    return { name }
  }
  if (complex) fail(`has complex numbers in ${name}, expected real ones`)
  const count = shape.reduce((a, b) => a * b, 1)
  const room = count * (wanted.single ? 4 : 8)
  const sizes = shape.join(' × ')
  if (room > limit) fail(`declares ${sizes} numbers in ${name}, more than the limit of ${formatBytes(limit)}`)
  const tag = await readTag(source, wanted, `the numbers of ${name}`)
  const type = TYPES[tag.type] ?? fail(`has numbers of type ${tag.type} in ${name}, which is no numeric type`)
  const bytes = bytesOf(type)
  if (tag.size !== count * bytes)
    fail(`declares ${sizes} numbers of ${bytes} bytes in ${name}, but has ${formatBytes(tag.size)} of them`)
  if (tag.size > source.most) fail(`declares more numbers in ${name} than its bytes can hold`)
  const sink = new NumberSink(
    type,
    wanted.little,
    wanted.single ? new Float32Array(count) : new Float64Array(count),
  )
  if (tag.inside) sink.add(tag.inside)
  else {
    await source.each(tag.size, `the numbers of ${name}`, (piece) => sink.add(piece))
    await source.take(padding(tag.size), `the numbers of ${name}`)
  }
  await source.end()
  return { name, array: { shape, data: sink.out } }
}

const word = (bytes: Uint8Array, at: number, little: boolean): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, little)

/** A name for messages: one line, plain letters. */
const text = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 64)

/** Padding to the next multiple of eight bytes. */
export const padding = (size: number): number => (8 - (size % 8)) % 8

/** The next element's type and size. */
export async function readTag(source: MatBytes, { little }: MatFile, what: string): Promise<Tag> {
  const bytes = await source.take(8, what)
  const first = word(bytes, 0, little)
  // A small element: its size in the upper half of the first word, up to four bytes of content in the second.
  if (first >>> 16 !== 0)
    return {
      type: first & 0xffff,
      size: first >>> 16,
      inside: bytes.subarray(4, 4 + Math.min(4, first >>> 16)),
    }
  return { type: first, size: word(bytes, 4, little) }
}

/** The content of an element of at most `most` bytes. */
export async function readSmall(
  source: MatBytes,
  wanted: MatFile,
  what: string,
  most: number,
): Promise<Uint8Array> {
  const { size, inside } = await readTag(source, wanted, what)
  if (size > (inside ? 4 : most))
    wanted.fail(`has ${formatBytes(size)} for ${what}, expected at most ${inside ? 4 : most}`)
  if (inside) return inside
  const content = await source.take(size, what)
  await source.take(padding(size), what)
  return content
}
