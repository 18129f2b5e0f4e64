// npm run docs: a site out of the doc comments (TypeDoc), the pages of docs and the notebooks, in the folder
// site. Fails where a link leads nowhere, and where a page asks another host.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import escapeHtml from 'escape-html'
import { formulaStyle, setFormulas } from '../src/runner/formulas'
import { jupyterFolder, jupyterState, pythonIn } from '../src/setup/jupyter'
import { deadSiteLinks, notebookWords } from './links'
import { foreignParts, linkToPages, shareParts } from './sitePages'

const root = path.join(__dirname, '..')
const site = path.join(root, 'site')
process.chdir(root)

interface Page {
  /** Within the folder of notebooks, without its ending. */
  name: string
  title: string
  words: string
  picture?: string
  executed: boolean
}

function run(command: string, parameters: readonly string[]): void {
  const { status } = spawnSync(command, parameters, { stdio: 'inherit' })
  if (status !== 0) throw new Error(`${path.basename(command)} failed`)
}

interface Cell {
  cell_type: string
  outputs?: { data?: Record<string, string | string[]> }[]
}
const cellsOf = (file: string): Cell[] => (JSON.parse(readFileSync(file, 'utf8')) as { cells: Cell[] }).cells
const isExecuted = (file: string): boolean => cellsOf(file).some(({ outputs }) => (outputs?.length ?? 0) > 0)

/** The first chart of a notebook, as a data address. */
function pictureOf(file: string): string | undefined {
  const charts = cellsOf(file).flatMap(({ outputs = [] }) =>
    outputs.flatMap(({ data }) => (data?.['image/svg+xml'] ? [[data['image/svg+xml']].flat().join('')] : [])),
  )
  // The last one is nearer to what the notebook is about than how the loss fell.
  const svg = charts.at(-1)
  return svg && `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`
}

/**
 * Every notebook as a page; one that is kept without its figures is taken from out, where `npm run notebooks`
 * leaves it.
 */
function notebookPages(): Page[] {
  const folder = path.join(root, 'notebooks')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(
      (name) =>
        name.endsWith('.ipynb') &&
        !/(^|[\\/])(out|node_modules|\.ipynb_checkpoints|masters|solutions)[\\/]/.test(name),
    )
    .sort((a, b) => a.split(path.sep).length - b.split(path.sep).length || a.localeCompare(b, 'en'))
  return files.map((file) => {
    const kept = path.join(folder, file)
    const ran = path.join(root, 'out', file)
    const source = !isExecuted(kept) && existsSync(ran) ? ran : kept
    const name = file.replace(/\.ipynb$/, '').replaceAll(path.sep, '/')
    const page = path.join(site, 'notebooks', `${name}.html`)
    mkdirSync(path.dirname(page), { recursive: true })
    run(pythonIn(jupyterFolder()), [path.join('src', 'runner', 'page.py'), source, page])
    setFormulas(page)
    const [title, words] = notebookWords(kept).split(/\n\n+/)
    return {
      name,
      title: title.replace(/^# /, ''),
      words: words.replace(/[*`]|\]\([^)]*\)|\[/g, ''),
      picture: pictureOf(source),
      executed: isExecuted(source),
    }
  })
}

const gallery = (pages: readonly Page[]): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>lidvae: notebooks</title>
<style>
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; margin: 24px auto; max-width: 1100px; padding: 0 16px }
main { display: grid; gap: 24px; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)) }
a.card { border: 1px solid GrayText; border-radius: 6px; color: inherit; padding: 12px; text-decoration: none }
a.card img { background: #fff; display: block; height: 170px; margin-bottom: 8px; object-fit: contain; width: 100% }
h2 { font-size: 16px; margin: 0 0 4px }
p { margin: 0 0 8px; overflow: hidden; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 5 }
small { color: GrayText }
</style></head>
<body>
<h1>Notebooks</h1>
<p><a href="../index.html">lidvae</a>: each as it ran, with its figures.</p>
<main>
${pages
  .map(
    ({ name, title, words, picture, executed }) =>
      `<a class="card" href="${name}.html">${picture ? `<img alt="" src="${picture}">` : ''}<h2>${escapeHtml(title)}</h2><p>${escapeHtml(words)}</p><small>notebooks/${name}.ipynb${executed ? '' : ', without figures: npm run notebooks makes them'}</small></a>`,
  )
  .join('\n')}
</main>
</body>
</html>
`

function main(): void {
  if (!jupyterState().ready) throw new Error('the notebooks need the project’s Jupyter: run npx lidvae setup')
  rmSync(site, { recursive: true, force: true })
  run(process.execPath, [path.join('node_modules', 'typedoc', 'bin', 'typedoc')])
  const notebooks = notebookPages()
  writeFileSync(path.join(site, 'notebooks', 'index.html'), gallery(notebooks))
  linkToPages(site, root)
  shareParts(site, formulaStyle())
  const dead = deadSiteLinks(site)
  for (const { page, link } of dead) console.error(`site/${page}: ${link} leads nowhere`)
  const foreign = foreignParts(site)
  for (const { page, link } of foreign) console.error(`site/${page}: asks ${link}`)
  if (dead.length + foreign.length > 0) process.exitCode = 1
  console.log(`${path.join(site, 'index.html')}: ${notebooks.length} notebooks, ${dead.length} dead links`)
}

main()
