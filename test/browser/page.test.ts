import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile, readFile, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { chromium as driver, type Browser, type Page } from 'playwright-core'
import * as lid from '../../src'
import type * as edition from '../../src/browser'
import { root } from '../package/publicApi'
import { chromium } from './lab'
import { serve, type Served } from './serve'

/** Trains a model for 200 steps and saves it into `folder`; the same text runs in Node and in the page. */
const TRAIN = `
  // Made here: which Fashion-MNIST there is depends on the machine.
  const x = Float32Array.from({ length: 200 * 784 }, (_, i) => Number((i * 7919 + (i % 784) ** 2) % 11 < 3))
  const train = new lid.DataSet({ name: 'images', x, shape: [28, 28], values: 'binary', source: 'made here' })
  const texts = lid.data.syntheticText({ train: 50, validation: 10, test: 10, tokens: 40, length: 5, seed: 1 })
  const size = { likelihood: lid.bernoulli(784), latent: 4, hidden: 16, seed: 1 }
  const mixture = { ...size, components: 3 }
  const model = {
    vae: () => lid.vae(size),
    lidvae: () => lid.lidvae(size),
    gmvae: () => lid.gmvae(mixture),
    lidmvae: () => lid.lidmvae(mixture),
    text: () => lid.svae({ vocabulary: texts.train.vocabulary, latent: 2, hidden: 8, embedding: 4, seed: 1 }),
  }[kind]()
  const data = kind === 'text' ? texts.train : train
  const batchSize = 10
  const epochs = Math.ceil(200 / Math.ceil(data.size / batchSize))
  const history = await lid.fit(model, data, { epochs, batchSize, seed: 1, verbose: false })
  lid.save(model, folder + '/' + kind)
  const last = history.rows[history.rows.length - 1]
  model.dispose()
  return [last.step, last.loss]
`
const KINDS = ['vae', 'lidvae', 'gmvae', 'lidmvae', 'text']

interface InPage {
  lid: typeof edition
}

type Train = (library: object, kind: string, folder: string) => Promise<[number, number]>
// eslint-disable-next-line @typescript-eslint/no-implied-eval
const inNode = new Function('lid', 'kind', 'folder', `return (async () => {${TRAIN}})()`) as Train

/** The blocks of code of the page on browsers. */
const blocks = [
  ...readFileSync(path.join(root, 'docs', 'browser.md'), 'utf8').matchAll(/```(\w+)\n([^]*?)```/g),
]
const block = (language: string): string => blocks.find(([, found]) => found === language)![2]

