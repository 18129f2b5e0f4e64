/**
 * Formats the code cells of every notebook as Prettier formats the sources: `--check` only says which are not.
 * The saved outputs stay, since layout changes none of them. The labs' notebooks are made from masters, which Prettier formats itself.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { format, resolveConfig } from 'prettier'
import { everyNotebook } from '../src/apps/cli/run'
import { packageRoot } from '../src/platform/places'

interface Notebook {
  cells: { cell_type: string; source: string[] }[]
}

const check = process.argv.includes('--check')

async function formatted(file: string): Promise<boolean> {
  const options = await resolveConfig(path.join(packageRoot(), 'src', 'index.ts'))
  const notebook = JSON.parse(readFileSync(file, 'utf8')) as Notebook
  let same = true
  for (const cell of notebook.cells.filter(({ cell_type }) => cell_type === 'code')) {
    const source = cell.source.join('')
    const better = (await format(source, { ...options, parser: 'typescript' })).trimEnd()
    if (better === source) continue
    same = false
    // A line each, with its end, as Jupyter saves them.
    cell.source = better.split(/(?<=\n)/)
  }
  if (!same && !check) writeFileSync(file, `${JSON.stringify(notebook, null, 1)}\n`)
  return same
}

async function main(): Promise<void> {
  const files = everyNotebook().filter((file) => !file.includes(`${path.sep}labs${path.sep}`))
  const others: string[] = []
  for (const file of files) if (!(await formatted(file))) others.push(path.relative(packageRoot(), file))
  if (others.length === 0) return console.log('the code in all notebooks is formatted')
  console.log(`${check ? 'not formatted' : 'formatted'}: ${others.join(', ')}`)
  if (check) process.exitCode = 1
}

void main()
