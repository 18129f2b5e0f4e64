import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { verifyData } from '../../src/data/catalog'
import type { DataSet } from '../../src/data/dataset'
import { checkFile } from '../../src/platform/files'
import { md5 } from '../../src/platform/hash'
import { samplePlace } from '../../src/data/folders'
import { loadOmniglot, omniglot, type OmniglotOptions } from '../../src/data/omniglot'
import { OMNIGLOT_FILES, OMNIGLOT_SAMPLE, OMNIGLOT_SAMPLE_FILES } from '../../src/data/omniglotFiles'
import { dataFolder, packageRoot } from '../../src/platform/places'
import { ArgumentError, DataError } from '../../src/base/errors'
import { near } from '../support/near'
import { Random } from '../support/random'
import { writeMat, type MatVariable } from './mat/matWriter'
import { Server } from './server'
import { inFolder, withEnvironment } from './temporary'
import { typescript } from '../support/child'

/** What SciPy reads in the file; see fixtures/data/omniglot_figures.py. */
interface Figures {
  shape: number[]
  labelCounts: number[]
  firstLabels: number[]
  lastLabels: number[]
  characters: number
  pixelSum: number
  firstImageSum: number
  lastImageSum: number
  image123Row14: number[]
  classPixelSums: number[]
}
const figures = JSON.parse(
  readFileSync(path.join(__dirname, '../fixtures/data/omniglot-figures.json'), 'utf8'),
) as Record<'train' | 'test', Figures> & { characters: number; firstTrainCharacters: number[] }
/** Of the file that the figures are of; the authors' own has another split. */
const OF_FIGURES = '4d9514a98891a616e3ea3a4c612eb091'

const sum = (x: ArrayLike<number>) => Array.from(x).reduce((a, b) => a + b, 0)

function agrees(data: DataSet, truth: Figures): void {
  assert.deepEqual([data.size, ...data.shape, data.values], [...truth.shape, 'intensity'])
  const labels = Array.from(data.labels ?? [])
  assert.deepEqual(
    truth.labelCounts.map((_, k) => labels.filter((label) => label === k).length),
    truth.labelCounts,
  )
  assert.deepEqual([labels.slice(0, 10), labels.slice(-10)], [truth.firstLabels, truth.lastLabels])
  near(
    [sum(data.x.subarray(0, 784)), sum(data.x.subarray(-784))],
    [truth.firstImageSum, truth.lastImageSum],
    1e-6,
  )
  near(data.x.subarray(123 * 784 + 14 * 28, 123 * 784 + 15 * 28), truth.image123Row14, 1e-7)
  const classSums = truth.classPixelSums.map(() => 0)
  data.x.forEach((value, i) => (classSums[labels[Math.floor(i / 784)]] += value))
  near(classSums, truth.classPixelSums, 1e-6)
  near([sum(classSums)], [truth.pixelSum], 1e-6)
}

describe('the Omniglot file of LIDVAE_DATA', () => {
  const folder = dataFolder()
  const present = async () => {
    const file =
      folder && (await readFile(path.join(folder, 'omniglot', 'chardata.mat')).catch(() => undefined))
    return file !== undefined && file !== '' && md5(file) === OF_FIGURES
  }

  it('is read as SciPy reads it, upright', async (t) => {
    if (!(await present())) return t.skip('the file that the figures are of is not in LIDVAE_DATA')
    const notes: string[] = []
    const { train, test, source, checksum } = await omniglot({ onNote: (line) => notes.push(line) })
    agrees(train, figures.train)
    agrees(test, figures.test)
    assert.deepEqual([source, checksum], ['LIDVAE_DATA', OF_FIGURES])
    assert.deepEqual(notes, ['Omniglot, from LIDVAE_DATA: 24,345 training and 8,070 test images'])
  })

  it('numbers the characters through all alphabets, alike in both parts', async (t) => {
    if (!(await present())) return t.skip('the file that the figures are of is not in LIDVAE_DATA')
    const { train, test } = await omniglot({ label: 'character', onNote: () => undefined })
    const distinct = (data: DataSet) => new Set(data.labels).size
    assert.deepEqual([distinct(train), distinct(test)], [figures.train.characters, figures.test.characters])
    assert.equal(train.labelNames?.length, figures.characters)
    assert.deepEqual(Array.from(train.labels?.subarray(0, 10) ?? []), figures.firstTrainCharacters)
  })

  it('is found by verify, which says that it has nothing to compare with', async (t) => {
    if (!(await present())) return t.skip('the file that the figures are of is not in LIDVAE_DATA')
    const row = await verifyData('omniglot')
    assert.deepEqual([row.found, row.source], [true, 'LIDVAE_DATA'])
    assert.equal(row.note, 'complete and not compared: no checksum is known, LIDVAE_DATA')
    assert.equal(row.files[0].checksum, OF_FIGURES)
  })
})

