import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { chmod, copyFile, mkdir, readFile, readdir, unlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { promisify } from 'node:util'
import type { DataSet } from '../../src/data/dataset'
import { fashionMnist, loadFashionMnist } from '../../src/data/fashionMnist'
import type { FashionMnistOptions } from '../../src/data/fashionMnist'
import { FASHION_FILES, FASHION_SAMPLE_FILES } from '../../src/data/fashionMnistFiles'
import type { RemoteFile } from '../../src/data/fetch'
import { DownloadError } from '../../src/data/fetchFailure'
import { checkFile } from '../../src/platform/files'
import { md5 } from '../../src/platform/hash'
import { samplePlace } from '../../src/data/folders'
import { dataFolder, packageRoot } from '../../src/platform/places'
import { ArgumentError, DataError } from '../../src/base/errors'
import { Server } from './server'
import type { Manner } from './server'
import { inFolder, withEnvironment } from './temporary'
import { typescript } from '../support/child'

/** What NumPy reads in the files; see fixtures/data/fashion_mnist_figures.py. */
interface Figures {
  shape: number[]
  labelCounts: number[]
  firstLabels: number[]
  lastLabels: number[]
  pixelSum: number
  firstImageSum: number
  lastImageSum: number
  image123Row14: number[]
  classPixelSums: number[]
}

const figures = (name: string) =>
  JSON.parse(readFileSync(path.join(__dirname, '../fixtures/data', name), 'utf8')) as Record<
    'train' | 'test',
    Figures
  >

const sampleFolder = samplePlace('fashion-mnist-sample').folder
const run = promisify(execFile)
const official = dataFolder() !== undefined
const noOfficial = 'LIDVAE_DATA is not set: the official files are not here'

/** The bytes behind the intensities of some rows, which must be whole. */
const bytesOf = (x: Float32Array) => Array.from(x, (v) => Math.round(v * 255))
const sum = (x: ArrayLike<number>) => Array.from(x).reduce((a, b) => a + b, 0)

function agrees(data: DataSet, truth: Figures): void {
  const dim = 28 * 28
  assert.deepEqual([data.size, ...data.shape], truth.shape)
  assert.equal(data.values, 'intensity')
  const labels = Array.from(data.labels ?? [])
  const counts = truth.labelCounts.map((_, k) => labels.filter((label) => label === k).length)
  assert.deepEqual(counts, truth.labelCounts)
  assert.deepEqual(labels.slice(0, 10), truth.firstLabels)
  assert.deepEqual(labels.slice(-10), truth.lastLabels)
  assert.equal(sum(bytesOf(data.x.subarray(0, dim))), truth.firstImageSum)
  assert.equal(sum(bytesOf(data.x.subarray(-dim))), truth.lastImageSum)
  const row = 123 * dim + 14 * 28
  assert.deepEqual(bytesOf(data.x.subarray(row, row + 28)), truth.image123Row14)
  const classSums = truth.classPixelSums.map(() => 0)
  for (let i = 0; i < data.x.length; i++)
    classSums[labels[Math.floor(i / dim)]] += Math.round(data.x[i] * 255)
  assert.deepEqual(classSums, truth.classPixelSums)
  assert.equal(sum(classSums), truth.pixelSum)
}

const running: Server[] = []
const quick = { stall: 10_000, pause: 5 }

/** The sample's files in the official ones' stead, at a local server. */
async function standIns(...manners: Manner[]): Promise<{ files: RemoteFile[]; server: Server }> {
  const server = await Server.start((name) => readFileSync(path.join(sampleFolder, name)), manners)
  running.push(server)
  return { server, files: FASHION_SAMPLE_FILES.map((file) => ({ ...file, urls: [server.url(file.name)] })) }
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((s) => s.stop()))
})

/** Loads with a cache and LIDVAE_DATA of the test's own, and hears the notes. */
async function load(
  files: readonly RemoteFile[],
  cache: string,
  options: FashionMnistOptions & { data?: string } = {},
) {
  const notes: string[] = []
  const { data, ...rest } = options
  const result = await withEnvironment({ LIDVAE_CACHE: cache, LIDVAE_DATA: data }, () =>
    loadFashionMnist(
      { onProgress: () => undefined, onNote: (line) => notes.push(line), ...rest },
      files,
      quick,
    ),
  )
  return { ...result, notes }
}

