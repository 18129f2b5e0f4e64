import assert from 'node:assert/strict'
import { it } from 'node:test'
import { check } from '../../../src'

it('an answer is not judged with a built-in function that cannot be put back', async () => {
  const right = (a: number, alpha: number): number =>
    alpha * a + (1 - alpha) * (Math.max(a, 0) + Math.log1p(Math.exp(-(a < 0 ? -a : a))))
  const frozen = () => {
    Object.defineProperty(Math, 'abs', { value: () => 0, configurable: false, writable: false })
    return 1
  }
  const expected = {
    name: 'WrongAnswerError',
    message: /Math\.abs was changed, and cannot be put back\n {2}hint: .* restart the kernel\./,
  }
  await assert.rejects(check('smooth-leaky-relu', frozen), expected)
  await assert.rejects(check('smooth-leaky-relu', right), expected)
})
