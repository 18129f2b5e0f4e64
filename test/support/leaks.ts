import assert from 'node:assert/strict'
import * as tf from '@tensorflow/tfjs'

/**
 * Runs `fn` and checks that there are as many tensors after it as before, and as many pieces of data in the engine: an operation of this library's own
 * could forget one that no tensor owns.
 *
 * @param fn a function, async or not; tensors it returns count as leaked.
 * @returns what `fn` returns; a promise of it when `fn` is async.
 * @example
 * await expectNoLeaks(() => lid.encode(model, test))
 */
export function expectNoLeaks<T>(fn: () => T): T {
  const before = tf.memory().numTensors
  const dataBefore = tf.backend().numDataIds()
  const check = (): void => {
    const left = tf.memory().numTensors - before
    assert.equal(left, 0, `${left} tensors more than before`)
    const data = tf.backend().numDataIds() - dataBefore
    assert.equal(data, 0, `${data} pieces of data more than before`)
  }
  const result = fn()
  if (!(result instanceof Promise)) {
    check()
    return result
  }
  return result.then((value: unknown) => {
    check()
    return value
  }) as T
}
