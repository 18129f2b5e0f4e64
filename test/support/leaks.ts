import assert from 'node:assert/strict'
import * as tf from '@tensorflow/tfjs'

/**
 * A result of TensorFlow.js's `tidy` that takes long to leave it: `tidy` goes through every number, looking
 * for tensors.
 */
function slowToLeave(result: unknown): boolean {
  if (typeof result !== 'object' || result === null || result instanceof tf.Tensor) return false
  if (ArrayBuffer.isView(result)) return result.byteLength > 400
  if (Array.isArray(result) && typeof result[0] === 'number') return result.length > 100
  return Object.values(result).some(slowToLeave)
}

/** How often such a result was returned; expectNoLeaks allows none. */
let slowTidies = 0
const engine = tf.engine()
const endScope = engine.endScope.bind(engine)
engine.endScope = (returned) => {
  if (slowToLeave(returned)) slowTidies++
  endScope(returned)
}

/**
 * Runs `fn` and checks that there are as many tensors after it as before, and as many pieces of data in the
 * engine: an operation of this library's own could forget one that no tensor owns. No `tidy` may return many
 * numbers either.
 *
 * @param fn a function, async or not; tensors it returns count as leaked.
 * @returns what `fn` returns; a promise of it when `fn` is async.
 * @example
 * await expectNoLeaks(() => lid.encode(model, test))
 */
export function expectNoLeaks<T>(fn: () => T): T {
  const before = tf.memory().numTensors
  const dataBefore = tf.backend().numDataIds()
  const slowBefore = slowTidies
  const check = (): void => {
    const slow = slowTidies - slowBefore
    assert.equal(slow, 0, `${slow} times, tf.tidy returned many numbers, which takes it long: use tidied`)
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
