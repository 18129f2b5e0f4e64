import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { chromium as driver, type Browser, type Locator } from 'playwright-core'
import { jupyterState, kernelState } from '../../src/setup/jupyter'
import { chromium, startLab, type Lab } from './lab'
import { NotebookPage } from './notebookPage'

const missing =
  (chromium() === undefined &&
    'no Chromium: install it (Debian: apt install chromium), or set LIDVAE_CHROMIUM') ||
  (!(jupyterState().ready && kernelState().installed) &&
    'the project’s Jupyter is not prepared: run npx lidvae setup')

const file = path.join(__dirname, '..', '..', 'notebooks', 'tour.ipynb')

/** The text of the tour's first training. */
async function firstTraining(): Promise<string> {
  const { cells } = JSON.parse(await readFile(file, 'utf8')) as { cells: { source: string | string[] }[] }
  const texts = cells.map(({ source }) => [source].flat().join(''))
  const text = texts.find((each) => each.includes('lid.fit(plain, train, { epochs: passes,'))
  assert.ok(text, 'the tour’s first training is where it was')
  return text
}

/**
 * How often the picture of a chart changed until it had so often, or nothing went on; looked at three times a second.
 */
async function changes(chart: Locator, wanted: number, goesOn: () => Promise<boolean>): Promise<number> {
  const seen = new Set<string>()
  while (seen.size <= wanted && (await goesOn())) {
    // A chart that is being replaced has no picture.
    const now = await chart.screenshot({ timeout: 5000 }).catch(() => undefined)
    if (now) seen.add(now.toString('base64'))
    await new Promise((later) => setTimeout(later, 300))
  }
  return seen.size - 1
}

// A missing browser fails here: a run of these tests without one would say nothing.
describe('the tour in JupyterLab', () => {
  let lab: Lab
  let browser: Browser
  before(async () => {
    assert.equal(missing, false)
    lab = await startLab({ 'tour.ipynb': await readFile(file, 'utf8') })
    browser = await driver.launch({ executablePath: chromium(), args: ['--no-sandbox'] })
  })
  after(async () => {
    await browser?.close()
    await lab?.end()
  })

  it('moves, stops, goes on, explains, fails well, and runs again from the beginning', async () => {
    const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } })
    page.setDefaultTimeout(120_000)
    const tour = new NotebookPage(page)
    await tour.open(lab.url('tour.ipynb'))

    // At its own length the training could be over before Stop is pressed.
    const training = tour.codeWith('const plainHistory')
    const atItsLength = await firstTraining()
    await tour.rewrite(training, atItsLength.replace('epochs: passes', 'epochs: 40 * passes'))
    await tour.runAll()
    const chart = training.locator('.vega-embed canvas')
    await training.locator('.jp-InputPrompt').first().scrollIntoViewIfNeeded()
    await training.locator('progress').waitFor()
    await chart.waitFor()
    const goesOn = async (): Promise<boolean> => (await tour.prompt(training)) === '[*]:'
    assert.ok((await changes(chart, 5, goesOn)) >= 5)

    await tour.stop()
    await tour.ran(training)
    assert.match(await tour.output(training), /gmvae · stopped; the model can be used and trained further/)
    assert.equal(await training.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count(), 0)
    const last = tour.code.last()
    assert.equal(await tour.prompt(last), '[ ]:', 'the cells behind it were not run')

    const onIt = await tour.insertBelow(
      training,
      "const more = await lid.fit(plain, train, { epochs: 1 })\nconsole.log('stopped', plainHistory.stopped, 'then', more.rows.length, 'epoch,', plain.steps > 80)",
    )
    await tour.runHere()
    await tour.ran(onIt)
    assert.match(await tour.output(onIt), /gmvae · done · epoch 1 of 1[^]*stopped true then 1 epoch, true/)

    const box = (await chart.boundingBox())!
    await page.mouse.move(box.x + 0.3 * box.width, box.y + 0.3 * box.height, { steps: 4 })
    const tooltip = page.locator('#vg-tooltip-element.visible')
    await tooltip.waitFor()
    assert.match(
      (await tooltip.innerText()).replace(/\s+/g, ' '),
      /Loss:? (training|validation) epoch:? [\d.]+ nats per data point:? \d+/,
    )

    await tour.putCursorIn(onIt, 'fit')
    await page.keyboard.press('Shift+Tab')
    const documentation = page.locator('.jp-Tooltip')
    await documentation.waitFor()
    assert.match(await documentation.innerText(), /Trains a model by gradient ascent on the ELBO/)
    await page.keyboard.press('Escape')

    const wrong = await tour.insertBelow(onIt, 'await lid.fit(plain, train, { epochs: -1 })')
    await tour.runHere()
    await tour.ran(wrong)
    const error = await tour.output(wrong)
    assert.match(error, /line 1:/)
    assert.match(error, /`epochs` must be .*, got -1/)
    assert.doesNotMatch(error, /node_modules|node:internal/, 'no stack trace for a person’s mistake')

    await tour.remove(wrong)
    await tour.rewrite(training, atItsLength)
    await tour.restartAndRunAll()
    await tour.ran(last)
    const end = await tour.output(last)
    assert.equal(end.match(/^✓/gm)?.length, 4, end)
    assert.equal(await page.locator('[data-mime-type="application/vnd.jupyter.error"]').count(), 0)
    await page.locator('#jp-main-statusbar', { hasText: 'TypeScript | Idle' }).waitFor()
  })
})
