import assert from 'node:assert/strict'
import { ArgumentError } from '../../../src/base/errors'
import type { DataSet } from '../../../src/data/dataset'
import { from, type FromOptions, type OwnData } from '../../../src/data/own/from'

const quiet = { onNote: () => undefined }
export const read = (source: OwnData, options: FromOptions = {}) => from(source, { ...quiet, ...options })
export const content = ({ x, shape, values }: DataSet) => ({ x: Array.from(x), shape: [...shape], values })

/** Fails unless it is refused, in one line. */
export async function fails(source: unknown, options: FromOptions, wanted: RegExp): Promise<void> {
  await assert.rejects(read(source as OwnData, options), (error) => {
    assert.ok(error instanceof ArgumentError, String(error))
    assert.match(error.message, wanted)
    assert.doesNotMatch(error.message, /\n/)
    return true
  })
}
