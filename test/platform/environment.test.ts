import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tensorFlowThreads } from '../../src/platform/environment'
import { withEnvironment } from '../data/temporary'

describe('the environment', () => {
  for (const given of ['abc', '-1', '1.5', '1e9', '100000'])
    it(`refuses ${given} threads, which TensorFlow would pass over`, () =>
      withEnvironment({ TF_NUM_INTRAOP_THREADS: '2', TF_NUM_INTEROP_THREADS: given }, () => {
        assert.throws(() => tensorFlowThreads(), {
          name: 'ArgumentError',
          message: `\`TF_NUM_INTEROP_THREADS\` must be an integer from 0 to 9999, got '${given}'.`,
        })
        return Promise.resolve()
      }))

  it('takes numbers of threads', () =>
    withEnvironment({ TF_NUM_INTRAOP_THREADS: '2', TF_NUM_INTEROP_THREADS: undefined }, () => {
      assert.deepEqual(tensorFlowThreads(), { intra: '2', inter: undefined })
      return Promise.resolve()
    }))
})