async function copySample(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const { name } of FASHION_SAMPLE_FILES)
    await copyFile(path.join(sampleFolder, name), path.join(folder, name))
}

describe('the official Fashion-MNIST', () => {
  it('is read as NumPy reads it', async (t) => {
    if (!official) return t.skip(noOfficial)
    const notes: string[] = []
    const { train, test, source, checksum } = await fashionMnist({ onNote: (line) => notes.push(line) })
    const truth = figures('fashion-mnist-figures.json')
    agrees(train, truth.train)
    agrees(test, truth.test)
    assert.equal(source, 'LIDVAE_DATA')
    assert.deepEqual(notes, ['Fashion-MNIST, from LIDVAE_DATA: 60,000 training and 10,000 test images'])
    // md5sum train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz t10k-images-idx3-ubyte.gz
    // t10k-labels-idx1-ubyte.gz | md5sum
    assert.equal(checksum, '3194aeac140e5e77e5c275cb07a84be3')
  })

  it('gives the first images when fewer are asked for', async (t) => {
    if (!official) return t.skip(noOfficial)
    const { train, test } = await fashionMnist({ train: 150, test: 10, onNote: () => undefined })
    const truth = figures('fashion-mnist-figures.json')
    assert.deepEqual([train.size, test.size], [150, 10])
    assert.deepEqual(Array.from(test.labels ?? []), truth.test.firstLabels)
    assert.deepEqual(bytesOf(train.x.subarray(123 * 784 + 392, 123 * 784 + 420)), truth.train.image123Row14)
  })

  it('is what the embedded sample is drawn from, byte for byte by the committed script, no image twice', async (t) => {
    const data = dataFolder()
    if (data === undefined) return t.skip(noOfficial)
    await inFolder(async (out) => {
      const script = path.join(packageRoot(), 'scripts', 'make-fashion-sample.ts')
      await run(process.execPath, [...typescript, script, path.join(data, 'fashion-mnist'), out])
      for (const { name } of FASHION_SAMPLE_FILES)
        assert.ok(
          (await readFile(path.join(out, name))).equals(await readFile(path.join(sampleFolder, name))),
          name,
        )
    })
    const all = await fashionMnist({ onNote: () => undefined })
    await inFolder(async (cache) => {
      const sample = await load(FASHION_FILES, cache, { download: false })
      for (const part of ['train', 'test'] as const) {
        const [drawn, whole] = [imagesOf(sample[part]), new Set(imagesOf(all[part]))]
        assert.ok(drawn.every((image) => whole.has(image)))
        assert.equal(new Set(drawn).size, drawn.length)
      }
    })
  })
})

/** Each image and its label as a short text. */
const imagesOf = ({ x, size, labels }: DataSet) =>
  Array.from({ length: size }, (_, i) => {
    const image = x.subarray(i * 784, (i + 1) * 784)
    return `${md5(new Uint8Array(image.buffer, image.byteOffset, image.byteLength))} ${labels?.[i]}`
  })

