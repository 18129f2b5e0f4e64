import { formatBytes } from '../../platform/files'
import type { MatBytes } from './bytes'
import { NumberSink, WIDTHS } from './numbers'

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

const MATRIX = 14
const COMPLEX = 0x08
const MOST_DIMENSIONS = 8
const MOST_NAME = 256
/** Classes of arrays: double, single and the integers from 8 to 64 bits; others are names for messages. */
const NUMERIC = { first: 6, last: 15 }
const OTHERS: Record<number, string> = {
  1: 'a cell array',
  2: 'a structure',
  3: 'an object',
  4: 'text',
  5: 'a sparse array',
}

interface Tag {
  type: number
  size: number
  /** The content of a small element, which is in the tag itself. */
  inside?: Uint8Array
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
  const whole = await readTag(source, wanted, 'its first tag')
  if (whole.type !== MATRIX) fail(`has a compressed element of type ${whole.type}, wanted 14 (a variable)`)
  const flags = await readSmall(source, wanted, 'the flags of a variable', 8)
  const flagsWord = flags.length === 8 ? word(flags, 0, wanted.little) : fail('has a variable without flags')
  const lengths = await readSmall(source, wanted, 'the dimensions of a variable', 4 * MOST_DIMENSIONS)
  const shape = Array.from({ length: lengths.length >> 2 }, (_, i) => word(lengths, 4 * i, wanted.little))
  const name = text(await readSmall(source, wanted, 'the name of a variable', MOST_NAME))
  if (variables && !variables.includes(name)) return { name }
  const kind = flagsWord & 0xff
  if (kind < NUMERIC.first || kind > NUMERIC.last) {
    if (variables) fail(`has ${OTHERS[kind] ?? `an array of class ${kind}`} for ${name}, wanted numbers`)
    return { name }
  }
  if ((flagsWord >> 8) & COMPLEX) fail(`has complex numbers in ${name}, wanted real ones`)
  if (lengths.length % 4 !== 0 || shape.length < 2)
    fail(`declares ${shape.length} dimensions of ${name}, wanted 2 to ${MOST_DIMENSIONS}`)
  const count = shape.reduce((a, b) => a * b, 1)
  const room = count * (wanted.single ? 4 : 8)
  const sizes = shape.join(' × ')
  if (room > limit) fail(`declares ${sizes} numbers in ${name}, more than the limit of ${formatBytes(limit)}`)
  const tag = await readTag(source, wanted, `the numbers of ${name}`)
  const bytes =
    WIDTHS.get(tag.type) ?? fail(`has numbers of type ${tag.type} in ${name}, which is no numeric type`)
  if (tag.size !== count * bytes)
    fail(`declares ${sizes} numbers of ${bytes} bytes in ${name}, but has ${formatBytes(tag.size)} of them`)
  if (tag.size > source.most) fail(`declares more numbers in ${name} than its bytes can hold`)
  const sink = new NumberSink(
    tag.type,
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
const padding = (size: number): number => (8 - (size % 8)) % 8

async function readTag(source: MatBytes, { little }: MatWanted, what: string): Promise<Tag> {
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
async function readSmall(
  source: MatBytes,
  wanted: MatWanted,
  what: string,
  most: number,
): Promise<Uint8Array> {
  const { size, inside } = await readTag(source, wanted, what)
  if (size > (inside ? 4 : most))
    wanted.fail(`has ${formatBytes(size)} for ${what}, wanted at most ${inside ? 4 : most}`)
  if (inside) return inside
  const content = await source.take(size, what)
  await source.take(padding(size), what)
  return content
}
