import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { packageRoot } from '../../src/platform/places'
import { isForStudents, runNotebook } from '../../src/runner/run'
import { jupyterEnvironment, jupyterFolder, jupyterState, pythonIn } from '../../src/setup/jupyter'
import { inTemporary } from '../setup/prepareSupport'

const COUNT = process.env.LIDVAE_TEST_FULL ? 10_000 : 200
const skip = !jupyterState().ready && 'the project’s Jupyter is not prepared: run npx lidvae setup'

interface Found {
  read: number
  refused: number
  wrong: unknown[]
  slowest: number
  megabytes: number
}

// @fault strangers-file
describe('a notebook that someone handed in', () => {
  it(`is one by its format or is refused, ${COUNT} times, in a second and 500 MB`, { skip }, async () => {
    const of = (...names: string[]): string => path.join(packageRoot(), ...names)
    const { stdout } = await promisify(execFile)(
      pythonIn(jupyterFolder()),
      [
        ...[path.join(__dirname, 'mutated.py'), of('src', 'runner')],
        ...[of('test', 'fixtures', 'notebooks', 'good.ipynb'), String(COUNT), '1'],
      ],
      { env: jupyterEnvironment() },
    )
    const { read, refused, wrong, slowest, megabytes } = JSON.parse(stdout) as Found
    assert.deepEqual(wrong, [])
    assert.equal(read + refused, COUNT)
    assert.ok(read > COUNT / 20 && refused > COUNT / 4, `${read} read, ${refused} refused`)
    assert.ok(slowest < 1 && megabytes < 500, `${slowest} s, ${megabytes} MB`)
  })

  it('that is a pipe, or larger than a notebook may be, is refused, not waited for', () =>
    inTemporary(async (folder) => {
      const [pipe, large] = ['pipe.ipynb', 'large.ipynb'].map((name) => path.join(folder, name))
      const out = path.join(folder, 'out.ipynb')
      writeFileSync(large, '')
      truncateSync(large, 3e9)
      await assert.rejects(
        runNotebook(large, { out }),
        /large\.ipynb has 3000 MB, and a notebook may have 100\. Clear its outputs\./,
      )
      assert.equal(isForStudents(large), false)
      if (process.platform === 'win32') return
      assert.equal(spawnSync('mkfifo', [pipe]).status, 0)
      await assert.rejects(runNotebook(pipe, { out }), /pipe\.ipynb is not a file/)
      assert.equal(isForStudents(pipe), false)
    }))
})
