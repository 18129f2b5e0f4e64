import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import {
  jupyterEnvironment,
  jupyterFolder,
  jupyterState,
  kernelState,
  pythonIn,
} from '../../src/notebook/jupyter'

const ready = jupyterState().ready && kernelState().installed
const skip = !ready && 'the project’s Jupyter is not prepared: run npx lidvae setup'

interface Answer {
  status: string
  count: number
  types: string[]
  text: string
  ename?: string
  evalue?: string
}

describe('the tslab kernel, asked as JupyterLab asks', { skip }, () => {
  it('runs, fails, stops, goes on, inspects, completes and ends', async () => {
    const script = path.join(__dirname, 'kernel.py')
    const env = jupyterEnvironment()
    const { stdout } = await promisify(execFile)(pythonIn(jupyterFolder()), [script], {
      env,
      timeout: 120_000,
    })
    const answers = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, Answer> & {
      inspected: string
      completed: string[]
      ended: boolean
    }
    const { value, error, stopped, afterwards } = answers
    assert.deepEqual([value.status, value.count, value.text], ['ok', 1, '21\n'])
    assert.deepEqual(value.types, ['execute_input', 'stream'])
    assert.deepEqual([error.status, error.count, error.types], ['error', 2, ['execute_input', 'error']])
    assert.equal(stopped.status, 'error')
    assert.match(stopped.evalue ?? '', /this cell was stopped/)
    assert.deepEqual([afterwards.status, afterwards.count, afterwards.text], ['ok', 4, '22\n'])
    assert.match(answers.inspected, /function parseFloat\(string: string\): number/)
    assert.ok(answers.completed.includes('floor'))
    assert.equal(answers.ended, true)
  })
})