const COUNT = { train: 12, test: 5 }

/** A file laid out as the authors', of few images; ink only above the diagonal, so that upright is known. */
function small(change: (variables: MatVariable[]) => void = () => undefined): Buffer {
  const random = new Random(1)
  const part = (prefix: string, count: number): MatVariable[] => {
    const images = Array.from({ length: count * 784 }, (_, i) => {
      const [column, row] = [Math.floor((i % 784) / 28), i % 28]
      return row < column ? Math.fround(random.uniform()) : 0
    })
    const alphabets = Array.from({ length: count * 50 }, (_, i) =>
      i % 50 === (7 * Math.floor(i / 50)) % 50 ? 1 : 0,
    )
    const characters = Array.from({ length: count }, (_, i) => 1 + (i % 3))
    return [
      { name: `${prefix}data`, shape: [784, count], data: images },
      { name: `${prefix}target`, shape: [50, count], data: alphabets, type: 2 },
      { name: `${prefix}targetchar`, shape: [1, count], data: characters, type: 2 },
    ]
  }
  const variables = [...part('', COUNT.train), ...part('test', COUNT.test)]
  change(variables)
  return writeMat(variables)
}

const running: Server[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()))
})

/** Loads with a cache of the test's own, and hears the notes. */
async function load(folder: string, options: OmniglotOptions & { files?: typeof OMNIGLOT_FILES } = {}) {
  const { files = OMNIGLOT_FILES, ...rest } = options
  const notes: string[] = []
  const result = await withEnvironment({ LIDVAE_CACHE: folder, LIDVAE_DATA: undefined }, () =>
    loadOmniglot({ onProgress: () => undefined, onNote: (line) => notes.push(line), ...rest }, files, {
      pause: 5,
    }),
  )
  return { ...result, notes }
}

async function put(folder: string, bytes: Buffer): Promise<string> {
  const place = path.join(folder, 'data', 'omniglot')
  await mkdir(place, { recursive: true })
  await writeFile(path.join(place, 'chardata.mat'), bytes)
  return place
}

