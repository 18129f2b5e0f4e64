import assert from 'node:assert/strict'
import { it } from 'node:test'
import { askKernel, notebookFolder, skip } from './askKernel'

it(
  'a training whose kernel is restarted goes on in the new one, and ends as if it had not been',
  { skip },
  async () => {
    const { folder, remove } = await notebookFolder()
    try {
      const { left, resumed, unbroken } = await askKernel<{
        left: string[]
        resumed: string
        unbroken: string
      }>('restart.py', folder)
      // It was in its middle: 400 steps are the whole.
      const step = Number(/step-(\d+)/.exec(left.at(-1)!)![1])
      assert.ok(step > 0 && step < 400, `restarted at step ${step}`)
      const [a, b] = [resumed, unbroken].map((text) => JSON.parse(text) as { rows: unknown[] })
      assert.equal(a.rows.length, 20)
      assert.deepEqual(a, b)
    } finally {
      await remove()
    }
  },
)
