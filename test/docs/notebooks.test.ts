import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import ts from 'typescript'
import { problemsOf, type Cell } from '../../scripts/notebookRules'
import { notebooksIn } from '../../src/runner/run'
import { packageRoot } from '../../src/platform/places'

const root = packageRoot()
const notebooks = notebooksIn(path.join(root, 'notebooks')).map((file) => ({
  name: path.relative(path.join(root, 'notebooks'), file),
  cells: (
    JSON.parse(readFileSync(file, 'utf8')) as { cells: { cell_type: string; source: string[] }[] }
  ).cells.map(({ cell_type, source }): Cell => ({ kind: cell_type, source: source.join('') })),
}))

const codeOf = (cells: readonly Cell[]): string =>
  cells
    .filter(({ kind }) => kind === 'code')
    .map(({ source }) => source)
    .join('\n')

describe('the notebooks', () => {
  it('are many', () => assert.ok(notebooks.length > 20, `${notebooks.length}`))

  for (const { name, cells } of notebooks)
    it(`${name} keeps the rules of notebooks`, () => assert.deepEqual(problemsOf(cells), []))

  it('have the right types, each as one module, as the kernel sees them cell by cell', () => {
    const folder = path.join(root, 'out', 'test-notebooks')
    mkdirSync(folder, { recursive: true })
    try {
      const files = notebooks.map(({ name, cells }) => {
        const file = path.join(folder, `${name.replace(/\W/g, '-')}.ts`)
        writeFileSync(file, `${codeOf(cells)}\nexport {}\n`)
        return file
      })
      const program = ts.createProgram(files, {
        module: ts.ModuleKind.ESNext,
        moduleResolution: ts.ModuleResolutionKind.Node10,
        target: ts.ScriptTarget.ES2022,
        types: ['node'],
        strict: true,
        skipLibCheck: true,
        noEmit: true,
        esModuleInterop: true,
        resolveJsonModule: true,
        baseUrl: root,
        paths: { lidvae: ['src/index.ts'] },
      })
      const problems = files.flatMap((file) =>
        ts.getPreEmitDiagnostics(program, program.getSourceFile(file)).map((one) => {
          const { line } = one.file!.getLineAndCharacterOfPosition(one.start!)
          const text = one.file!.text.split('\n')[line].trim()
          return `${path.basename(file)}: ${text}: ${ts.flattenDiagnosticMessageText(one.messageText, ' ')}`
        }),
      )
      assert.deepEqual(problems, [])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('the rules of notebooks', () => {
  const refused: [string, Cell, RegExp][] = [
    ['long cells', { kind: 'code', source: 'a\n'.repeat(26) }, /has 27 lines, at most 25/],
    ['wide lines', { kind: 'code', source: `x = '${'y'.repeat(100)}'` }, /a line of 106 columns/],
    ['wide text', { kind: 'markdown', source: 'word '.repeat(30).trim() }, /a line of 149 columns/],
    ['files', { kind: 'code', source: "import * as fs from 'fs'" }, /uses files itself/],
    ['records read by hand', { kind: 'code', source: 'JSON.parse(text)' }, /parses files itself/],
    ['tables of strings', { kind: 'code', source: "'| a | b |\\n|---|---|\\n'" }, /builds a Markdown table/],
    ['types of records', { kind: 'code', source: 'interface Run {}' }, /declares a type of records/],
    ['checks by hand', { kind: 'code', source: "throw new Error('no')" }, /throws by hand/],
    ['densities in plain text', { kind: 'markdown', source: 'the posterior p(z|x) is' }, /"p\(z\|x\)"/],
    ['Greek letters', { kind: 'markdown', source: 'where μ is large' }, /"μ"/],
    ['norms', { kind: 'markdown', source: '‖z‖' }, /"‖"/],
    ['gradients', { kind: 'markdown', source: 'the gradient ∇f' }, /"∇"/],
    ['powers', { kind: 'markdown', source: 'w² is' }, /"²"/],
    ['inequalities', { kind: 'markdown', source: 'AU ≥ 0.9' }, /"≥ 0"/],
    ['LaTeX in headings', { kind: 'markdown', source: '## The role of $\\mu$' }, /in a heading/],
    ['assignments', { kind: 'markdown', source: 'at w = 0' }, /"w ="/],
  ]
  for (const [what, cell, message] of refused)
    it(`refuse ${what}`, () => {
      const problems = problemsOf([cell])
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(problems[0], message)
    })

  it('take typeset mathematics, names of methods, code and tables', () => {
    const source = [
      'The posterior $p(z \\mid x)$ of a β-VAE, `μ ≥ 0` and 1.57 ± 0.02.',
      '$$\\lVert z \\rVert \\ge 0$$',
      `| ${'wide '.repeat(30)} |`,
    ].join('\n\n')
    assert.deepEqual(problemsOf([{ kind: 'markdown', source }]), [])
  })
})
