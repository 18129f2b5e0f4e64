/**
 * Draws the embedded sample of Fashion-MNIST out of the official files and writes it to data/fashion-mnist-sample:
 *
 *   npx tsx scripts/make-fashion-sample.ts FOLDER [OUT]
 *
 * FOLDER holds the four official files; OUT is where the sample goes when not into data. 200 training and 100
 * test images of each class are chosen and ordered by a seeded shuffle. The same input gives the same bytes,
 * whatever the Node version: the compressor is a fixed version of a library in plain JavaScript.
 */
import path from 'node:path'
import { FASHION_FILES, FASHION_LABELS, FASHION_SAMPLE } from '../src/data/fashionMnistFiles'
import { readVerified } from '../src/platform/files'
import { parseIdx } from '../src/data/idx'
import { packageRoot } from '../src/platform/places'
import { permutation, streamKey } from '../src/compute/streams'
import { idx, write } from './sampleFiles'

const SEED = 1

/** The chosen rows of the official file, in their order in the sample. */
function choose(labels: Uint8Array, perClass: number, part: string): Uint32Array {
  const shuffled = permutation(labels.length, streamKey(SEED, 'sampling', `fashion-mnist-sample ${part}`))
  const left = FASHION_LABELS.map(() => perClass)
  return shuffled.filter((row) => left[labels[row]]-- > 0)
}

async function main(): Promise<void> {
  const [folder, out = path.join(packageRoot(), 'data', FASHION_SAMPLE)] = process.argv.slice(2)
  if (!folder) throw new Error('usage: npx tsx scripts/make-fashion-sample.ts FOLDER [OUT]')
  const read = async (i: number) =>
    parseIdx(await readVerified(folder, FASHION_FILES[i], 'Get the official file.'), {
      name: FASHION_FILES[i].name,
    })
  for (const [part, images, perClass] of [
    ['train', 0, 200],
    ['test', 2, 100],
  ] as const) {
    const { shape, data } = await read(images)
    const labels = (await read(images + 1)).data
    const rows = choose(labels, perClass, part)
    const dim = shape[1] * shape[2]
    const pixels = Buffer.concat(Array.from(rows, (row) => data.subarray(row * dim, (row + 1) * dim)))
    write(out, FASHION_FILES[images].name, idx([rows.length, shape[1], shape[2]], pixels))
    write(
      out,
      FASHION_FILES[images + 1].name,
      idx(
        [rows.length],
        Uint8Array.from(rows, (row) => labels[row]),
      ),
    )
  }
}

void main()
