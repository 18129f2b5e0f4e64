import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { audit } from '../../src/audit/audit'
import { inFolder } from '../data/temporary'
import { pythonWith, withoutPython } from '../docs/pythonPages'
import { agrees, auditedIn, EXPECTED } from './fixtures'
import { FIXTURES, skip as noRuntime } from './runtime'

const NEEDED = 'torch, onnx, onnxscript, numpy'
const isFull = Boolean(process.env.LIDVAE_TEST_FULL)
const python = isFull ? pythonWith(NEEDED) : undefined
const skip = !isFull ? 'minutes of training: in test:full' : noRuntime || withoutPython(python, NEEDED)

describe('the models of test/fixtures/audit, trained anew by PyTorch', { skip }, () => {
  it('get the same verdicts, and the figures of the PyTorch that trained them', () =>
    inFolder(async (folder) => {
      const script = path.join(folder, 'make.py')
      copyFileSync(path.join(FIXTURES, 'make.py'), script)
      const { status, stderr } = spawnSync(python!, [script], { encoding: 'utf8' })
      assert.equal(status, 0, stderr)
      for (const name of Object.keys(EXPECTED)) agrees(folder, name, await audit(auditedIn(folder, name)))
    }))
})
