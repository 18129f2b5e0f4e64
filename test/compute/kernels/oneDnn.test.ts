import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { usesOneDnn } from '../../../src/compute/kernels/oneDnn'

const flags = (text: string) => () =>
  `processor : 0\nmodel name : some\nflags\t\t: fpu avx2 ${text}\nbugs :\n`

describe('oneDnn', { skip: process.arch !== 'x64' && 'x86 only' }, () => {
  it('is what TensorFlow chooses on processors with instructions for neural networks', () => {
    assert.equal(usesOneDnn(undefined, flags('avx512_vnni sse')), true)
    assert.equal(usesOneDnn(undefined, flags('avx512f')), false)
    assert.equal(usesOneDnn(undefined, flags('not_avx_vnni')), false)
  })

  it('is what the environment says before all', () => {
    assert.equal(usesOneDnn('0', flags('avx512_vnni')), false)
    assert.equal(usesOneDnn('1', flags('')), true)
  })

  it('is not assumed where the flags cannot be read', () => {
    const missing = (): string => {
      throw new Error('ENOENT')
    }
    assert.equal(usesOneDnn(undefined, missing), false)
  })
})
