import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ArgumentError } from '../../src/base/errors'
import { perplexity } from '../../src/metrics/perplexity'
import { nearNumber } from '../support/near'
import { Random } from '../support/random'

const of = (logs: number[], words: number[]) => ({
  size: logs.length,
  samples: 1,
  components: 1,
  logRatio: Float32Array.from(logs),
  words: Int32Array.from(words),
})

it('perplexity is exp of the mean loss per token, over all tokens', () => {
  // Each word as likely as a throw of a die.
  nearNumber(perplexity(of([-2 * Math.log(6), -5 * Math.log(6)], [2, 5])).value, 6, 1e-6)
  nearNumber(perplexity(of([-3, -10], [1, 4])).value, Math.exp(13 / 5), 1e-6)
  assert.throws(() => perplexity({ ...of([-1], [1]), words: undefined }), ArgumentError)
})

it('perplexity has the standard error that repeated samples of texts show', () => {
  const random = new Random(1)
  const draws = Array.from({ length: 2000 }, () => {
    const words = Array.from({ length: 60 }, () => 1 + Math.floor(10 * random.uniform()))
    const logs = words.map((n) => -n * 1.2 + 0.7 * Math.sqrt(n) * random.normal())
    return perplexity(of(logs, words))
  })
  const mean = draws.reduce((sum, { value }) => sum + value, 0) / draws.length
  const sd = Math.sqrt(draws.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / draws.length)
  const said = draws.reduce((sum, { standardError }) => sum + standardError, 0) / draws.length
  assert.ok(Math.abs(said / sd - 1) < 0.06, `${said} said, ${sd} seen`)
})
