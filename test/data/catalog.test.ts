import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { fetchData, fetchEntry, listData, locateFashionMnist, verifyData } from '../../src/data/catalog'
import { FASHION_FILES, FASHION_SAMPLE_FILES } from '../../src/data/fashionMnistFiles'
import type { PublishedRemoteFile } from '../../src/data/fetch'
import { samplePlace } from '../../src/data/folders'
import { dataFolder } from '../../src/platform/places'
import { ArgumentError } from '../../src/base/errors'
import { Server } from './server'
import { inFolder, withEnvironment } from './temporary'

const sampleFolder = samplePlace('fashion-mnist-sample').folder
const running: Server[] = []

/** A catalogue entry whose files are the sample's, at a local server. */
async function entry() {
  const server = await Server.start((name) => readFileSync(path.join(sampleFolder, name)))
  running.push(server)
  const files = FASHION_SAMPLE_FILES.map((file) => ({ ...file, urls: [server.url(file.name)] }))
  return {
    server,
    toy: { name: 'toy', files, sample: 'fashion-mnist-sample', sampleDescription: 'few images' },
  }
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((s) => s.stop()))
})

describe('the catalogue', () => {
  it('says that nothing is there, and what to do', async () => {
    await inFolder((folder) =>
      withEnvironment({ LIDVAE_CACHE: folder, LIDVAE_DATA: undefined }, async () => {
        const [row] = await listData()
        assert.equal(row.name, 'fashion-mnist')
        assert.deepEqual([row.found, row.source, row.folder], [false, 'embedded sample', sampleFolder])
        assert.equal(row.files.length, 4)
        assert.ok(row.files.every((file) => !file.ok && file.size === null && file.problem === 'missing'))
        assert.match(
          row.note,
          /^not on this machine: the embedded sample \(2,000 training and 1,000 test images\)/,
        )
        assert.equal(row.remedy, 'Run: npx lidvae data fetch fashion-mnist')
        assert.deepEqual(await locateFashionMnist(), row)
        assert.deepEqual(await readdir(folder), [], 'looking makes nothing')
      }),
    )
  })

  it('lists what nothing relies on as optional: no problem where it is absent', async () => {
    await inFolder((folder) =>
      withEnvironment({ LIDVAE_CACHE: folder, LIDVAE_DATA: undefined }, async () => {
        const row = (await listData()).find(({ name }) => name === 'omniglot')
        assert.deepEqual(
          [row?.found, row?.optional, row?.source, row?.note],
          [
            false,
            true,
            'embedded sample',
            'not on this machine: the embedded sample (1,400 training and 400 test drawings) is used instead',
          ],
        )
        assert.equal(row?.remedy, 'Run: npx lidvae data fetch omniglot')
        const yahoo = (await listData()).find(({ name }) => name === 'yahoo')
        assert.deepEqual(
          [yahoo?.found, yahoo?.optional, yahoo?.source, yahoo?.note],
          [false, true, 'cache', 'not on this machine'],
        )
        assert.equal(yahoo?.folder, path.join(folder, 'data', 'yahoo'))
      }),
    )
  })

  it('verifies the official files by size and MD5', async (t) => {
    if (dataFolder() === undefined) return t.skip('LIDVAE_DATA is not set: the official files are not here')
    const row = await verifyData('fashion-mnist')
    assert.deepEqual([row.found, row.source, row.remedy], [true, 'LIDVAE_DATA', undefined])
    assert.equal(row.folder, path.join(dataFolder() ?? '', 'fashion-mnist'))
    assert.deepEqual(row.files[3], {
      name: 't10k-labels-idx1-ubyte.gz',
      size: 5148,
      checksum: 'bb300cfdad3c16e7a12a480ee83cd310',
      ok: true,
    })
    assert.deepEqual(await fetchData('fashion-mnist'), row, 'what is there is not fetched')
  })

  it('fetches, verifies, tells damage, and fetches the damaged file again', async () => {
    const { server, toy } = await entry()
    await inFolder((folder) =>
      withEnvironment({ LIDVAE_CACHE: folder, LIDVAE_DATA: undefined }, async () => {
        const row = await fetchEntry(toy, {})
        assert.deepEqual([row.found, row.source, row.note], [true, 'cache', 'complete and verified, cache'])
        assert.equal(row.folder, path.join(folder, 'data', 'toy'))
        const labels = path.join(row.folder, 'train-labels-idx1-ubyte.gz')
        await writeFile(labels, 'x')
        server.manners = ['404']
        await assert.rejects(fetchEntry(toy, {}), /Could not download train-labels/)
        server.manners = ['good']
        const mended = await fetchEntry(toy, {})
        assert.deepEqual(mended, row)
        assert.deepEqual(server.requests.slice(4), [
          '/train-labels-idx1-ubyte.gz',
          '/train-labels-idx1-ubyte.gz',
        ])
      }),
    )
  })

  it('reports progress to a listener among the options too', async () => {
    const { toy } = await entry()
    const files = FASHION_FILES as PublishedRemoteFile[]
    const published = files.splice(0, Infinity, ...toy.files)
    try {
      for (const inOptions of [true, false])
        await inFolder((folder) =>
          withEnvironment({ LIDVAE_CACHE: folder, LIDVAE_DATA: undefined }, async () => {
            const seen = new Set<string>()
            const onProgress = ({ file }: { file: string }) => seen.add(file)
            await fetchData(
              'fashion-mnist',
              inOptions ? undefined : onProgress,
              inOptions ? { onProgress } : {},
            )
            assert.equal(seen.size, 4)
          }),
        )
    } finally {
      files.splice(0, Infinity, ...published)
    }
  })

  it('tells damage in LIDVAE_DATA, and does not hide it behind a sound cache', async () => {
    await inFolder((folder) =>
      withEnvironment({ LIDVAE_CACHE: folder, LIDVAE_DATA: folder }, async () => {
        const own = path.join(folder, 'fashion-mnist')
        await mkdir(own)
        for (const { name } of FASHION_SAMPLE_FILES)
          await copyFile(path.join(sampleFolder, name), path.join(own, name))
        const row = await verifyData('fashion-mnist')
        assert.deepEqual([row.found, row.source, row.folder], [false, 'LIDVAE_DATA', own])
        assert.match(
          row.note,
          /^damaged: train-images-idx3-ubyte\.gz has 891,356 bytes, expected 26,421,880 bytes; /,
        )
        assert.equal(row.remedy, 'Put the official file there, or unset LIDVAE_DATA.')
      }),
    )
  })

  it('says that LIDVAE_DATA, though set, does not serve', async () => {
    await inFolder((folder) =>
      withEnvironment({ LIDVAE_CACHE: folder, LIDVAE_DATA: path.join(folder, 'none') }, async () => {
        const { note } = await locateFashionMnist()
        const own = path.join(folder, 'none', 'fashion-mnist')
        assert.ok(
          note.startsWith(`LIDVAE_DATA is set, but ${own} does not have the files; not on this machine`),
          note,
        )
      }),
    )
  })

  it('knows its names', async () => {
    const wanted = (error: Error) =>
      error instanceof ArgumentError && /^data set must be 'fashion-mnist'.*, got 'mnist'/.test(error.message)
    await assert.rejects(verifyData('mnist'), wanted)
    await assert.rejects(fetchData('mnist'), wanted)
  })
})
