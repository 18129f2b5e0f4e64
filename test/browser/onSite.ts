import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { chromium as driver, type Browser } from 'playwright-core'
import { chromium } from './lab'
import { servedSite, type Site } from './siteBuilt'

/** The site in a browser, from the first test of a suite to its last. */
export interface OnSite<B> {
  readonly site: Site
  readonly browser: B
  /** Hears what a page asks for, as `page.on('request', …)`: other hosts are noted. */
  readonly onRequest: (request: { url(): string }) => void
  /** Hears what a page throws, as `page.on('pageerror', …)`. */
  readonly onError: (error: unknown) => void
  /** Fails if other hosts were asked, or something was thrown. */
  isClean(): void
}

/**
 * Serves the site and starts a browser before the tests of a suite, and ends both after them.
 *
 * @param launch starts the browser
 * @param notebooks further ones of the site, by their name
 */
export function onSite<B extends { close(): Promise<void> }>(
  launch: () => Promise<B>,
  notebooks: Readonly<Record<string, string>> = {},
): OnSite<B> {
  let site: Site | undefined
  let browser: B | undefined
  const foreign: string[] = []
  const problems: string[] = []
  before(async () => {
    site = await servedSite(notebooks)
    browser = await launch()
  })
  after(async () => {
    await browser?.close()
    await site?.end()
  })
  return {
    get site() {
      return site!
    },
    get browser() {
      return browser!
    },
    onError: (error) => void problems.push(String(error)),
    onRequest: (request) => {
      if (!request.url().startsWith(site!.url) && /^(http|ws)/.test(request.url()))
        foreign.push(request.url())
    },
    isClean: () => {
      assert.deepEqual(foreign, [])
      assert.deepEqual(problems, [])
    },
  }
}

/** Chromium on this machine. */
export const launchChromium = (): Promise<Browser> =>
  driver.launch({ executablePath: chromium(), args: ['--no-sandbox'] })