describe('the embedded sample of Omniglot', () => {
  const sample = (options: OmniglotOptions = {}) =>
    inFolder((folder) => load(folder, { download: false, ...options }))

  it('is small, sound and described: sizes, checksums, licence', async () => {
    const { folder } = samplePlace(OMNIGLOT_SAMPLE)
    const readme = await readFile(path.join(folder, 'README.md'), 'utf8')
    let total = 0
    for (const file of OMNIGLOT_SAMPLE_FILES) {
      assert.equal((await checkFile(folder, file)).problem, undefined)
      const row = new RegExp(`${file.name}.*${file.size.toLocaleString('en-US')} \\| ${file.md5}`)
      assert.match(readme, row)
      total += file.size
    }
    assert.ok(total <= 250_000)
    assert.match(await readFile(path.join(folder, 'LICENSE'), 'utf8'), /MIT License.*2015 Brenden Lake/s)
  })

  it('serves where nothing else is there, and says so', async () => {
    const { train, test, source, notes } = await sample()
    assert.deepEqual(
      [train.size, test.size, source, train.source],
      [1400, 400, 'embedded sample', 'embedded sample'],
    )
    assert.deepEqual(notes, [
      'Omniglot, embedded sample only: 1,400 training and 400 test images (not on this machine, download: false)',
    ])
    for (const [part, each] of [
      [train, 28],
      [test, 8],
    ] as const) {
      const counts = new Array<number>(50).fill(0)
      part.labels?.forEach((label) => counts[label]++)
      assert.deepEqual(new Set(counts), new Set([each]))
      assert.ok(part.x.every((value) => value >= 0 && value <= 1))
    }
    const more = await sample({ train: 5000, test: 100, label: 'character' })
    assert.match(more.notes[0], /1,400 \(of 5,000 asked for\) training and 100 test images/)
    assert.match(more.train.labelNames?.[more.train.labels?.[0] ?? 0] ?? '', /^alphabet \d+, character \d+$/)
  })

  it('is what the committed script draws from the whole, byte for byte', async (t) => {
    const whole = path.join(dataFolder() ?? '', 'omniglot', 'chardata.mat')
    const bytes = dataFolder() && (await readFile(whole).catch(() => undefined))
    if (!bytes || md5(bytes) !== OF_FIGURES)
      return t.skip('the file that it was drawn from is not in LIDVAE_DATA')
    await inFolder(async (out) => {
      const script = path.join(packageRoot(), 'scripts', 'make-omniglot-sample.ts')
      const { status, stderr } = spawnSync(process.execPath, [...typescript, script, whole, out])
      assert.equal(status, 0, String(stderr))
      const { folder } = samplePlace(OMNIGLOT_SAMPLE)
      for (const { name } of OMNIGLOT_SAMPLE_FILES)
        assert.ok(
          (await readFile(path.join(out, name))).equals(await readFile(path.join(folder, name))),
          name,
        )
      const [all, drawn] = [await omniglot({ onNote: () => undefined }), await sample()]
      for (const part of ['train', 'test'] as const) {
        const images = new Set(imagesOf(all[part]))
        assert.ok(imagesOf(drawn[part]).every((image) => images.has(image)))
      }
    })
  })
})

const imagesOf = ({ x, labels }: DataSet) =>
  Array.from(
    labels ?? [],
    (label, i) => `${label} ${md5(new Uint8Array(x.slice(i * 784, (i + 1) * 784).buffer))}`,
  )

