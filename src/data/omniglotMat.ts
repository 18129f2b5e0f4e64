import { DataError } from '../base/errors'
import { markValidated } from './dataset'
import { parseMat } from './mat/mat'
import type { MatArray } from './mat/matrix'

/** One part of Omniglot as it is in a file. */
export interface OmniglotPart {
  /** Intensities, `[size, 784]`, row-major. */
  x: Float32Array
  /** Alphabet of each image, from 0. */
  alphabets: Int32Array
  /** Character of each in its alphabet, from 1, if requested. */
  characters?: Int32Array
}

type Part = 'train' | 'test'
type Fail = (problem: string) => never

/** Length of a side in pixels. */
export const SIDE = 28
const PIXELS = SIDE * SIDE
const MOST_CHARACTERS = 1000
const PARTS = {
  train: { images: 'data', alphabets: 'target', characters: 'targetchar' },
  test: { images: 'testdata', alphabets: 'testtarget', characters: 'testtargetchar' },
} as const

/**
 * Both parts of a `chardata.mat`.
 *
 * @param bytes of the file
 * @param name its name in error messages
 * @param remedy the advice in error messages
 * @param withCharacters whether to read the characters
 * @throws DataError that names what is wrong
 */
export async function readOmniglotMat(
  bytes: Uint8Array,
  name: string,
  remedy: string,
  withCharacters: boolean,
): Promise<Record<Part, OmniglotPart>> {
  const fail: Fail = (problem) => {
    throw new DataError(`${name}: ${problem}. ${remedy}`)
  }
  const small = [...Object.values(PARTS.train).slice(1), ...Object.values(PARTS.test).slice(1)]
  const targets = await parseMat(bytes, { name, remedy, variables: small, single: true })
  const read = async (part: Part): Promise<OmniglotPart> => {
    const alphabets = alphabetsOf(targets, part, fail)
    const characters = withCharacters ? charactersOf(targets, part, alphabets.length, fail) : undefined
    const { images } = PARTS[part]
    const found = await parseMat(bytes, { name, remedy, variables: [images], single: true })
    const matrix = found.get(images) as MatArray
    return { x: imagesOf(matrix, part, alphabets.length, fail), alphabets, characters }
  }
  return { train: await read('train'), test: await read('test') }
}

function imagesOf({ shape, data }: MatArray, part: Part, labels: number, fail: Fail): Float32Array {
  const [rows, size] = shape
  const { images } = PARTS[part]
  if (rows !== PIXELS || shape.length !== 2)
    fail(`has ${images} of ${shape.join(' × ')}, expected ${PIXELS} × images`)
  if (labels !== size) fail(`has ${labels} labels for ${size} images`)
  for (let i = 0; i < data.length; i++)
    if (!(data[i] >= 0 && data[i] <= 1)) fail(`has the intensity ${data[i]} in ${images}, expected 0 to 1`)
  markValidated(data as Float32Array, 'intensity')
  return upright(data as Float32Array)
}

/** Transposes every image in place: the file stores it column by column. */
function upright(x: Float32Array): Float32Array {
  for (let image = 0; image < x.length; image += PIXELS)
    for (let row = 0; row < SIDE; row++)
      for (let column = 0; column < row; column++) {
        const a = image + row * SIDE + column
        const b = image + column * SIDE + row
        const kept = x[a]
        x[a] = x[b]
        x[b] = kept
      }
  return x
}

/** The row that is 1 in each one-hot column. */
function alphabetsOf(targets: Map<string, MatArray>, part: Part, fail: Fail): Int32Array {
  const name = PARTS[part].alphabets
  const { shape, data } = targets.get(name) as MatArray
  const [count, size] = shape
  return Int32Array.from({ length: size }, (_, i) => {
    const column = data.subarray(i * count, (i + 1) * count)
    const set = column.indexOf(1)
    if (set < 0 || column.some((value, k) => value !== (k === set ? 1 : 0)))
      fail(`has no single 1 in column ${i + 1} of ${name}`)
    return set
  })
}

/** Each image's number of its character in its alphabet. */
function charactersOf(targets: Map<string, MatArray>, part: Part, size: number, fail: Fail): Int32Array {
  const name = PARTS[part].characters
  const { data } = targets.get(name) as MatArray
  if (data.length !== size) fail(`has ${data.length} numbers in ${name}, expected ${size}`)
  for (const one of data)
    if (!(Number.isInteger(one) && one >= 1 && one < MOST_CHARACTERS))
      fail(`has the character ${one} in ${name}`)
  return Int32Array.from(data)
}
