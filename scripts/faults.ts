// npm run faults: writes the table of docs/faults.md from the rows of faultRows.ts and from the tests that
// prove them. A test names its rows in a comment just before it: `// @fault disk-full`; one that only
// test:full runs says so: `// @fault node-down (full)`.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { faultRows } from './faultRows'

const root = path.join(__dirname, '..')
const page = path.join(root, 'docs', 'faults.md')
const BEGIN = '<!-- faults: made by npm run faults -->'
const END = '<!-- end of faults -->'

const FULL = / \(full\)$/

/** The tests' own calls, and those that run them on each engine. */
const CALLS = new Set(['it', 'describe', 'test', 'onEachEngine'])

const testFiles = (): string[] =>
  readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => path.join(root, 'test', file))

/** Where each fault is proved: the test files, by the fault's name, with ` (full)` behind those of test:full. */
export function proofs(files = testFiles()): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const file of files) {
    const text = readFileSync(file, 'utf8')
    if (!text.includes('@fault ')) continue
    const name = path.relative(root, file).split(path.sep).join('/')
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
    let tags = [...text.matchAll(/^ *\/\/ @fault /gm)].length
    const visit = (node: ts.Node): void => {
      if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
        const called = node.expression.expression.getText(source)
        const before = ts.getLeadingCommentRanges(text, node.getFullStart())?.at(-1)
        const tag = before && /^\/\/ @fault (.+)$/.exec(text.slice(before.pos, before.end))
        if (tag && CALLS.has(called)) {
          tags--
          const [, names, full] = /^(.*?)( \(full\))?$/.exec(tag[1].trim())!
          for (const fault of names.split(' '))
            found.set(fault, (found.get(fault) ?? new Set()).add(name + (full ?? '')))
        }
      }
      ts.forEachChild(node, visit)
    }
    visit(source)
    if (tags !== 0) throw new Error(`${name}: a comment @fault stands before no test`)
  }
  return found
}

/** The table; throws for a row that no test proves, and for a test of no row. */
export function faultsTable(found = proofs()): string {
  for (const name of found.keys())
    if (!(name in faultRows)) throw new Error(`@fault ${name}: there is no such row in faultRows.ts`)
  const lines = Object.entries(faultRows).map(([name, { fault, sees, kept }]) => {
    const files = found.get(name)
    if (!files) throw new Error(`no test proves the fault ${name}: put // @fault ${name} before one`)
    const tests = [...files].sort().map((found) => {
      const file = found.replace(FULL, '')
      const short = path.posix.relative('test', file).replace(/(\.slow|\.alone)?\.test\.ts$/, '')
      return `[${short}](../${file})${found === file ? '' : ' in `npm run test:full`'}`
    })
    return `| ${fault} | ${sees} | ${kept} | ${tests.join(', ')} |`
  })
  return ['| fault | what you see | what is kept | tests |', '| --- | --- | --- | --- |', ...lines].join('\n')
}

if (require.main === module) {
  const text = readFileSync(page, 'utf8')
  const [head, rest] = text.split(BEGIN)
  const [, tail] = rest.split(END)
  writeFileSync(page, `${head}${BEGIN}\n\n${faultsTable()}\n\n${END}${tail}`)
}
