import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import ts from 'typescript'
import { packageRoot } from '../../../src/platform/places'
import { labs } from '../../../src/apps/labs/make'
import { cellsOf, type Version } from '../../../src/apps/labs/master'
import { inTemporary } from '../../setup/prepareSupport'

const root = packageRoot()

/** All code of a lab as one module, as the kernel's type checker sees it cell by cell. */
const moduleOf = (lab: ReturnType<typeof labs>[number], version: Version): string =>
  cellsOf(lab.master, version)
    .filter(({ kind }) => kind === 'code')
    .map(({ source }) => source)
    .join('\n')

describe('the labs’ cells', () => {
  before(() => {
    execFileSync(process.execPath, [path.join(root, 'bin', 'lidvae.js'), '--only-build'], { stdio: 'pipe' })
  })

  it('have the right types, with stubs and solved', () =>
    inTemporary((folder) => {
      mkdirSync(path.join(folder, 'node_modules'))
      symlinkSync(root, path.join(folder, 'node_modules', 'lidvae'), 'junction')
      const files = labs().flatMap((lab) =>
        (['student', 'solution'] as const).map((version) => {
          const file = path.join(folder, `${lab.name}-${version}.ts`)
          writeFileSync(file, `${moduleOf(lab, version)}\nexport {}\n`)
          return file
        }),
      )
      const program = ts.createProgram(files, {
        module: ts.ModuleKind.ESNext,
        moduleResolution: ts.ModuleResolutionKind.Node10,
        target: ts.ScriptTarget.ES2022,
        types: [],
        strict: true,
        skipLibCheck: true,
        noEmit: true,
      })
      const problems = files.flatMap((file) =>
        ts.getPreEmitDiagnostics(program, program.getSourceFile(file)).map((one) => {
          const { line } = one.file!.getLineAndCharacterOfPosition(one.start!)
          return `${path.basename(file)}, line ${line + 1}: ${ts.flattenDiagnosticMessageText(one.messageText, ' ')}`
        }),
      )
      assert.deepEqual(problems, [])
    }))
})
