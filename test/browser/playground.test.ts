import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { unzipSync } from 'fflate'
import * as lid from '../../src'
import { launchChromium, onSite } from './onSite'

describe('the playground', () => {
  const its = onSite(launchChromium)

  const open = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const page = await its.browser.newPage(options)
    page.setDefaultTimeout(120_000)
    page.on('request', its.onRequest)
    page.on('pageerror', its.onError)
    await page.goto(its.site.url)
    return page
  }
  const waitFor = (page: Page, kind: string, part: string, wanted: RegExp): Promise<void> =>
    page.locator(`#${kind} ${part}`, { hasText: wanted }).waitFor()
  const moving = (page: Page): Promise<unknown> =>
    Promise.all(['plain', 'identifiable'].map((kind) => waitFor(page, kind, '.numbers', /step [1-9]\d* of/)))

  it('shows the plain model lose its classes and the identifiable one keep them', async () => {
    const page = await open()
    await moving(page)
    await waitFor(page, 'plain', '.verdict', /w has collapsed/)
    await waitFor(page, 'identifiable', '.verdict', /w is used/)
    const pixels = await page.evaluate(`[...document.querySelectorAll('#identifiable canvas')].map((one) =>
      one.getContext('2d').getImageData(0, 0, one.width, one.height).data.filter((v, i) => i % 4 === 3 && v > 0).length)`)
    assert.ok(
      (pixels as number[]).every((count) => count > 100),
      'each canvas is drawn on',
    )

    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Go on' }).waitFor()
    // The epoch under way ends.
    await page.waitForTimeout(1500)
    const [before] = await page.locator('#plain .numbers').allInnerTexts()
    await page.waitForTimeout(1500)
    assert.deepEqual(await page.locator('#plain .numbers').allInnerTexts(), [before])
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.waitForFunction(
      `document.querySelector('#plain .numbers').innerText !== ${JSON.stringify(before)}`,
    )

    // By keys alone: a dear KL loses everything.
    await page.locator('input[name=beta]').focus()
    await page.keyboard.press('End')
    assert.equal(
      await page.locator('label', { hasText: 'Price of the KL' }).locator('output').innerText(),
      '3',
    )
    await page.locator('input[name=sigma]').focus()
    await page.keyboard.press('End')
    await waitFor(page, 'plain', '.verdict', /Everything collapsed/)
    await page.close()
  })

  it('trains on the visitor’s own points, put by keys, and on pictures', async () => {
    const page = await open({
      colorScheme: 'dark',
      reducedMotion: 'reduce',
      viewport: { width: 390, height: 844 },
    })
    await page.getByLabel('My own points').check()
    await page.locator('#clear').click()
    await page.locator('#editor').focus()
    for (const keys of ['ArrowLeft', 'ArrowRight'])
      for (let i = 0; i < 8; i++) await page.keyboard.press(i === 7 ? 'Enter' : keys)
    await page.locator('#train').click()
    await moving(page)
    await page.getByLabel('Pictures of clothes').check()
    await page.locator('figcaption', { hasText: 'What each value of w draws' }).first().waitFor()
    await waitFor(page, 'plain', '.numbers', /fit −[34]\d\d/)
    const wide = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    assert.equal(wide, 0, 'nothing is wider than a phone')
    await page.close()
  })

  it('moves z of a decoder, and exchanges models with Node', async () => {
    await lid.ready({ engine: 'wasm', quiet: true })
    const folder = await mkdtemp(path.join(tmpdir(), 'lidvae-play-'))
    const page = await open()
    await moving(page)
    await page.getByRole('button', { name: 'Pause' }).click()

    await page.locator('#plain summary').click()
    const decoder = page.locator('#plain .decoder')
    await decoder.locator('input').first().waitFor()
    assert.equal(await decoder.locator('input').count(), 2)
    const picture = (): Promise<string> =>
      page.evaluate(`document.querySelector('#plain .decoder canvas').toDataURL()`)
    const changes = async (act: () => Promise<void>): Promise<void> => {
      const before = await picture()
      await act()
      await page.waitForFunction(
        `document.querySelector('#plain .decoder canvas').toDataURL() !== ${JSON.stringify(before)}`,
      )
    }
    await changes(() => decoder.locator('input').first().press('End'))
    await changes(() => decoder.getByText('draw z from the prior').click())

    // What Node finds in the model of the page is what the page finds in that of Node.
    const { test } = lid.data.pinwheel({ train: 1000, test: 400, seed: 1 })
    const numbers = async (model: lid.Model): Promise<RegExp> => {
      const found = await lid.evaluate(model, test, { samples: 5, priorSamples: 1 })
      const { z, w } = lid.kl(found)
      const elbo = lid.elbo(found).value
      const two = (value: number): string => value.toFixed(2).replace('-', '−')
      const price = z.value + w.value
      return new RegExp(
        `step ${model.steps} of ${model.steps}: fit ${two(elbo + price)}, price ${two(price)}, ELBO ${two(elbo)};`,
      )
    }
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('#identifiable .save').click(),
    ])
    assert.equal(download.suggestedFilename(), 'lidvae-identifiable.zip')
    const archive = path.join(folder, 'model.zip')
    await download.saveAs(archive)
    const files = unzipSync(await readFile(archive))
    assert.deepEqual(Object.keys(files).sort(), ['model.json', 'weights.safetensors'])
    for (const [name, bytes] of Object.entries(files)) await writeFile(path.join(folder, name), bytes)
    const trained = lid.load(folder)
    assert.ok(trained.kind === 'lidmvae' && trained.steps > 0)
    await page.locator('#plain .load').setInputFiles(archive)
    await waitFor(page, 'plain', '.numbers', await numbers(trained))

    const made = lid.gmvae({ likelihood: lid.gaussian(2), latent: 2, components: 3, hidden: 8, seed: 5 })
    const there = lid.save(made, path.join(folder, 'node'))
    const both = ['model.json', 'weights.safetensors'].map((name) => path.join(there, name))
    await page.locator('#identifiable .load').setInputFiles(both)
    await waitFor(page, 'identifiable', '.numbers', await numbers(made))

    await page.locator('#plain .load').setInputFiles([both[0]])
    await waitFor(page, 'plain', '.verdict', /weights\.safetensors is missing/)
    for (const model of [trained, made]) model.dispose()
    await rm(folder, { recursive: true })
    await page.close()
  })

  it('asks no foreign host, and throws nothing', () => its.isClean())
})