describe('omniglot', () => {
  it('reads images upright with their alphabets, the first ones or a seeded choice', () =>
    inFolder(async (folder) => {
      await put(folder, small())
      const { train, test, source, notes } = await load(folder)
      assert.deepEqual([train.size, test.size, source], [12, 5, 'cache'])
      assert.deepEqual(notes, ['Omniglot, from the cache: 12 training and 5 test images'])
      assert.deepEqual(Array.from(train.labels ?? []), [0, 7, 14, 21, 28, 35, 42, 49, 6, 13, 20, 27])
      // Above the diagonal: a row has ink to the right.
      const [below, above] = [
        train.x.filter((_, i) => Math.floor((i % 784) / 28) >= i % 28),
        train.x.filter((_, i) => Math.floor((i % 784) / 28) < i % 28),
      ]
      assert.ok(below.every((v) => v === 0) && sum(above) > 0.4 * above.length)
      const first = await load(folder, { train: 3 })
      assert.deepEqual(first.train.x, train.take(3).x)
      const [one, again, two] = [
        await load(folder, { seed: 1, train: 6 }),
        await load(folder, { seed: 1, train: 6 }),
        await load(folder, { seed: 2, train: 6 }),
      ]
      assert.deepEqual(one.train.labels, again.train.labels)
      assert.notDeepEqual(one.train.labels, two.train.labels)
      assert.deepEqual([one.train.size, one.test.size], [6, 5])
    }))

  it('numbers characters by alphabet and number', () =>
    inFolder(async (folder) => {
      await put(folder, small())
      const { train } = await load(folder, { label: 'character' })
      const names = Array.from(train.labels ?? [], (label) => train.labelNames?.[label])
      assert.deepEqual(names.slice(0, 4), [
        'alphabet 0, character 1',
        'alphabet 7, character 2',
        'alphabet 14, character 3',
        'alphabet 21, character 1',
      ])
    }))

  it('downloads once, records the checksum that was never published, and compares with it afterwards', () =>
    inFolder(async (folder) => {
      const bytes = small()
      const server = await Server.start(bytes)
      running.push(server)
      const files = [{ ...OMNIGLOT_FILES[0], urls: [server.url('chardata.mat')] }]
      assert.equal((await load(folder, { files })).train.size, 12)
      assert.equal((await load(folder, { files })).checksum, md5(bytes))
      assert.equal(server.requests.length, 1)
      const place = path.join(folder, 'data', 'omniglot')
      assert.deepEqual((await readdir(place)).sort(), ['chardata.mat', 'chardata.mat.md5'])
      assert.equal(
        await readFile(path.join(place, 'chardata.mat.md5'), 'utf8'),
        `${md5(bytes)}  chardata.mat\n`,
      )
      await withEnvironment({ LIDVAE_CACHE: folder, LIDVAE_DATA: undefined }, async () => {
        const row = await verifyData('omniglot')
        assert.equal(row.note, 'complete and as recorded at its download: no checksum was published, cache')
      })
      bytes[300] ^= 1
      await put(folder, bytes)
      await assert.rejects(
        load(folder, { files }),
        /chardata\.mat is damaged: it has MD5 .*, expected .* Run: npx lidvae data fetch omniglot$/,
      )
    }))

  it('takes no page for the file, and says what to put where', () =>
    inFolder(async (folder) => {
      const server = await Server.start(Buffer.from('<html>moved</html>'.repeat(20)))
      running.push(server)
      const files = [{ ...OMNIGLOT_FILES[0], urls: [server.url('chardata.mat')] }]
      const place = path.join(folder, 'data', 'omniglot')
      await assert.rejects(load(folder, { files, download: true }), (error) => {
        assert.ok(error instanceof DataError)
        assert.match(error.message, /sent a file that does not begin with 'MATLAB 5\.0 MAT-file'/)
        assert.ok(
          error.message.includes(`put these into ${place} by hand: chardata.mat, from `),
          error.message,
        )
        return true
      })
      assert.deepEqual(await readdir(place), [])
      const { source, notes } = await load(folder, { files })
      assert.equal(source, 'embedded sample')
      assert.equal(notes.length, 1)
      assert.match(
        notes[0],
        /^Omniglot, embedded sample only: 1,400 training and 400 test images \(download failed: 127[\d.:]+: sent a file/,
      )
    }))

  it('names what in the file does not fit', () =>
    inFolder(async (folder) => {
      const is = async (
        wanted: RegExp,
        change: (variables: MatVariable[]) => void,
        options: OmniglotOptions = {},
      ) => {
        await put(folder, small(change))
        await assert.rejects(load(folder, options), (error) => {
          assert.ok(error instanceof DataError, String(error))
          assert.match(error.message, wanted)
          assert.match(
            error.message,
            /^.*chardata\.mat: .*Delete it, then run: npx lidvae data fetch omniglot$/,
          )
          return true
        })
      }
      await is(/has no variable testdata/, (v) => v.splice(3, 1))
      await is(/has data of 392 × 24, expected 784 × images/, (v) => (v[0].shape = [392, 24]))
      await is(/has 6 labels for 12 images/, (v) => {
        v[1] = { ...v[1], shape: [50, 6], data: (v[1].data as number[]).slice(0, 300) }
      })
      await is(/has no single 1 in column 1 of target/, (v) => ((v[1].data as number[])[0] = 0))
      await is(/has the intensity 1\.5 in data, expected 0 to 1/, (v) => ((v[0].data as number[])[5] = 1.5))
      await is(/has the character 0 in targetchar/, (v) => ((v[2].data as number[])[5] = 0), {
        label: 'character',
      })
    }))

  it('refuses counts, seeds and labels that are none', async () => {
    await assert.rejects(
      omniglot({ train: 0 }),
      /^ArgumentError: `omniglot\(\{ train \}\)` must be .*, got 0/,
    )
    await assert.rejects(omniglot({ seed: 0.5 }), ArgumentError)
    await assert.rejects(
      omniglot({ label: 'letter' as never }),
      /must be 'alphabet' or 'character', got 'letter'/,
    )
  })
})
