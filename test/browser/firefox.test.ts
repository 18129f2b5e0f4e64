import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, it } from 'node:test'
// Playwright drives a Firefox of its own only; Puppeteer speaks WebDriver BiDi with Debian's.
import { launch, type Page } from 'puppeteer-core'
import { errorsIn, execute, isIdle, marks, NONE_RUNS, printed, readCells } from './inPage'
import { onSite } from './onSite'

const firefox = [process.env.LIDVAE_FIREFOX, '/usr/bin/firefox-esr', '/usr/bin/firefox'].find(
  (file) => file !== undefined && existsSync(file),
)
const missing =
  firefox === undefined && 'no Firefox: install it (Debian: apt install firefox-esr), or set LIDVAE_FIREFOX'

describe('the site in Firefox', { skip: missing }, () => {
  const its = onSite(() => launch({ browser: 'firefox', executablePath: firefox, protocolTimeout: 240_000 }))

  const open = async (path: string): Promise<Page> => {
    const page = await its.browser.newPage()
    await page.setViewport({ width: 1300, height: 1000 })
    page.setDefaultTimeout(240_000)
    page.on('request', its.onRequest)
    page.on('pageerror', its.onError)
    await page.goto(`${its.site.url}${path}`)
    return page
  }

  it('runs lab 1: every check is true', async () => {
    const page = await open('notebooks/index.html?path=labs/solutions/1-ppca.ipynb')
    await page.waitForSelector('.jp-Notebook')
    await page.waitForFunction(isIdle)
    await page.evaluate(execute, 'notebook:run-all-cells')
    await page.waitForFunction(NONE_RUNS, { polling: 300 })
    await page.waitForFunction(isIdle)
    const cells = await page.evaluate(readCells)
    assert.deepEqual(errorsIn(cells), [])
    assert.ok(
      cells.every(({ count }) => count !== null),
      'every cell ran',
    )
    const text = cells.map(printed).join('\n')
    assert.ok(marks(text) >= 3 && !text.includes('✗'), text)
    await page.close()
  })

  it('trains the models of the playground', async () => {
    const page = await open('')
    const told = (kind: string, words: string): Promise<unknown> =>
      page.waitForFunction(`document.querySelector('#${kind} .verdict').innerText.includes('${words}')`)
    await told('plain', 'w has collapsed')
    await told('identifiable', 'w is used')
    await page.close()
  })

  it('asks no foreign host, and throws nothing', () => its.isClean())
})
