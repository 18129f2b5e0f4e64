import { ArgumentError, requireInteger } from '../base/errors'
import { resolveOptions } from '../base/options'
import { permutation, streamKey } from '../compute/streams'
import { SOURCE_OPTIONS, choosePlace, type SourceOptions } from './choosePlace'
import { DataSet, vouchFor } from './dataset'
import {
  FASHION_FILES,
  FASHION_LABELS,
  FASHION_MNIST,
  FASHION_SAMPLE,
  FASHION_SAMPLE_FILES,
} from './fashionMnistFiles'
import type { RemoteFile } from './fetch'
import type { FetchFolderOptions } from './fetchFolder'
import { readVerified } from '../platform/files'
import { md5 } from '../platform/hash'
import type { FileRecord } from '../platform/files'
import { remedyFor } from './folders'
import type { Place } from './folders'
import { parseIdx } from './idx'
import { note, thousands } from '../base/thousands'
import { loadedBy } from './origin'

/** Which part of Fashion-MNIST is wanted, and from where it may come. */
export interface FashionMnistOptions extends SourceOptions {
  /** How many training images: the first ones of the official order, or, with `seed`, a random choice (default: all 60,000). */
  train?: number
  /** How many test images, likewise (default: all 10,000). */
  test?: number
  /** Choose and order the images at random from this seed, rather than take the first ones. */
  seed?: number
}

/** Fashion-MNIST in memory. */
export interface FashionMnist {
  /** Training images, values in [0, 1], with labels. */
  train: DataSet
  /** Test images, likewise. */
  test: DataSet
  /** Where they come from: 'LIDVAE_DATA', 'cache' or 'embedded sample'. */
  source: Place['kind']
  /** MD5 of what `md5sum` prints of the four files (training images, training labels, test images, test labels). */
  checksum: string
}

/**
 * Fashion-MNIST (Xiao, Rasul, Vollgraf 2017): 60,000 training and 10,000 test images of clothes, 28 × 28 grey values in 10 classes. The
 * official files are taken from LIDVAE_DATA, else from the cache, else they are downloaded into the cache (30.9 MB, once a machine); where
 * that cannot be, an embedded sample of 2,000 and 1,000 images serves. One line says which. Every file is verified by size and MD5; a
 * damaged one is an error, never passed over.
 *
 * @param options `{ train?, test?, seed?, download?, onProgress?, onNote? }`; see `FashionMnistOptions`
 * @returns `{ train, test, source, checksum }`; a DataSet's `x` is `[size, 784]`, pixel = byte / 255, `values` 'intensity', `labels` 0 to 9
 * @throws ArgumentError for a wrong count; DataError when a file is damaged or unreadable, or, with `download: true`, cannot be had
 * @example
 * const { train, test } = await lid.data.fashionMnist()
 * const small = await lid.data.fashionMnist({ train: 20000, test: 2000 })
 * @see https://arxiv.org/abs/1708.07747
 */
export async function fashionMnist(options: FashionMnistOptions = {}): Promise<FashionMnist> {
  return loadFashionMnist(options, FASHION_FILES)
}

/**
 * The same with the official files, their addresses and the patience of the download as arguments.
 *
 * @internal
 */
export async function loadFashionMnist(
  options: FashionMnistOptions,
  files: readonly RemoteFile[],
  patience: FetchFolderOptions = {},
): Promise<FashionMnist> {
  const resolved = resolveOptions('fashionMnist', options, {
    ...SOURCE_OPTIONS,
    train: undefined,
    test: undefined,
    seed: undefined,
  })
  const { train, test, seed, onNote } = resolved
  if (train !== undefined) requireInteger('fashionMnist({ train })', train)
  if (test !== undefined) requireInteger('fashionMnist({ test })', test)
  if (seed !== undefined && !Number.isInteger(seed))
    throw new ArgumentError(
      'fashionMnist({ seed })',
      seed,
      'an integer',
      'Give one, or leave it out for the first images.',
    )
  const { place, because } = await choosePlace(
    { name: FASHION_MNIST, title: 'Fashion-MNIST', files, sample: FASHION_SAMPLE },
    resolved,
    patience,
  )
  const sample = place.kind === 'embedded sample'
  const records = sample ? FASHION_SAMPLE_FILES : files
  const result = {
    train: await readPart(place, records.slice(0, 2), 'training', train, seed),
    test: await readPart(place, records.slice(2), 'test', test, seed),
    source: place.kind,
    checksum: md5(records.map((file) => `${file.md5}  ${file.name}\n`).join('')),
  }
  const counts = `${inWords(result.train.size, train)} training and ${inWords(result.test.size, test)} test images`
  const from = {
    LIDVAE_DATA: 'from LIDVAE_DATA',
    cache: 'from the cache',
    'embedded sample': 'embedded sample only',
  }
  onNote(
    `Fashion-MNIST, ${from[place.kind]}: ${counts}${because.length > 0 ? ` (${because.join('; ')})` : ''}`,
  )
  return loadedBy('fashionMnist', { train, test, seed }, result)
}

const inWords = (size: number, asked = size) =>
  thousands(size) + (size < asked ? ` (of ${thousands(asked)} asked for)` : '')

/** Reads, verifies and converts images and labels of one part. */
async function readPart(
  place: Place,
  [imageFile, labelFile]: readonly FileRecord[],
  part: 'training' | 'test',
  wanted: number | undefined,
  seed: number | undefined,
): Promise<DataSet> {
  const remedy = remedyFor(FASHION_MNIST, place.kind)
  const read = async (file: FileRecord, rank: number) =>
    parseIdx(await readVerified(place.folder, file, remedy), { name: file.name, rank, remedy })
  const images = await read(imageFile, 3)
  const labels = await read(labelFile, 1)
  const [size, ...shape] = images.shape
  const rows = chosenRows(size, Math.min(wanted ?? size, size), part, seed)
  const dim = shape[0] * shape[1]
  const x = new Float32Array(rows.length * dim)
  rows.forEach((row, i) => putImage(images.data, row * dim, x, i * dim, dim))
  // A byte over 255 can be nothing else.
  vouchFor(x, 'intensity')
  return new DataSet({
    name: `Fashion-MNIST, ${part}`,
    x,
    shape,
    values: 'intensity',
    labels: Int32Array.from(rows, (row) => labels.data[row]),
    labelNames: FASHION_LABELS,
    source: place.kind,
  })
}

const INTENSITY = Float32Array.from({ length: 256 }, (_, byte) => byte / 255)

/** One image, in a function of its own: called often, it is soon compiled, as one long loop is not. */
function putImage(bytes: Uint8Array, from: number, x: Float32Array, to: number, dim: number): void {
  const table = INTENSITY
  for (let j = 0; j < dim; j++) x[to + j] = table[bytes[from + j]]
}

function chosenRows(size: number, count: number, part: string, seed: number | undefined): Uint32Array {
  if (seed === undefined) return Uint32Array.from({ length: count }, (_, i) => i)
  return permutation(size, streamKey(seed, 'sampling', `fashion-mnist ${part}`)).subarray(0, count)
}
