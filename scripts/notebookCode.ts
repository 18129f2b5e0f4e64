/**
 * Formats the cells of every notebook, code and text, with Prettier, at 100 columns: `--check` only says
 * which are not. Either way it fails where a cell breaks the rules of notebooks (length, width, typeset
 * mathematics, no files). The saved outputs stay, since layout changes none of them. The labs' notebooks are
 * made from masters, which are formatted the same way.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { format, resolveConfig } from 'prettier'
import { everyNotebook } from '../src/apps/cli/run'
import { packageRoot } from '../src/platform/places'
import { MOST_COLUMNS, problemsOf } from './notebookRules'

interface Notebook {
  cells: { cell_type: string; source: string[] }[]
}

const check = process.argv.includes('--check')

/**
 * Prettier must not break a line inside a formula: a line of Markdown that begins with a minus is an item of a list.
 */
const UNBREAKABLE = '\ue000'

async function better(kind: string, source: string): Promise<string> {
  const options = await resolveConfig(path.join(packageRoot(), 'src', 'index.ts'))
  const style = { ...options, printWidth: MOST_COLUMNS, proseWrap: 'always' } as const
  if (kind === 'code') return (await format(source, { ...style, parser: 'typescript' })).trimEnd()
  const held = source.replace(/\$\$[^]*?\$\$|(?<!\$)\$[^$`]+\$/g, (formula) =>
    formula.startsWith('$$') ? formula : formula.replace(/\s+/g, UNBREAKABLE),
  )
  return (await format(held, { ...style, parser: 'markdown' })).replaceAll(UNBREAKABLE, ' ').trimEnd()
}

/** True where a notebook was formatted already; otherwise, unless only checked, it is written anew. */
async function formatted(file: string, notebook: Notebook): Promise<boolean> {
  let same = true
  for (const cell of notebook.cells) {
    const source = cell.source.join('')
    const found = await better(cell.cell_type, source)
    if (found === source) continue
    same = false
    // A line each, with its end, as Jupyter saves them.
    cell.source = found.split(/(?<=\n)/)
  }
  if (!same && !check) writeFileSync(file, `${JSON.stringify(notebook, null, 1)}\n`)
  return same
}

/** The same for a lab's master, which is Markdown as a whole. */
async function formattedMaster(file: string): Promise<boolean> {
  const source = readFileSync(file, 'utf8')
  const found = `${await better('markdown', source)}\n`
  if (found !== source && !check) writeFileSync(file, found)
  return found === source
}

async function main(): Promise<void> {
  const others: string[] = []
  const problems: string[] = []
  const masters = path.join(packageRoot(), 'notebooks', 'labs', 'masters')
  for (const name of readdirSync(masters).filter((file) => /^\d.*\.md$/.test(file)))
    if (!(await formattedMaster(path.join(masters, name)))) others.push(name)
  for (const file of everyNotebook()) {
    const name = path.relative(packageRoot(), file)
    const notebook = JSON.parse(readFileSync(file, 'utf8')) as Notebook
    const made = file.includes(`${path.sep}labs${path.sep}`)
    if (!made && !(await formatted(file, notebook))) others.push(name)
    const cells = notebook.cells.map(({ cell_type, source }) => ({
      kind: cell_type,
      source: source.join(''),
    }))
    problems.push(...problemsOf(cells).map((problem) => `${name}: ${problem}`))
  }
  if (others.length > 0) console.log(`${check ? 'not formatted' : 'formatted'}: ${others.join(', ')}`)
  for (const problem of problems) console.log(problem)
  if (problems.length > 0 || (check && others.length > 0)) process.exitCode = 1
  else if (others.length === 0) console.log('all notebooks are formatted')
}

void main()
