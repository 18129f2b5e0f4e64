import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { downloadProgress } from '../../src/data/progress'

describe('downloadProgress', () => {
  it('says a line when a large file begins, and one every ten seconds', () => {
    const said: string[] = []
    let clock = 0
    const { onProgress, stop } = downloadProgress(
      (line) => said.push(line),
      false,
      () => clock,
    )
    const total = 20_000_000
    for (let received = 0; received <= total; received += 1_000_000) {
      onProgress({ file: 'big.gz', received, total })
      clock += 2000
    }
    onProgress({ file: 'small.gz', received: 5148, total: 5148 })
    stop()
    assert.deepEqual(said, [
      'downloading big.gz (20.0 MB)',
      'big.gz: 25 % of 20.0 MB',
      'big.gz: 50 % of 20.0 MB',
      'big.gz: 75 % of 20.0 MB',
    ])
  })

  it('shows a bar in a terminal, and no lines', () => {
    const said: string[] = []
    const { onProgress, stop } = downloadProgress((line) => said.push(line), true)
    for (const file of ['one.gz', 'two.gz'])
      for (const received of [0, 50, 100]) onProgress({ file, received, total: 100 })
    stop()
    stop()
    assert.deepEqual(said, [])
  })
})
