/**
 * Draws the embedded sample of Omniglot out of a chardata.mat and writes it to data/omniglot-sample:
 *
 *   npx tsx scripts/make-omniglot-sample.ts FILE [OUT]
 *
 * FILE has intensities in 255ths; OUT is where the sample goes when not into data. 28 training and 8 test
 * drawings of each alphabet are chosen and ordered by a seeded shuffle. The same input gives the same bytes,
 * whatever the Node version.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { OMNIGLOT_SAMPLE, OMNIGLOT_SAMPLE_FILES } from '../src/data/omniglotFiles'
import { readOmniglotMat, type OmniglotPart } from '../src/data/omniglotMat'
import { LEVELS } from '../src/data/omniglotSample'
import { packageRoot } from '../src/platform/places'
import { permutation, streamKey } from '../src/compute/streams'
import { idx, write } from './sampleFiles'

const SEED = 1
const PER_ALPHABET = { train: 28, test: 8 }
const PIXELS = 784

/** The chosen drawings of a part, in their order in the sample. */
function choose({ alphabets }: OmniglotPart, part: 'train' | 'test'): Uint32Array {
  const left = new Map<number, number>()
  const shuffled = permutation(alphabets.length, streamKey(SEED, 'sampling', `omniglot-sample ${part}`))
  return shuffled.filter((row) => {
    const taken = left.get(alphabets[row]) ?? 0
    left.set(alphabets[row], taken + 1)
    return taken < PER_ALPHABET[part]
  })
}

/** An intensity in 255ths; it must be a whole number of them, or something would be lost. */
function level(intensity: number): number {
  const whole = Math.round(intensity * LEVELS)
  if (Math.fround(whole / LEVELS) !== intensity) throw new Error(`${intensity} is no multiple of 1/${LEVELS}`)
  return whole
}

async function main(): Promise<void> {
  const [file, out = path.join(packageRoot(), 'data', OMNIGLOT_SAMPLE)] = process.argv.slice(2)
  if (!file) throw new Error('usage: npx tsx scripts/make-omniglot-sample.ts FILE [OUT]')
  const parts = await readOmniglotMat(readFileSync(file), file, 'Get it again.', true)
  for (const [first, part] of [
    [0, 'train'],
    [2, 'test'],
  ] as const) {
    const { x, alphabets, characters } = parts[part]
    const rows = choose(parts[part], part)
    const images = Array.from(rows, (row) =>
      Uint8Array.from(x.subarray(row * PIXELS, (row + 1) * PIXELS), level),
    )
    write(out, OMNIGLOT_SAMPLE_FILES[first].name, idx([rows.length, 28, 28], Buffer.concat(images)))
    const labels = Uint8Array.from(
      Array.from(rows).flatMap((row) => [alphabets[row], characters?.[row] ?? 0]),
    )
    write(out, OMNIGLOT_SAMPLE_FILES[first + 1].name, idx([rows.length, 2], labels))
  }
}

void main()
