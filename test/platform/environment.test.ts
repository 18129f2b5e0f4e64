import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import { takeRecordedThreads } from '../../src/compute/native/threads'
import { tensorFlowThreads } from '../../src/platform/environment'
import { inFolder, withEnvironment } from '../data/temporary'

const threadsOf = (intra: unknown): object => ({ threads: { intra, inter: 'default' } })

describe('the environment', () => {
  for (const given of ['abc', '-1', '1.5', '1e9', '1000'])
    it(`refuses ${given} threads, which TensorFlow would pass over`, () =>
      withEnvironment({ TF_NUM_INTRAOP_THREADS: '2', TF_NUM_INTEROP_THREADS: given }, () => {
        assert.throws(() => tensorFlowThreads(), {
          name: 'ArgumentError',
          message: `\`TF_NUM_INTEROP_THREADS\` must be an integer from 0 to 999, got '${given}'.`,
        })
        return Promise.resolve()
      }))

  it('takes from the record of a run nothing but numbers of threads, and waits for no pipe', () =>
    withEnvironment({ TF_NUM_INTRAOP_THREADS: undefined, TF_NUM_INTEROP_THREADS: undefined }, () =>
      inFolder(async (folder) => {
        const file = path.join(folder, 'run.json')
        const strange = [null, {}, { threads: null }, ...['9999', 'x', 2, null].map(threadsOf)]
        for (const engine of strange) {
          await writeFile(file, JSON.stringify({ engine }))
          assert.equal(takeRecordedThreads(folder, false), false)
        }
        await rm(file)
        if (process.platform !== 'win32') assert.equal(spawnSync('mkfifo', [file]).status, 0)
        assert.equal(takeRecordedThreads(folder, false), false)
        assert.deepEqual(tensorFlowThreads(), { intra: undefined, inter: undefined })
      }),
    ))

  it('takes numbers of threads', () =>
    withEnvironment({ TF_NUM_INTRAOP_THREADS: '2', TF_NUM_INTEROP_THREADS: undefined }, () => {
      assert.deepEqual(tensorFlowThreads(), { intra: '2', inter: undefined })
      return Promise.resolve()
    }))
})
