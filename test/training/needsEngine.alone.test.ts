import assert from 'node:assert/strict'
import { it } from 'node:test'
import { EngineError } from '../../src/base/errors'
import { fit } from '../../src/training/fit'
import { DIM, tinyImages } from '../support/models'

it('fit needs an engine first', async () => {
  await assert.rejects(
    fit({} as never, tinyImages(5, DIM), { epochs: 1 }),
    (error) => error instanceof EngineError && /^fit: no engine is chosen yet/.test(error.message),
  )
})