describe('the embedded sample', () => {
  it('has the bytes its README and the source name', async () => {
    const readme = await readFile(path.join(sampleFolder, 'README.md'), 'utf8')
    let total = 0
    for (const file of FASHION_SAMPLE_FILES) {
      assert.equal((await checkFile(sampleFolder, file)).problem, undefined)
      assert.match(readme, new RegExp(`${file.name}.*${file.size.toLocaleString('en-US')} \\| ${file.md5}`))
      total += file.size
    }
    assert.ok(total < 1.6e6)
    assert.match(await readFile(path.join(sampleFolder, 'LICENSE'), 'utf8'), /MIT License.*2017 Zalando SE/)
  })

  it('is read as NumPy reads it: 200 and 100 images of each class', async () => {
    await inFolder(async (cache) => {
      const { train, test, source, notes } = await load(FASHION_FILES, cache, { download: false })
      const truth = figures('fashion-mnist-sample-figures.json')
      agrees(train, truth.train)
      agrees(test, truth.test)
      assert.equal(source, 'embedded sample')
      assert.equal(train.labelNames?.[9], 'Ankle boot')
      assert.deepEqual(notes, [
        'Fashion-MNIST, embedded sample only: 2,000 training and 1,000 test images (not on this machine, download: false)',
      ])
      assert.deepEqual(await readdir(cache), [])
    })
  })

  it('says how many it has when more are asked for', async () => {
    await inFolder(async (cache) => {
      const { train, notes } = await load(FASHION_FILES, cache, { download: false, train: 20000, test: 500 })
      assert.equal(train.size, 2000)
      assert.match(notes[0], /2,000 \(of 20,000 asked for\) training and 500 test images/)
    })
  })

  it('gives a seeded random choice with a seed, the first images without', async () => {
    await inFolder(async (cache) => {
      const some = async (seed?: number) =>
        (await load(FASHION_FILES, cache, { download: false, train: 50, seed })).train
      const [first, one, again, two] = [await some(), await some(1), await some(1), await some(2)]
      assert.deepEqual(Array.from(first.labels?.slice(0, 5) ?? []), [4, 0, 7, 0, 8])
      assert.deepEqual(one.x, again.x)
      assert.notDeepEqual(one.x, first.x)
      assert.notDeepEqual(one.x, two.x)
      assert.equal(one.labels?.length, 50)
    })
  })
})