describe('the library in a page', () => {
  let browser: Browser
  let served: Served
  let page: Page
  const problems: string[] = []
  const foreign: string[] = []
  before(async () => {
    const empty = `<!doctype html><title>empty</title><script type="module">
      window.lid = await import('/lidvae/dist/browser/lidvae.js')
    </script>`
    served = await serve({ '/lidvae/': root }, { '/empty.html': empty, '/plain.html': block('html') })
    browser = await driver.launch({ executablePath: chromium(), args: ['--no-sandbox'] })
    page = await browser.newPage()
    page.setDefaultTimeout(120_000)
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('request', (request) => {
      if (!request.url().startsWith(served.url) && !/^(data|blob):/.test(request.url()))
        foreign.push(request.url())
    })
  })
  after(async () => {
    await browser?.close()
    await served?.end()
  })

  it('trains, judges and draws, as the page on browsers shows', async () => {
    await page.goto(`${served.url}plain.html`)
    await page.locator('#chart svg').waitFor()
    assert.match(await page.locator('#verdict').innerText(), /z: healthy[^]*w: /)
  })

  it('trains in Observable, as that page shows', async () => {
    await page.goto(`${served.url}empty.html`)
    await page.waitForFunction('window.lid')
    const code = block('js').replace('https://example.org/', served.url)
    const drawn = await page.evaluate(async (text) => {
      const shown: { innerHTML: string }[] = []
      // eslint-disable-next-line @typescript-eslint/no-implied-eval
      const run = new Function('display', `return (async () => {${text}})()`) as (
        display: (one: { innerHTML: string }) => void,
      ) => Promise<void>
      await run((one) => shown.push(one))
      return shown.map(({ innerHTML }) => innerHTML.slice(0, 4))
    }, code)
    assert.deepEqual(drawn, ['<svg'])
  })

  it('has the weights of Node’s WebAssembly after 200 steps, to the bit', async () => {
    await lid.ready({ engine: 'wasm', quiet: true })
    const folder = await mkdtemp(path.join(tmpdir(), 'lidvae-page-'))
    await page.goto(`${served.url}empty.html`)
    await page.waitForFunction('window.lid')
    for (const kind of KINDS) {
      const here = await inNode(lid, kind, folder)
      const there = await page.evaluate(
        async ({ text, kind }) => {
          const { lid } = globalThis as unknown as InPage
          await lid.start()
          // eslint-disable-next-line @typescript-eslint/no-implied-eval
          const train = new Function('lid', 'kind', 'folder', `return (async () => {${text}})()`) as Train
          const result = await train(lid, kind, 'models')
          return { result, weights: [...lid.files.read(`models/${kind}/weights.safetensors`)] }
        },
        { text: TRAIN, kind },
      )
      assert.equal(here[0], 200, kind)
      assert.deepEqual(there.result, here, kind)
      const weights = await readFile(path.join(folder, kind, 'weights.safetensors'))
      assert.ok(weights.equals(Buffer.from(there.weights)), `the weights of ${kind}`)
    }
    await rm(folder, { recursive: true })
  })

  it('exchanges models with Node', async () => {
    await lid.ready({ engine: 'wasm', quiet: true })
    const folder = await mkdtemp(path.join(tmpdir(), 'lidvae-page-'))
    const names = ['model.json', 'weights.safetensors']
    const made = lid.lidvae({ likelihood: lid.gaussian(2), latent: 2, hidden: 4, seed: 3 })
    lid.save(made, path.join(folder, 'from-node'))
    const sent = await Promise.all(
      names.map(async (name) => [...(await readFile(path.join(folder, 'from-node', name)))]),
    )
    const back = await page.evaluate(
      async ({ names, sent }) => {
        const { lid } = globalThis as unknown as InPage
        names.forEach((name, i) => lid.files.write(`models/a/${name}`, Uint8Array.from(sent[i])))
        const model = lid.load('models/a')
        const mean = await lid.decode(model, Float32Array.of(0.5, -1))
        lid.save(model, 'models/b')
        return { mean: [...mean], files: names.map((name) => [...lid.files.read(`models/b/${name}`)]) }
      },
      { names, sent },
    )
    assert.deepEqual(back.mean, [...(await lid.decode(made, Float32Array.of(0.5, -1)))])
    await mkdir(path.join(folder, 'from-page'))
    await Promise.all(
      names.map((name, i) => writeFile(path.join(folder, 'from-page', name), Buffer.from(back.files[i]))),
    )
    const again = lid.load(path.join(folder, 'from-page'))
    assert.deepEqual(
      await lid.decode(again, Float32Array.of(0.5, -1)),
      await lid.decode(made, Float32Array.of(0.5, -1)),
    )
    await rm(folder, { recursive: true })
  })

  it('refuses by name what a browser cannot do', async () => {
    const said = await page.evaluate(async () => {
      const { lid } = globalThis as unknown as InPage
      const model = lid.vae({ likelihood: lid.gaussian(2), latent: 1, hidden: 2, seed: 1 })
      const tries: (() => unknown)[] = [
        () => lid.ready({ engine: 'native' }),
        () => lid.data.fashionMnist({ download: true }),
        () => lid.exportDecoder(model, 'out'),
        () => lid.pretrained('pinwheel-plain'),
        () => lid.save(lid.plots.training({ rows: [] }), 'a.png'),
        () => lid.start({ packs: ['nothing'] }),
      ]
      const said: string[] = []
      for (const one of tries)
        try {
          await one()
          said.push('nothing')
        } catch (error) {
          said.push((error as Error).message)
        }
      return said
    })
    const wanted = [
      /engine 'native' is not part of this edition/,
      /a browser downloads no data sets/,
      /not part of the edition for browsers/,
      /pack 'labs', which is not loaded/,
      /./,
      /no pack 'nothing'/,
    ]
    wanted.forEach((one, i) => assert.match(said[i], one))
  })

  it('asks no foreign host, and throws nothing', () => {
    assert.deepEqual(foreign, [])
    assert.deepEqual(problems, [])
  })
})
