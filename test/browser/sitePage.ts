import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import type { OnSite } from './onSite'
import {
  begin,
  execute,
  holdCompiler,
  isIdle,
  isRunning,
  NONE_RUNS,
  readCells,
  STORY,
  type Lite,
  type SeenCell,
} from './inPage'

/** The files of a saved model. */
const MODEL = ['model.json', 'weights.safetensors']

/** A notebook of the site in a browser. */
export class SitePage {
  private constructor(
    readonly page: Page,
    private readonly base: string,
  ) {}

  static async open(its: OnSite<Browser>, notebook: string, app = 'notebooks'): Promise<SitePage> {
    const page = await its.browser.newPage({ viewport: { width: 1300, height: 1000 } })
    page.setDefaultTimeout(240_000)
    page.on('request', its.onRequest)
    page.on('pageerror', its.onError)
    const made = new SitePage(page, its.site.url)
    await made.goTo(notebook, app)
    return made
  }

  async goTo(notebook: string, app = 'notebooks'): Promise<void> {
    await this.page.goto(`${this.base}${app}/index.html?path=${encodeURIComponent(notebook)}`)
    await this.page.locator('.jp-Notebook').waitFor()
    await this.idle()
  }

  /** Waits until the kernel has nothing to do. */
  async idle(): Promise<void> {
    await this.page.waitForFunction(isIdle)
  }

  /** Waits until the kernel has begun a cell, and hears Stop for it. */
  async running(): Promise<void> {
    await this.page.waitForFunction(isRunning)
  }

  /** Waits for the worker that checks types. */
  async compilerReady(): Promise<void> {
    await this.page.waitForFunction(
      () => (globalThis as unknown as { lidvaeLite: Lite }).lidvaeLite.compiler.isReady,
    )
  }

  command(name: string): Promise<void> {
    return this.page.evaluate(execute, name)
  }

  /** Makes a code cell, counted from 0, active, with the cursor at its end; its place among all cells. */
  select(index: number): Promise<number> {
    return this.page.evaluate(async (i) => {
      const { content } = (globalThis as unknown as { lidvaeLite: Lite }).lidvaeLite.app.shell.currentWidget!
      const all = content.model.toJSON().cells
      const at = all.findIndex(
        (_, k) => all.slice(0, k + 1).filter((one) => one.cell_type === 'code').length === i + 1,
      )
      await content.scrollToItem(at)
      content.activeCellIndex = at
      content.deselectAll()
      const lines = content.model.cells.get(at).sharedModel.source.split('\n')
      const last = lines[lines.length - 1]
      content.activeCell.editor.focus()
      content.activeCell.editor.setCursorPosition({ line: lines.length - 1, column: last.length })
      return at
    }, index)
  }

  /** Runs a cell; resolves when it has ended. */
  async run(index: number): Promise<SeenCell> {
    await this.select(index)
    await this.command('notebook:run-cell').catch(() => undefined)
    await this.idle()
    return (await this.cells())[index]
  }

  /** Runs a cell, without waiting for its end. */
  async begin(index: number): Promise<void> {
    await this.page.evaluate(begin, await this.select(index))
  }

  /** Holds what is compiled from now on back until `release`. */
  async hold(): Promise<void> {
    await this.page.evaluate(holdCompiler)
  }

  async release(): Promise<void> {
    await this.page.evaluate(() => (globalThis as unknown as { lidvaeLite: Lite }).lidvaeLite.release!())
  }

  /** Waits for what the page shows; an error says what it showed instead. */
  async shows(selector: string, hasText: string): Promise<Locator> {
    const one = this.page.locator(selector, { hasText }).first()
    await one.waitFor({ timeout: 60_000 }).catch(async (error: unknown) => {
      throw new Error(`${(error as Error).message}\n${await this.page.evaluate<string>(STORY)}`)
    })
    return one
  }

  /** Waits until something is so. */
  async becomes(condition: () => Promise<boolean>): Promise<void> {
    for (let i = 0; !(await condition()); i++) {
      if (i === 300) throw new Error(await this.page.evaluate<string>(STORY))
      await this.page.waitForTimeout(200)
    }
  }

  /** The code cells. */
  cells(): Promise<SeenCell[]> {
    return this.page.evaluate(readCells)
  }

  /** Runs all cells; resolves when the last has ended, or one has failed. */
  async runAll(): Promise<SeenCell[]> {
    await this.command('notebook:run-all-cells').catch(() => undefined)
    await this.page.waitForFunction(NONE_RUNS, undefined, { timeout: 900_000, polling: 300 })
    await this.idle()
    return this.cells()
  }

  /** Paths of all files of the file browser below a folder. */
  files(folder: string): Promise<string[]> {
    return this.page.evaluate(async (one) => {
      const { contents } = (globalThis as unknown as { lidvaeLite: Lite }).lidvaeLite.app.serviceManager
      const found = await contents.get(one, { content: true }).catch(() => undefined)
      return ((found?.content ?? []) as { path: string }[]).map(({ path }) => path).sort()
    }, folder)
  }

  /** Writes the files of a saved model in the file browser into a folder, as a download does. */
  async download(model: string, folder: string): Promise<void> {
    for (const name of MODEL) {
      const base64 = await this.page.evaluate(async (file) => {
        const { contents } = (globalThis as unknown as { lidvaeLite: Lite }).lidvaeLite.app.serviceManager
        const { content, format } = await contents.get(file, { content: true })
        return format === 'base64' ? String(content) : btoa(String(content))
      }, `${model}/${name}`)
      await writeFile(path.join(folder, name), Buffer.from(base64, 'base64'))
    }
  }

  /** Puts a saved model into a new folder of the file browser, as an upload does. */
  async upload(folder: string, model: string): Promise<void> {
    const files = await Promise.all(
      MODEL.map(async (name) => ({
        name,
        content: (await readFile(path.join(folder, name))).toString('base64'),
      })),
    )
    await this.page.evaluate(
      async ({ files, model }) => {
        const { contents } = (globalThis as unknown as { lidvaeLite: Lite }).lidvaeLite.app.serviceManager
        const made = await contents.newUntitled({ type: 'directory', path: '' })
        await contents.rename(made.path, model)
        for (const { name, content } of files)
          await contents.save(`${model}/${name}`, { type: 'file', format: 'base64', name, content })
      },
      { files, model },
    )
  }

  /** Bytes that live in the page's JavaScript after a collection. */
  async heap(): Promise<number> {
    const session = await this.page.context().newCDPSession(this.page)
    await session.send('HeapProfiler.collectGarbage')
    return (await session.send('Runtime.getHeapUsage')).usedSize
  }
}
