import path from 'node:path'
import { ArgumentError, DataError, requireInteger } from '../errors'
import { permutation, streamKey } from '../engine/streams'
import { choosePlace, type SourceOptions } from './choosePlace'
import { DataSet } from './dataset'
import type { PublishedRemoteFile } from './fetch'
import type { FetchFolderOptions } from './fetchFolder'
import { md5, readVerified } from './files'
import { remedyFor, type Place } from './folders'
import { parseMat } from './mat/mat'
import type { MatArray } from './mat/matrix'
import { note } from './note'
import { OMNIGLOT, OMNIGLOT_FILES } from './omniglotFiles'

/** Which part of Omniglot is wanted, and from where it may come. */
export interface OmniglotOptions extends SourceOptions {
  /** How many training images: the first ones of the file's order, or, with `seed`, a random choice (default: all 24,345). */
  train?: number
  /** How many test images, likewise (default: all 8,070). */
  test?: number
  /** Choose and order the images at random from this seed, rather than take the first ones. */
  seed?: number
  /** What the labels say: the alphabet, 50 of them (default), or the character, counted through all alphabets. */
  label?: 'alphabet' | 'character'
}

/** Omniglot in memory. */
export interface Omniglot {
  /** Training images, values in [0, 1], with labels. */
  train: DataSet
  /** Test images, likewise. */
  test: DataSet
  /** Where they come from: 'LIDVAE_DATA' or 'cache'. */
  source: Place['kind']
  /** MD5 of the file. */
  checksum: string
}

const SIDE = 28
const PIXELS = SIDE * SIDE
const PARTS = {
  train: { images: 'data', alphabets: 'target', characters: 'targetchar' },
  test: { images: 'testdata', alphabets: 'testtarget', characters: 'testtargetchar' },
} as const

/**
 * Omniglot (Lake et al. 2015) as Burda et al. (2016) published it: 24,345 training and 8,070 test drawings of 1,623 characters in 50 alphabets, 28 × 28 intensities, ink = 1.
 * The file `chardata.mat` is taken from LIDVAE_DATA, else from the cache, else it is downloaded into the cache. Its images are stored column by column; here they stand upright, row by row.
 *
 * @param options `{ train?, test?, seed?, label?, download?, onProgress?, onNote? }`; see `OmniglotOptions`
 * @returns `{ train, test, source, checksum }`; a DataSet's `x` is `[size, 784]`, `values` 'intensity', `labels` the alphabet from 0 or the character from 0
 * @throws ArgumentError for a wrong count or label; DataError when the file is damaged, unreadable or cannot be had: it says what to put where
 * @example
 * const { train, test } = await lid.data.omniglot()
 * const byCharacter = await lid.data.omniglot({ train: 5000, label: 'character' })
 * @see Burda, Grosse, Salakhutdinov 2016, Importance weighted autoencoders, arXiv:1509.00519; Lake et al. 2015
 */
export async function omniglot(options: OmniglotOptions = {}): Promise<Omniglot> {
  return loadOmniglot(options, OMNIGLOT_FILES)
}

/**
 * The same with the file, its addresses and the patience of the download as arguments.
 *
 * @internal
 */
