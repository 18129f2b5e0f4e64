// The notebooks of the site, and what JupyterLite reads about them.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root } from '../../scripts/browser/build.mjs'

/**
 * Notebooks that run in a browser. Of `explore` those that ran to their ends in a tab in some three minutes,
 * every check true.
 */
export const NOTEBOOKS = [
  'tour.ipynb',
  ...['1-ppca', '2-measures', '3-collapse', '4-fixes', '5-brenier'].map((name) => `labs/${name}.ipynb`),
  ...['counts', 'data', 'identifiability', 'latent', 'own'].map((name) => `explore/${name}.ipynb`),
]

const TIME = new Date().toISOString()

/** A notebook without outputs. */
function blank(file) {
  const notebook = JSON.parse(readFileSync(file, 'utf8'))
  for (const cell of notebook.cells)
    if (cell.cell_type === 'code') {
      Object.assign(cell, { outputs: [], execution_count: null })
      // Else the page calls the notebook "not trusted", in its corner; a server of Jupyter judges by itself.
      cell.metadata = { ...cell.metadata, trusted: true }
    }
  return `${JSON.stringify(notebook, null, 1)}\n`
}

const model = (name, place, type, size) => ({
  name,
  path: place,
  type,
  format: null,
  mimetype: null,
  content: null,
  created: TIME,
  last_modified: TIME,
  writable: true,
  hash: null,
  hash_algorithm: null,
  size,
})

/** Lists a folder and those in it, in `api/contents`. */
function listFolder(out, folder) {
  const content = readdirSync(path.join(out, 'files', folder), { withFileTypes: true }).map((entry) => {
    const place = path.posix.join(folder, entry.name)
    if (entry.isDirectory()) {
      listFolder(out, place)
      return model(entry.name, place, 'directory', null)
    }
    const { size } = statSync(path.join(out, 'files', place))
    return model(entry.name, place, entry.name.endsWith('.ipynb') ? 'notebook' : 'file', size)
  })
  const api = path.join(out, 'api', 'contents', folder)
  mkdirSync(api, { recursive: true })
  const listing = { ...model(path.basename(folder), folder, 'directory', null), format: 'json', content }
  writeFileSync(path.join(api, 'all.json'), JSON.stringify(listing))
}

/** Puts notebooks, without outputs, into the site. */
export function writeContents(out, withSolutions) {
  const solutions = NOTEBOOKS.filter((name) => name.startsWith('labs/')).map((name) =>
    name.replace('labs/', 'labs/solutions/'),
  )
  for (const name of withSolutions ? [...NOTEBOOKS, ...solutions] : NOTEBOOKS) {
    const file = path.join(out, 'files', name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, blank(path.join(root, 'notebooks', name)))
  }
  listFolder(out, '')
}
