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
  const withImports = (...added: (readonly [string, string, ...unknown[]])[]) => {
    const files = added.map(([file]) => path.join(copy, 'src', file))
    const texts = files.map((file) => readFileSync(file, 'utf8'))
    files.forEach((file, i) => writeFileSync(file, `${added[i][1]}\n${texts[i]}`))
    try {
      return lint()
    } finally {
      files.forEach((file, i) => writeFileSync(file, texts[i]))
    }
  }
  const withImport = (file: string, line: string) => withImports([file, line])

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

  it("forbid Node's modules and packages outside the rooms where Node is at home", () => {
    const forbidden: [string, string, string][] = [
      ['models/save.ts', "import 'node:fs'", 'node-in-its-rooms'],
      ['training/fit.ts', "import type { Stats } from 'fs'", 'node-in-its-rooms'],
      ['data/idx.ts', "import type { Dispatcher } from 'undici'", 'packages-for-node-in-their-rooms'],
      ['display/show.ts', "void import('@resvg/resvg-js')", 'packages-for-node-in-their-rooms'],
      ['compute/step.ts', "import './native/threads'", 'native-engine-by-one-door'],
    ]
    const { status, stdout } = withImports(...forbidden)
    assert.notEqual(status, 0)
    for (const [file, , rule] of forbidden)
      assert.ok(stdout.includes(`error ${rule}: src/${file} → `), `${rule}, ${file}: ${stdout}`)
    const line = "import 'node:os'\nimport type {} from 'undici'"
    const allowed = ['platform/hash.ts', 'compute/native/threads.ts', 'apps/cli/doctor.ts']
    const there = withImports(...allowed.map((file) => [file, line] as const))
    assert.equal(there.status, 0, there.stdout)
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