export async function loadOmniglot(
  options: OmniglotOptions,
  files: readonly PublishedRemoteFile[],
  patience: FetchFolderOptions = {},
): Promise<Omniglot> {
  const { train, test, seed, label = 'alphabet', onNote = note } = options
  if (train !== undefined) requireInteger('omniglot({ train })', train)
  if (test !== undefined) requireInteger('omniglot({ test })', test)
  if (seed !== undefined) requireInteger('omniglot({ seed })', seed, 0)
  if (label !== 'alphabet' && label !== 'character')
    throw new ArgumentError(
      'omniglot({ label })',
      label,
      "'alphabet' or 'character'",
      'Say which, or leave it out.',
    )
  const { place, because } = await choosePlace(
    { name: OMNIGLOT, title: 'Omniglot', files },
    options,
    patience,
  )
  const remedy = remedyFor(OMNIGLOT, place.kind)
  const [{ name }] = files
  const bytes = await readVerified(place.folder, files[0], remedy)
  const file = path.join(place.folder, name)
  // No checksum tells that what is inside is wrong: the file itself would pass for whole.
  const anew = place.kind === 'cache' ? `Delete it, then run: npx lidvae data fetch ${OMNIGLOT}` : remedy
  const fail = (problem: string): never => {
    throw new DataError(`${file}: ${problem}. ${anew}`)
  }
  const small = [...Object.values(PARTS.train).slice(1), ...Object.values(PARTS.test).slice(1)]
  const targets = await parseMat(bytes, {
    name: file,
    remedy: anew,
    variables: small,
    single: true,
  })
  const characters = label === 'character' ? characterNumbers(targets, fail) : undefined
  const read = async (part: 'train' | 'test', wanted: number | undefined): Promise<DataSet> => {
    const { images } = PARTS[part]
    const found = await parseMat(bytes, {
      name: file,
      remedy: anew,
      variables: [images],
      single: true,
    })
    const labels = characters?.[part] ?? alphabetsOf(targets, part, fail)
    const matrix = found.get(images) as MatArray
    return dataSet(part, matrix, labels, characters?.names, { wanted, seed, source: place.kind, fail })
  }
  const result = {
    train: await read('train', train),
    test: await read('test', test),
    source: place.kind,
    checksum: md5(bytes),
  }
  const from = place.kind === 'cache' ? 'the cache' : place.kind
  const reasons = because.length > 0 ? ` (${because.join('; ')})` : ''
  const counts = [result.train, result.test].map(({ size }) => size.toLocaleString('en-US'))
  onNote(`Omniglot, from ${from}: ${counts[0]} training and ${counts[1]} test images${reasons}`)
  return result
}

type Fail = (problem: string) => never

interface Choice {
  wanted: number | undefined
  seed: number | undefined
  source: string
  fail: Fail
}

function dataSet(
  part: 'train' | 'test',
  matrix: MatArray,
  labels: Int32Array,
  names: readonly string[] | undefined,
  choice: Choice,
): DataSet {
  const { wanted, seed, source, fail } = choice
  const [rows, size] = matrix.shape
  if (rows !== PIXELS || matrix.shape.length !== 2)
    fail(`has ${PARTS[part].images} of ${matrix.shape.join(' × ')}, wanted ${PIXELS} × images`)
  if (labels.length !== size) fail(`has ${labels.length} labels for ${size} images`)
  const wrong = matrix.data.findIndex((value) => !(value >= 0 && value <= 1))
  if (wrong >= 0) fail(`has the intensity ${matrix.data[wrong]} in ${PARTS[part].images}, wanted 0 to 1`)
  const x = upright(matrix.data as Float32Array)
  const name = `Omniglot, ${part === 'train' ? 'training' : 'test'}`
  const all = new DataSet({
    name,
    x,
    shape: [SIDE, SIDE],
    values: 'intensity',
    labels,
    labelNames: names,
    source,
  })
  if (seed === undefined) return wanted === undefined ? all : all.take(wanted)
  return all.select(
    permutation(size, streamKey(seed, 'sampling', `omniglot ${part}`)).subarray(0, wanted ?? size),
  )
}

/** Every image transposed in place: the file has it column by column. */
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

/** Which row of each one-hot column is set. */
function alphabetsOf(targets: Map<string, MatArray>, part: 'train' | 'test', fail: Fail): Int32Array {
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

/** The characters of both parts, numbered by alphabet and then by their number in it, the same in both. */
function characterNumbers(targets: Map<string, MatArray>, fail: Fail) {
  const pairs = (part: 'train' | 'test'): number[] => {
    const alphabets = alphabetsOf(targets, part, fail)
    const name = PARTS[part].characters
    const { data } = targets.get(name) as MatArray
    if (data.length !== alphabets.length)
      fail(`has ${data.length} numbers in ${name}, wanted ${alphabets.length}`)
    return Array.from(alphabets, (alphabet, i) => {
      if (!(Number.isInteger(data[i]) && data[i] >= 1 && data[i] < MOST_CHARACTERS))
        fail(`has the character ${data[i]} in ${name}`)
      return alphabet * MOST_CHARACTERS + data[i]
    })
  }
  const [train, test] = [pairs('train'), pairs('test')]
  const order = [...new Set([...train, ...test])].sort((a, b) => a - b)
  const number = new Map(order.map((pair, i) => [pair, i]))
  const coded = (list: number[]) => Int32Array.from(list, (pair) => number.get(pair) as number)
  const names = order.map(
    (pair) => `alphabet ${Math.floor(pair / MOST_CHARACTERS)}, character ${pair % MOST_CHARACTERS}`,
  )
  return { train: coded(train), test: coded(test), names }
}

const MOST_CHARACTERS = 1000
