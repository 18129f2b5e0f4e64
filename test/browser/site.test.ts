import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import * as lid from '../../src'
import { errorsIn, marks, printed } from './inPage'
import { launchChromium, onSite } from './onSite'
import { notebookOf } from './siteBuilt'
import { SitePage } from './sitePage'

const PROBE = notebookOf([
  "import * as lid from 'lidvae'\nawait lid.ready()\nconst { train } = lid.data.pinwheel({ train: 400, seed: 1 })\nlet count = 1",
  'enum Kind { One = 1, Two }\nfunction next(by: number): number { count += by; return count }\nconst [a, { b }] = [1, { b: 2 }] as const\nKind.Two',
  'next(2); next(3); count + a + b',
  'const model = lid.vae({ likelihood: lid.gaussian(2), latent: 2, hidden: 8, seed: 1 })\nlid.bernouli(2)',
  'const model = lid.vae({ likelihood: lid.gaussian(2), latent: 2, hidden: 8, seed: 1 })\nconst history = await lid.fit(model, train, { epochs: 4000, batchSize: 50, seed: 1 })\nconsole.log(history.stopped, model.steps > 0)',
  "lid.save(model, 'models/first')\nlid.save(lid.plots.training(history), 'chart.json')",
  'await lid.fit(model, train, { epochs: -1 })',
  "console.log('begun')\nwhile (true) count++",
  'lid.plots.tr',
  'lid.fit',
  "const again = (await import('lidvae')).load('models/first')\nagain.kind",
  'console.log(String(await lid.decode(again, Float32Array.of(0.5, -1))))',
  "console.log(String(await lid.decode(lid.load('from-node'), Float32Array.of(0.5, -1))))",
])

const LABS = ['1-ppca', '2-measures', '3-collapse', '4-fixes', '5-brenier']

