import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { layersTable } from '../../scripts/layers'
import { root } from './publicApi'

/** What lint says of the imports in a copy of the sources, in which these lines stand before a file's first. */
describe('the layers of src', () => {
  let copy = ''
  before(() => {
    copy = mkdtempSync(path.join(tmpdir(), 'lidvae-layers-'))
    for (const one of ['src', 'tsconfig.json', 'package.json', '.dependency-cruiser.cjs'])
      cpSync(path.join(root, one), path.join(copy, one), { recursive: true })
    symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'junction')
  })
  after(() => rmSync(copy, { recursive: true, force: true }))

  const lint = () => {
    const tool = path.join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs')
    const { status, stdout } = spawnSync(process.execPath, [tool, 'src'], { cwd: copy, encoding: 'utf8' })
    return { status, stdout }
  }
  const withImport = (file: string, line: string) => {
    const whole = path.join(copy, 'src', file)
    const text = readFileSync(whole, 'utf8')
    writeFileSync(whole, `${line}\n${text}`)
    try {
      return lint()
    } finally {
      writeFileSync(whole, text)
    }
  }

  it('are respected', () => {
    const { status, stdout } = lint()
    assert.equal(status, 0, stdout)
  })

  it('forbid an import from a room above, of a value and of a type', () => {
    for (const line of [
      "import '../training/fit'",
      "export type { FitOptions } from '../training/options'",
    ]) {
      const { status, stdout } = withImport('layers/dense.ts', line)
      assert.notEqual(status, 0)
      assert.match(stdout, /down-from-layers: src\/layers\/dense\.ts → src\/training/)
    }
  })

  it('forbid a cycle of values between two files of a room', () => {
    const { status, stdout } = withImport('layers/fullRank.ts', "import './realNvp'\nimport './dense'")
    assert.equal(status, 0, stdout)
    const cycle = withImport('layers/dense.ts', "import './realNvp'")
    assert.notEqual(cycle.status, 0)
    assert.match(cycle.stdout, /no-cycle/)
  })

  it('forbid a folder without a place', () => {
    cpSync(path.join(copy, 'src', 'layers'), path.join(copy, 'src', 'attic'), { recursive: true })
    try {
      assert.match(lint().stdout, /a-room-of-its-own/)
    } finally {
      rmSync(path.join(copy, 'src', 'attic'), { recursive: true })
    }
  })

  it('are shown in CONTRIBUTING as they are', () => {
    const page = readFileSync(path.join(root, 'CONTRIBUTING.md'), 'utf8')
    assert.ok(page.includes(layersTable()), 'npm run layers writes the table of CONTRIBUTING.md anew')
  })
})