describe('fashionMnist', () => {
  it('refuses counts and seeds that are none', async () => {
    await assert.rejects(fashionMnist({ train: 0 }), ArgumentError)
    await assert.rejects(
      fashionMnist({ test: 1.5 }),
      /`fashionMnist\(\{ test \}\)` must be an integer ≥ 1, got 1\.5/,
    )
    for (const seed of [0.5, -1])
      await assert.rejects(
        fashionMnist({ seed }),
        /`fashionMnist\(\{ seed \}\)` must be an integer ≥ 0, got /,
      )
  })

  it('downloads into the cache once, and reads from there afterwards', async () => {
    const { files, server } = await standIns('good')
    await inFolder(async (cache) => {
      const seen = new Set<string>()
      const first = await load(files, cache, { onProgress: ({ file }) => seen.add(file) })
      assert.equal(first.source, 'cache')
      assert.deepEqual(first.notes, ['Fashion-MNIST, from the cache: 2,000 training and 1,000 test images'])
      assert.deepEqual(
        [...seen],
        files.map((file) => file.name),
      )
      assert.equal((await load(files, cache)).train.size, 2000)
      assert.equal(server.requests.length, 4)
      assert.deepEqual(
        (await readdir(path.join(cache, 'data', 'fashion-mnist'))).sort(),
        files.map((f) => f.name).sort(),
      )
    })
  })

  it('falls back on the sample when the download fails, and says why; with download: true it fails', async () => {
    const { files, server } = await standIns('404')
    await inFolder(async (cache) => {
      const { source, notes, train } = await load(files, cache)
      assert.equal(source, 'embedded sample')
      assert.equal(train.source, 'embedded sample')
      assert.deepEqual(notes, [
        'Fashion-MNIST, embedded sample only: 2,000 training and 1,000 test images ' +
          `(download failed: ${new URL(server.origin).host}: answered 404 Not Found, expected 200 OK)`,
      ])
      await assert.rejects(load(files, cache, { download: true }), (error: Error) => {
        assert.ok(error instanceof DownloadError)
        for (const { name } of files) assert.ok(error.message.includes(name))
        assert.ok(error.message.includes(path.join(cache, 'data', 'fashion-mnist')))
        return true
      })
      assert.deepEqual(await readdir(path.join(cache, 'data', 'fashion-mnist')), [])
    })
  })

  it('falls back on the sample, said, when the cache cannot be written to', async () => {
    const { files, server } = await standIns('good')
    await inFolder(async (folder) => {
      await writeFile(path.join(folder, 'taken'), 'a file')
      const cache = path.join(folder, 'taken', 'cache')
      const { source, notes } = await load(files, cache)
      assert.equal(source, 'embedded sample')
      assert.match(notes[0], /download failed: .*taken.*LIDVAE_CACHE to a writable folder\)$/)
      await assert.rejects(load(files, cache, { download: true }), DataError)
    })
    assert.equal(server.requests.length, 0)
  })

  it('reads LIDVAE_DATA before the cache', async () => {
    const { files, server } = await standIns('404')
    await inFolder(async (folder) => {
      await copySample(path.join(folder, 'own', 'fashion-mnist'))
      const { source, notes } = await load(files, path.join(folder, 'cache'), {
        data: path.join(folder, 'own'),
      })
      assert.equal(source, 'LIDVAE_DATA')
      assert.deepEqual(notes, ['Fashion-MNIST, from LIDVAE_DATA: 2,000 training and 1,000 test images'])
    })
    assert.equal(server.requests.length, 0)
  })

  it('says where it looked when LIDVAE_DATA lacks files, and goes on to the cache', async () => {
    const { files } = await standIns('404')
    await inFolder(async (folder) => {
      const own = path.join(folder, 'own', 'fashion-mnist')
      await copySample(path.join(folder, 'cache', 'data', 'fashion-mnist'))
      const look = () => load(files, path.join(folder, 'cache'), { data: path.join(folder, 'own') })
      assert.match(
        (await look()).notes[0],
        new RegExp(`from the cache: .*LIDVAE_DATA is set, but ${own} does not have`),
      )
      await copySample(own)
      await unlink(path.join(own, files[1].name))
      const { notes, source } = await look()
      assert.equal(source, 'cache')
      assert.match(
        notes[0],
        new RegExp(`LIDVAE_DATA is set, but ${own} lacks train-labels-idx1-ubyte\\.gz\\)`),
      )
    })
  })

  it('never passes over a damaged file: it names file, size or MD5, and remedy', async () => {
    const { files, server } = await standIns('good')
    await inFolder(async (folder) => {
      const places = [
        [
          'own',
          path.join(folder, 'own', 'fashion-mnist'),
          /Put the official file there, or unset LIDVAE_DATA\.$/,
        ],
        [
          'cache',
          path.join(folder, 'cache', 'data', 'fashion-mnist'),
          /Run: npx lidvae data fetch fashion-mnist$/,
        ],
      ] as const
      for (const [kind, place, remedy] of places) {
        for (const { name, size } of files) {
          await copySample(place)
          const file = path.join(place, name)
          const bytes = await readFile(file)
          const data = kind === 'own' ? path.join(folder, 'own') : undefined
          const damage = async (changed: Uint8Array, wanted: RegExp) => {
            await writeFile(file, changed)
            await assert.rejects(load(files, path.join(folder, 'cache'), { data }), (error: Error) => {
              assert.ok(error instanceof DataError)
              assert.ok(error.message.startsWith(`${file} is damaged: it has `), error.message)
              assert.match(error.message, wanted)
              assert.match(error.message, remedy)
              return !error.message.includes('\n')
            })
          }
          const words = `${size.toLocaleString('en-US')} bytes`
          await damage(bytes.subarray(1), new RegExp(`expected ${words}`))
          await damage(Buffer.alloc(0), /has 0 bytes/)
          bytes[bytes.length >> 1] ^= 1
          await damage(bytes, /has MD5 [0-9a-f]{32}, expected [0-9a-f]{32}/)
        }
      }
    })
    assert.equal(server.requests.length, 0)
  })

  it('names a file it may not read', async (t) => {
    if (process.getuid?.() === 0) return t.skip('root may read everything')
    const { files } = await standIns('404')
    await inFolder(async (folder) => {
      const own = path.join(folder, 'fashion-mnist')
      await copySample(own)
      await chmod(path.join(own, files[0].name), 0)
      await assert.rejects(load(files, folder, { data: folder }), /train-images.*no permission \(EACCES\)/)
    })
  })
})
