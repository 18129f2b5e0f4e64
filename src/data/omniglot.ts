import { ArgumentError, requireInteger } from '../base/errors'
import { resolveOptions } from '../base/options'
import { permutation, streamKey } from '../compute/streams'
import { SOURCE_OPTIONS, choosePlace, type SourceOptions } from './choosePlace'
import { DataSet } from './dataset'
import type { PublishedRemoteFile } from './fetch'
import type { FetchFolderOptions } from './fetchFolder'
import { readVerified } from '../platform/files'
import { md5 } from '../platform/hash'
import path from '../platform/path'
import { remedyFor, type Place } from './folders'
import { thousands } from '../base/thousands'
import { loadedBy } from './origin'
import { OMNIGLOT, OMNIGLOT_FILES, OMNIGLOT_SAMPLE, OMNIGLOT_SAMPLE_FILES } from './omniglotFiles'
import { SIDE, readOmniglotMat, type OmniglotPart } from './omniglotMat'
import { readOmniglotSample } from './omniglotSample'

/** Which part of Omniglot is wanted, and from where it may come. */
export interface OmniglotOptions extends SourceOptions {
  /**
   * How many training images: the first ones of the file's order, or, with `seed`, a random choice (default:
   * all 24,345).
   */
  train?: number
  /** Number of test images, likewise (default: all 8,070). */
  test?: number
  /** Choose and order the images at random from this seed, instead of the first ones. */
  seed?: number
  /**
   * What labels mean: the alphabet, 50 of them (default), or the character, numbered across all alphabets.
   */
  label?: 'alphabet' | 'character'
}

/** Omniglot in memory. */
export interface Omniglot {
  /** Training images, values in [0, 1], with labels. */
  train: DataSet
  /** Test images, likewise. */
  test: DataSet
  /** Where they come from: 'LIDVAE_DATA', 'cache' or 'embedded sample'. */
  source: Place['kind']
  /** MD5 of the file; of the sample, of what `md5sum` prints of its four files. */
  checksum: string
}

/**
 * Omniglot (Lake et al. 2015) as Burda et al. (2016) published it: 24,345 training and 8,070 test drawings of
 * 1,623 characters in 50 alphabets, 28 × 28 intensities, ink = 1. The file `chardata.mat` is read from
 * LIDVAE_DATA, otherwise from the cache, otherwise downloaded into the cache; if that fails, an embedded
 * sample of 1,400 and 400 drawings is used. One line names the source. The file stores images column by
 * column; here they are row by row.
 *
 * @param options `{ train?, test?, seed?, label?, download?, onProgress?, onNote? }`; see `OmniglotOptions`
 * @returns `{ train, test, source, checksum }`; a DataSet's `x` is `[size, 784]`, `values` 'intensity',
 *   `labels` the alphabet from 0 or the character from 0
 * @throws ArgumentError for a wrong count or label; DataError if the file is damaged, unreadable or not
 *   available: it says what to put where
 * @example
 * const { train, test } = await lid.data.omniglot()
 * const byCharacter = await lid.data.omniglot({ train: 5000, label: 'character' })
 * @see Burda, Grosse, Salakhutdinov 2016, Importance weighted autoencoders, arXiv:1509.00519; Lake et al.
 *   2015
 */
export async function omniglot(options: OmniglotOptions = {}): Promise<Omniglot> {
  return loadOmniglot(options, OMNIGLOT_FILES)
}

/**
 * The same with the file, its addresses and timeouts as arguments.
 *
 * @internal
 */
