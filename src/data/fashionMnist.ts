import { requireInteger } from '../base/errors'
import { resolveOptions } from '../base/options'
import { permutation, streamKey } from '../compute/streams'
import { SOURCE_OPTIONS, choosePlace, type SourceOptions } from './choosePlace'
import { DataSet, markValidated } from './dataset'
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
import { thousands } from '../base/thousands'
import { loadedBy } from './origin'

/** How much of Fashion-MNIST to load, and from where. */
export interface FashionMnistOptions extends SourceOptions {
  /**
   * Number of training images: the first ones in the official order, or a random choice with `seed` (default:
   * all 60,000).
   */
  train?: number
  /** Number of test images, likewise (default: all 10,000). */
  test?: number
  /** Choose and order the images at random from this seed, instead of the first ones. */
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
  /**
   * MD5 of what `md5sum` prints of the four files (training images, training labels, test images, test
   * labels).
   */
  checksum: string
}

/**
 * Fashion-MNIST (Xiao, Rasul, Vollgraf 2017): 60,000 training and 10,000 test images of clothes, 28 × 28 grey
 * values in 10 classes. The official files are read from LIDVAE_DATA, otherwise from the cache, otherwise
 * downloaded into the cache (30.9 MB, once per machine); if that fails, an embedded sample of 2,000 and 1,000
 * images is used. One line names the source. Every file is verified by size and MD5; a damaged one is an
 * error.
 *
 * @param options `{ train?, test?, seed?, download?, onProgress?, onNote? }`; see `FashionMnistOptions`
 * @returns `{ train, test, source, checksum }`; a DataSet's `x` is `[size, 784]`, pixel = byte / 255,
 *   `values` 'intensity', `labels` 0 to 9
 * @throws ArgumentError for a wrong count or seed; DataError if a file is damaged or unreadable, or cannot be
 *   downloaded with `download: true`
 * @example
 * const { train, test } = await lid.data.fashionMnist()
 * const small = await lid.data.fashionMnist({ train: 20000, test: 2000 })
 * @see https://arxiv.org/abs/1708.07747
 */
export async function fashionMnist(options: FashionMnistOptions = {}): Promise<FashionMnist> {
  return loadFashionMnist(options, FASHION_FILES)
}

/**
 * The same with files, addresses and timeouts as arguments.
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
  if (seed !== undefined) requireInteger('fashionMnist({ seed })', seed, 0)
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
  // byte / 255 is always an intensity.
  markValidated(x, 'intensity')
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

/** One image, in a separate function: called often, it is optimised sooner than one long loop. */
function putImage(bytes: Uint8Array, from: number, x: Float32Array, to: number, dim: number): void {
  const table = INTENSITY
  for (let j = 0; j < dim; j++) x[to + j] = table[bytes[from + j]]
}

function chosenRows(size: number, count: number, part: string, seed: number | undefined): Uint32Array {
  if (seed === undefined) return Uint32Array.from({ length: count }, (_, i) => i)
  return permutation(size, streamKey(seed, 'sampling', `fashion-mnist ${part}`)).subarray(0, count)
}
