import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { root } from '../package/publicApi'
import { serve, type Served } from './serve'

/** The site, built by the command and served below an address of its own. */
export interface Site extends Served {
  /** Its folder. */
  readonly folder: string
}

/** A notebook of these cells. */
export const notebookOf = (cells: readonly string[]): string =>
  JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: 'tslab', display_name: 'TypeScript', language: 'typescript' } },
    cells: cells.map((source, i) => ({
      id: `cell-${i}`,
      cell_type: 'code',
      execution_count: null,
      metadata: {},
      outputs: [],
      source,
    })),
  })

/** The site, and a folder in which a test may change things. */
async function builtSite(folder: string): Promise<string> {
  // `npm run test:browser` builds one for all its files.
  const built = process.env.LIDVAE_TEST_SITE
  const out = path.join(folder, 'site')
  if (built !== undefined) await cp(path.resolve(root, built), out, { recursive: true })
  else
    await promisify(execFile)(
      process.execPath,
      [path.join(root, 'bin', 'lidvae.js'), 'site', out, '--solutions'],
      { cwd: root },
    )
  return out
}

/**
 * Serves the site, with the labs' solutions, as a host of files does.
 *
 * @param notebooks further ones, by their name
 */
export async function servedSite(notebooks: Readonly<Record<string, string>> = {}): Promise<Site> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lidvae-site-'))
  const out = await builtSite(folder)
  const listing = path.join(out, 'api', 'contents', 'all.json')
  const files = JSON.parse(await readFile(listing, 'utf8')) as { content: { name: string; type: string }[] }
  const like = files.content.find(({ name }) => name === 'tour.ipynb')!
  for (const [name, text] of Object.entries(notebooks)) {
    await writeFile(path.join(out, 'files', name), text)
    files.content.push({ ...like, name, path: name } as typeof like)
  }
  await writeFile(listing, JSON.stringify(files))
  const served = await serve({ '/some/where/': out })
  return {
    ...served,
    url: `${served.url}some/where/`,
    folder: out,
    end: async () => {
      await served.end()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
