import assert from 'node:assert/strict'
import * as tf from '@tensorflow/tfjs'

/**
 * Runs `fn` and checks that there are as many tensors after it as before.
 *
 * @param fn a function, async or not; tensors it returns count as leaked.
 * @returns what `fn` returns; a promise of it when `fn` is async.
 * @example
 * await expectNoLeaks(() => lid.encode(model, test))
 */
export function expectNoLeaks<T>(fn: () => T): T {
  const before = tf.memory().numTensors
  const check = (): void => {
    const left = tf.memory().numTensors - before
    assert.equal(left, 0, `${left} tensors more than before`)
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
