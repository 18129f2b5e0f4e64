import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { applyThreads, storedThreads } from '../../../src/compute/native/threads'

const names = ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS'] as const

/** Runs with an engine folder that holds this threads.json, and the environment put back afterwards. */
function withStored(content: string | undefined, f: (folder: string) => void): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-threads-'))
  const before = names.map((name) => process.env[name])
  names.forEach((name) => delete process.env[name])
  try {
    if (content !== undefined) writeFileSync(path.join(folder, 'threads.json'), content)
    f(folder)
  } finally {
    names.forEach((name, i) => {
      if (before[i] === undefined) delete process.env[name]
      else process.env[name] = before[i]
    })
    rmSync(folder, { recursive: true })
  }
}

describe('threads', () => {
  it('hands stored settings to TensorFlow', () =>
    withStored('{"best":{"intra":1,"inter":2}}', (folder) => {
      applyThreads(folder)
      assert.deepEqual([process.env.TF_NUM_INTRAOP_THREADS, process.env.TF_NUM_INTEROP_THREADS], ['1', '2'])
    }))

  it('leaves settings of the environment alone', () =>
    withStored('{"best":{"intra":1,"inter":2}}', (folder) => {
      process.env.TF_NUM_INTEROP_THREADS = '7'
      applyThreads(folder)
      assert.deepEqual(
        [process.env.TF_NUM_INTRAOP_THREADS, process.env.TF_NUM_INTEROP_THREADS],
        [undefined, '7'],
      )
    }))

  it('does without a file, and with a damaged one', () => {
    for (const content of [undefined, '', '{', '{}', '{"best":{"intra":0,"inter":2}}'])
      withStored(content, (folder) => {
        assert.equal(storedThreads(folder), undefined)
        applyThreads(folder)
        assert.equal(process.env.TF_NUM_INTRAOP_THREADS, undefined)
      })
  })
})
