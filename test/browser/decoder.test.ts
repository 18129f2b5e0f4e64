import assert from 'node:assert/strict'
import { createReadStream, existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { chromium as driver, type Browser, type Page } from 'playwright-core'
import * as lid from '../../src'
import { chromium } from './lab'

/** Hands out the files of a folder, as `python3 -m http.server` does. */
async function serve(folder: string): Promise<{ server: Server; address: string }> {
  const server = createServer((request, response) => {
    // Below a folder, as on most servers: what the page asks for at the root is not there.
    const [, name] = /^\/some\/where\/([\w.]*)$/.exec(request.url ?? '') ?? []
    const file = path.join(folder, name || 'index.html')
    if (name === undefined || !existsSync(file)) {
      response.writeHead(404).end()
      return
    }
    const types: Record<string, string> = {
      '.html': 'text/html',
      '.js': 'text/javascript',
      '.json': 'application/json',
    }
    response.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream' })
    createReadStream(file).pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/where/` }
}

interface Picture {
  width: number
  height: number
  /** Red, green, blue and opacity of each pixel. */
  pixels: number[]
}

/** What the page has drawn. As text: this file knows nothing of documents. */
const picture = (page: Page) =>
  page.evaluate<Picture>(`(() => {
    const { width, height } = document.querySelector('canvas')
    const { data } = document.querySelector('canvas').getContext('2d').getImageData(0, 0, width, height)
    return { width, height, pixels: Array.from(data) }
  })()`)

/** Where the sliders stand, by unit. */
async function codeOf(page: Page, latent: number): Promise<Float32Array> {
  const code = new Float32Array(latent)
  for (const label of await page.locator('.sliders label').all())
    code[Number(/z (\d)/.exec(await label.innerText())![1])] = Number(
      await label.locator('input').inputValue(),
    )
  return code
}

describe('an exported decoder in a page', () => {
  let folder: string
  let server: Server
  let browser: Browser
  let address: string
  let model: lid.Model
  let test: lid.DataSet
  before(async () => {
    assert.ok(chromium(), 'no Chromium: install it (Debian: apt install chromium), or set LIDVAE_CHROMIUM')
    await lid.ready({ quiet: true })
    const data = await lid.data.fashionMnist({
      train: 400,
      test: 20,
      download: false,
      onNote: () => undefined,
    })
    test = data.test
    model = lid.lidvae({ likelihood: lid.bernoulli(784), latent: 4, hidden: 32, seed: 1 })
    await lid.fit(model, data.train, { epochs: 3, verbose: false })
    folder = await mkdtemp(path.join(tmpdir(), 'lidvae-decoder-'))
    await lid.exportDecoder(model, folder, { data: test, title: 'Clothes' })
    const served = await serve(folder)
    server = served.server
    address = served.address
    browser = await driver.launch({ executablePath: chromium(), args: ['--no-sandbox'] })
  })
  after(async () => {
    await browser?.close()
    server?.close()
    model?.dispose()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  it('draws what the model decodes, and another image for another z', async () => {
    const page = await browser.newPage()
    page.setDefaultTimeout(60_000)
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(address)
    await page.locator('#message', { hasText: 'decoded in this page' }).waitFor()
    assert.equal(await page.title(), 'Clothes')
    assert.equal(await page.locator('input[type=range]').count(), 4)

    // The code of the first data point, as the page rounds it.
    await page.locator('select').selectOption({ index: 1 })
    const code = await codeOf(page, 4)
    const { mean } = await lid.encode(model, test.take(1))
    code.forEach((value, unit) =>
      assert.ok(Math.abs(value - mean[unit]) < 0.01 * Math.max(1, Math.abs(mean[unit]))),
    )
    const expected = await lid.decode(model, code)
    const first = await picture(page)
    assert.deepEqual([first.width, first.height], [28, 28])
    // 1 is black: grey levels of 256, and half a level of rounding.
    expected.forEach((value, i) => {
      const grey = first.pixels[4 * i]
      assert.ok(Math.abs(grey - 255 * (1 - value)) <= 1, `pixel ${i}: ${grey}, expected ${255 * (1 - value)}`)
      assert.deepEqual(first.pixels.slice(4 * i + 1, 4 * i + 4), [grey, grey, 255])
    })
    const darkest = Math.min(...first.pixels)
    assert.ok(darkest < 120 && Math.max(...first.pixels) > 230, 'an image, not a plane of grey')

    const slider = page.locator('input[type=range]').first()
    await slider.focus()
    await slider.press('End')
    const second = await picture(page)
    const moved = second.pixels.filter((value, i) => Math.abs(value - first.pixels[i]) > 8).length
    assert.ok(moved > 150, `${moved} numbers of the picture moved with the first slider`)
    await page.getByText('draw z from the prior').click()
    assert.notDeepEqual((await picture(page)).pixels, second.pixels)
    assert.deepEqual(problems, [])
    await page.close()
  })

  it('says what to do where it was opened from the disk', async () => {
    const page = await browser.newPage()
    await page.goto(`file://${path.join(folder, 'index.html')}`)
    await page.locator('#message', { hasText: 'python3 -m http.server' }).waitFor()
    await page.close()
  })
})
