import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { askKernel, skip } from './askKernel'

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
    const answers = await askKernel<
      Record<string, Answer> & { inspected: string; completed: string[]; ended: boolean }
    >('kernel.py')
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