export async function loadOmniglot(
  options: OmniglotOptions,
  files: readonly PublishedRemoteFile[],
  patience: FetchFolderOptions = {},
): Promise<Omniglot> {
  const resolved = resolveOptions('omniglot', options, {
    ...SOURCE_OPTIONS,
    train: undefined,
    test: undefined,
    seed: undefined,
    label: 'alphabet',
  })
  const { train, test, seed, label, onNote } = resolved
  if (train !== undefined) requireInteger('omniglot({ train })', train)
  if (test !== undefined) requireInteger('omniglot({ test })', test)
  if (seed !== undefined) requireInteger('omniglot({ seed })', seed, 0)
  if (label !== 'alphabet' && label !== 'character')
    throw new ArgumentError('omniglot({ label })', label, "'alphabet' or 'character'")
  const { place, because } = await choosePlace(
    { name: OMNIGLOT, title: 'Omniglot', files, sample: OMNIGLOT_SAMPLE },
    resolved,
    patience,
  )
  const sample = place.kind === 'embedded sample'
  const { parts, checksum } = sample
    ? { parts: await readOmniglotSample(place, remedyFor(OMNIGLOT, place.kind)), checksum: SAMPLE_CHECKSUM }
    : await readWhole(place, files[0], label === 'character')
  const characters = label === 'character' ? characterNumbers(parts) : undefined
  const read = (part: 'train' | 'test', wanted: number | undefined): DataSet =>
    dataSet(part, parts[part], characters, { wanted, seed, source: place.kind })
  const result = { train: read('train', train), test: read('test', test), source: place.kind, checksum }
  const from = {
    LIDVAE_DATA: 'from LIDVAE_DATA',
    cache: 'from the cache',
    'embedded sample': 'embedded sample only',
  }
  const counts = `${inWords(result.train.size, train)} training and ${inWords(result.test.size, test)} test images`
  onNote(`Omniglot, ${from[place.kind]}: ${counts}${because.length > 0 ? ` (${because.join('; ')})` : ''}`)
  return loadedBy('omniglot', { train, test, seed, label }, result)
}

const SAMPLE_CHECKSUM = md5(OMNIGLOT_SAMPLE_FILES.map((file) => `${file.md5}  ${file.name}\n`).join(''))

const inWords = (size: number, asked = size) =>
  thousands(size) + (size < asked ? ` (of ${thousands(asked)} asked for)` : '')

async function readWhole(place: Place, file: PublishedRemoteFile, withCharacters: boolean) {
  const remedy = remedyFor(OMNIGLOT, place.kind)
  const bytes = await readVerified(place.folder, file, remedy)
  // No checksum detects wrong content: the file itself passes as complete.
  const anew = place.kind === 'cache' ? `Delete it, then run: npx lidvae data fetch ${OMNIGLOT}` : remedy
  const parts = await readOmniglotMat(bytes, path.join(place.folder, file.name), anew, withCharacters)
  return { parts, checksum: md5(bytes) }
}

interface Choice {
  wanted: number | undefined
  seed: number | undefined
  source: string
}

interface Characters {
  train: Int32Array
  test: Int32Array
  names: readonly string[]
}

function dataSet(
  part: 'train' | 'test',
  { x, alphabets }: OmniglotPart,
  characters: Characters | undefined,
  { wanted, seed, source }: Choice,
): DataSet {
  const all = new DataSet({
    name: `Omniglot, ${part === 'train' ? 'training' : 'test'}`,
    x,
    shape: [SIDE, SIDE],
    values: 'intensity',
    labels: characters?.[part] ?? alphabets,
    labelNames: characters?.names,
    source,
  })
  if (seed === undefined) return wanted === undefined ? all : all.take(wanted)
  return all.select(
    permutation(all.size, streamKey(seed, 'sampling', `omniglot ${part}`)).subarray(0, wanted ?? all.size),
  )
}

/**
 * The characters of both parts, numbered by alphabet and then by their number in it, consistently in both.
 */
function characterNumbers(parts: Record<'train' | 'test', OmniglotPart>): Characters {
  const pairs = ({ alphabets, characters }: OmniglotPart) =>
    Array.from(alphabets, (alphabet, i) => alphabet * MOST_CHARACTERS + (characters?.[i] ?? 0))
  const [train, test] = [pairs(parts.train), pairs(parts.test)]
  const order = [...new Set([...train, ...test])].sort((a, b) => a - b)
  const number = new Map(order.map((pair, i) => [pair, i]))
  const coded = (list: number[]) => Int32Array.from(list, (pair) => number.get(pair) as number)
  const names = order.map(
    (pair) => `alphabet ${Math.floor(pair / MOST_CHARACTERS)}, character ${pair % MOST_CHARACTERS}`,
  )
  return { train: coded(train), test: coded(test), names }
}

const MOST_CHARACTERS = 1000