describe('the site', () => {
  const its = onSite(launchChromium, { 'probe.ipynb': PROBE })

  it('has at most 45 MB, and names no foreign host in its own files', () => {
    const files = readdirSync(its.site.folder, { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    )
    const sizes = files.map((one) => statSync(path.join(one.parentPath, one.name)).size)
    const sum = sizes.reduce((a, b) => a + b)
    assert.ok(sum < 45e6, `${sum} bytes`)
    assert.equal(
      readFileSync(path.join(its.site.folder, 'jupyter-lite.json'), 'utf8').includes('http'),
      false,
    )
    for (const name of ['tour.ipynb', 'labs/1-ppca.ipynb'])
      assert.doesNotMatch(readFileSync(path.join(its.site.folder, 'files', name), 'utf8'), /image\/png/)
  })

  const lab = async (name: string): Promise<void> => {
    const one = await SitePage.open(its, name)
    const cells = await one.runAll()
    assert.deepEqual(errorsIn(cells), [])
    assert.ok(
      cells.every(({ count }) => count !== null),
      'every cell ran',
    )
    const text = cells.map(printed).join('\n')
    assert.ok(marks(text) >= 3 && !text.includes('✗'), text)
    assert.match(text, /WebAssembly engine/)
    const heap = await one.heap()
    assert.ok(heap < 250e6, `${heap} bytes`)
    console.log(`${name}: ${(heap / 1e6).toFixed(0)} MB of heap`)
    await one.page.close()
  }

  // The later ones train for half a minute and more.
  const labs = process.env.LIDVAE_TEST_FULL ? LABS : LABS.slice(0, 2)
  const many = labs.map((one) => `labs/solutions/${one}.ipynb`)
  if (process.env.LIDVAE_TEST_FULL) many.push('tour.ipynb')
  for (const name of many) it(`runs ${name}: every check is true`, () => lab(name))

  it('checks types, completes, explains, stops, restarts, saves and downloads', async () => {
    const one = await SitePage.open(its, 'probe.ipynb')
    const { page } = one

    // At once, whether the compiler has come or not.
    const first = await one.run(0)
    assert.match(printed(first), /WebAssembly engine/)
    await one.compilerReady()
    // As dark as the visitor's system is.
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme })
      await page
        .locator(`body[data-jp-theme-light="${colorScheme === 'light'}"]`)
        .waitFor({ state: 'attached' })
    }
    assert.deepEqual(errorsIn([await one.run(1)]), [])
    const value = await one.run(2)
    assert.equal(
      (value.outputs[0].data as Record<string, string>)['text/plain'],
      '9',
      'a variable that a function changed',
    )

    const wrong = errorsIn([await one.run(3)]).join()
    assert.match(
      wrong,
      /line 2:\n {4}lid\.bernouli\(2\)[^]*'bernouli' does not exist[^]*Did you mean 'bernoulli'/,
    )

    await one.select(4)
    await page.keyboard.press('Shift+Enter')
    await page.locator('progress').waitFor()
    const chart = page.locator('.vega-embed canvas, .vega-embed svg').first()
    await chart.waitFor()
    await one.command('notebook:interrupt-kernel')
    await one.idle()
    const stopped = (await one.cells())[4]
    assert.match(printed(stopped), /true true/, 'the model can be used')

    await one.run(5)
    // Copied when nothing has been written for a moment.
    await one.becomes(async () => (await one.files('models/first')).length === 2)
    await one.becomes(async () => (await one.files('')).includes('chart.json'))
    assert.deepEqual(await one.files('models/first'), [
      'models/first/model.json',
      'models/first/weights.safetensors',
    ])

    const mistake = errorsIn([await one.run(6)]).join()
    assert.match(mistake, /line 1:\n {4}await lid\.fit/)
    assert.match(mistake, /`epochs` must be .*, got -1/)
    assert.doesNotMatch(mistake, / at /)

    await one.select(8)
    await page.keyboard.press('Tab')
    const offer = page.locator('.jp-Completer-item', { hasText: 'training' }).first()
    await offer.waitFor()
    await page.keyboard.press('Escape')
    await one.select(9)
    await page.keyboard.press('Shift+Tab')
    const documentation = page.locator('.jp-Tooltip')
    await documentation.waitFor()
    assert.match(await documentation.innerText(), /Trains a model by gradient ascent on the ELBO/)
    await page.keyboard.press('Escape')

    // Stopped while it is compiled, a cell does not begin.
    await one.hold()
    await one.begin(7)
    await one.running()
    await one.command('notebook:interrupt-kernel')
    await one.release()
    await one.idle()
    const early = (await one.cells())[7]
    assert.match(errorsIn([early]).join(), /this cell was stopped/)
    assert.equal(printed(early), '')

    // An endless loop hears nothing: the second Stop offers a restart.
    await one.begin(7)
    await one.becomes(async () => printed((await one.cells())[7]).includes('begun'))
    await one.command('notebook:interrupt-kernel')
    await one.shows('.Toastify__toast', 'does not hear Stop')
    await one.command('notebook:interrupt-kernel')
    await one.shows('.jp-Dialog .jp-mod-accept', 'Restart').then((button) => button.click())
    await one.idle()
    assert.deepEqual(errorsIn([await one.run(0)]), [])

    await one.select(2)
    await page.keyboard.type(' // mine')
    await one.command('docmanager:save')
    const [download] = await Promise.all([page.waitForEvent('download'), one.command('docmanager:download')])
    assert.equal(download.suggestedFilename(), 'probe.ipynb')
    assert.match(await readFile(await download.path(), 'utf8'), /count \+ a \+ b \/\/ mine/)

    await one.goTo('probe.ipynb')
    assert.match((await one.cells())[2].source, /\/\/ mine/, 'an edit is there after a reload')
    assert.deepEqual(errorsIn([await one.run(0), await one.run(10)]), [], 'and so is a saved model')

    // A model of Node among the notebook's files, and that of the notebook in Node.
    await lid.ready({ engine: 'wasm', quiet: true })
    const folder = await mkdtemp(path.join(tmpdir(), 'lidvae-site-'))
    await one.download('models/first', folder)
    const trained = lid.load(folder)
    const means = async (model: lid.Model): Promise<string> =>
      String(await lid.decode(model, Float32Array.of(0.5, -1)))
    const said = async (index: number): Promise<string> => printed(await one.run(index)).trim()
    assert.equal(await said(11), await means(trained))
    const made = lid.lidvae({ likelihood: lid.gaussian(3), latent: 2, hidden: 4, seed: 3 })
    lid.save(made, folder)
    await one.upload(folder, 'from-node')
    assert.equal(await said(12), await means(made))
    await rm(folder, { recursive: true })

    await page.close()
  })

  it('opens in the whole JupyterLab too', async () => {
    const one = await SitePage.open(its, 'labs/1-ppca.ipynb', 'lab')
    assert.match(printed(await one.run(0)), /log p\(0\) = -1\.2655/)
    await one.page.close()
  })

  it('asks no foreign host, and throws nothing', () => its.isClean())
})
