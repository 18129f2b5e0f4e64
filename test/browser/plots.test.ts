import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { chromium as driver, type Browser, type Locator } from 'playwright-core'
import { examples } from '../plots/examples'
import { chromium, startLab, type Lab } from './lab'
import { NotebookPage } from './notebookPage'

const notebook = JSON.stringify({
  nbformat: 4,
  nbformat_minor: 5,
  metadata: { kernelspec: { name: 'tslab', display_name: 'TypeScript' } },
  cells: Object.entries(examples).map(([name, make], i) => ({
    id: `cell-${i}`,
    cell_type: 'code',
    execution_count: i + 1,
    metadata: {},
    source: `// the chart ${name} of ${i}`,
    outputs: [
      { output_type: 'display_data', metadata: {}, data: { 'application/vnd.vegalite.v5+json': make() } },
    ],
  })),
})

interface Canvas {
  width: number
  height: number
  clientWidth: number
  getContext(kind: string): {
    getImageData(x: number, y: number, width: number, height: number): { data: ArrayLike<number> }
  }
}

/** How many of a canvas's pixels have about this colour, and where the topmost is. */
const painted = (canvas: Locator, color: string): Promise<{ count: number; x: number; y: number }> =>
  canvas.evaluate((element, wanted) => {
    const picture = element as unknown as Canvas
    const { data } = picture.getContext('2d').getImageData(0, 0, picture.width, picture.height)
    const channels = [1, 3, 5].map((at) => parseInt(wanted.slice(at, at + 2), 16))
    const found: number[] = []
    for (let i = 0; i < data.length / 4; i++)
      if (channels.every((channel, k) => Math.abs(data[4 * i + k] - channel) < 8)) found.push(i)
    const scale = picture.clientWidth / picture.width
    const [top = 0] = found
    const [x, y] = [top % picture.width, Math.floor(top / picture.width)]
    return { count: found.length, x: x * scale, y: y * scale }
  }, color)

// JupyterLab draws with a Vega-Lite of its own, older than this package's.
describe('the charts in JupyterLab', () => {
  let lab: Lab
  let browser: Browser
  before(async () => {
    lab = await startLab({ 'plots.ipynb': notebook }, 'JupyterLab Dark')
    browser = await driver.launch({ executablePath: chromium(), args: ['--no-sandbox'] })
  })
  after(async () => {
    await browser?.close()
    await lab?.end()
  })

  it('are drawn, each of them, and a click in a legend fades the other models', async () => {
    const page = await browser.newPage({ viewport: { width: 1250, height: 1000 } })
    page.setDefaultTimeout(120_000)
    const charts = new NotebookPage(page)
    await charts.open(lab.url('plots.ipynb'))
    const broken: string[] = []
    for (const [i, name] of Object.keys(examples).entries()) {
      const cell = charts.codeWith(`// the chart ${name} of ${i}`)
      await cell.scrollIntoViewIfNeeded()
      await cell.locator('.vega-embed canvas, .jp-OutputArea-output .jp-mod-error, pre').first().waitFor()
      if ((await cell.locator('.vega-embed canvas').count()) !== 1) broken.push(await charts.output(cell))
    }
    assert.deepEqual(broken, [])

    const cell = charts.codeWith('// the chart training of')
    await cell.scrollIntoViewIfNeeded()
    const canvas = cell.locator('.vega-embed canvas')
    const plain = await painted(canvas, '#d55e00')
    const identifiable = await painted(canvas, '#0072b2')
    assert.ok(plain.count > 500 && identifiable.count > 500, `${plain.count}, ${identifiable.count} pixels`)
    // The legend stands above the panels.
    await canvas.click({ position: { x: plain.x + 2, y: plain.y + 1 } })
    await page.waitForTimeout(500)
    assert.ok((await painted(canvas, '#0072b2')).count < 0.3 * identifiable.count, 'the other has faded')
    assert.ok((await painted(canvas, '#d55e00')).count > 0.7 * plain.count, 'the chosen has not')
  })
})
