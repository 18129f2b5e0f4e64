import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DataSet } from '../../../../src/data/dataset'
import { loading } from '../../../../src/apps/experiments/table/images'

describe('images of the table', () => {
  it('insist on the whole data set, and hold the measured ones apart from those a method looks at', async () => {
    const asked: unknown[] = []
    const images = (size: number) =>
      new DataSet({
        name: 'counted',
        x: Float32Array.from({ length: size }, (_, i) => i),
        shape: [1],
        values: 'real',
        source: 'here',
      })
    const load = loading((options) => {
      asked.push(options)
      return Promise.resolve({ train: images(3), test: images(options.test), checksum: 'c' })
    }, 3)
    const onNote = () => undefined
    const { test, validation, checksum } = await load(onNote)
    assert.deepEqual(asked, [{ train: 3, test: 2000, download: true, onNote }])
    assert.deepEqual([test.size, validation.size, checksum], [1000, 1000, 'c'])
    assert.equal((test as DataSet).x[999], 999)
    assert.equal((validation as DataSet).x[0], 1000)
  })
})
