import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { it } from 'node:test'
import { promisify } from 'node:util'
import {
  jupyterEnvironment,
  jupyterFolder,
  jupyterState,
  kernelState,
  pythonIn,
} from '../../src/notebook/jupyter'

const skip =
  !(jupyterState().ready && kernelState().installed) &&
  'the project’s Jupyter is not prepared: run npx lidvae setup'

it(
  'a training whose kernel is restarted goes on in the new one, and ends as if it had not been',
  { skip },
  async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'lidvae-restart-'))
    try {
      await mkdir(path.join(folder, 'node_modules'))
      await symlink(path.join(__dirname, '..', '..'), path.join(folder, 'node_modules', 'lidvae'), 'junction')
      const { stdout } = await promisify(execFile)(
        pythonIn(jupyterFolder()),
        [path.join(__dirname, 'restart.py'), folder],
        { env: jupyterEnvironment(), maxBuffer: 1 << 26 },
      )
      const { left, resumed, unbroken } = JSON.parse(stdout.trim().split('\n').at(-1)!) as {
        left: string[]
        resumed: string
        unbroken: string
      }
      // It was in its middle: 400 steps are the whole.
      const step = Number(/step-(\d+)/.exec(left.at(-1)!)![1])
      assert.ok(step > 0 && step < 400, `restarted at step ${step}`)
      const [a, b] = [resumed, unbroken].map((text) => JSON.parse(text) as { rows: unknown[] })
      assert.equal(a.rows.length, 20)
      assert.deepEqual(a, b)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
)
