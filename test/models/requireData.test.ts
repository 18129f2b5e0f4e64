import assert from 'node:assert/strict'
import { it } from 'node:test'
import { from } from '../../src/data/own/from'
import { bernoulli } from '../../src/distributions/bernoulli'
import { vae } from '../../src/models/builders'
import { fit } from '../../src/training/fit'
import { onEachEngine } from '../support/engines'
import { Random } from '../support/random'

/** What training a Bernoulli model on these rows says. */
async function refusal(rows: number[][]): Promise<string> {
  const data = await from(rows, { onNote: () => undefined })
  const model = vae({ likelihood: bernoulli(rows[0].length), latent: 2, hidden: 4, seed: 1 })
  let message = ''
  await assert.rejects(fit(model, data, { epochs: 1, verbose: false }), (error: Error) => {
    message = error.message
    return error.name === 'ArgumentError'
  })
  model.dispose()
  return message
}

onEachEngine('integers for a Bernoulli likelihood', () => {
  it('are bytes where they reach 255, and the remedy is to say so', async () => {
    const message = await refusal([
      [0, 255, 3],
      [17, 0, 200],
    ])
    assert.match(message, /^`train` must be .*count values.*values: 'bytes'.*lid\.poisson\(3\)/)
    assert.doesNotMatch(message, /divide/)
  })

  it('have a full value of their own where they are digits of 0 to 16', async () => {
    const random = new Random(1)
    const rows = Array.from({ length: 40 }, () =>
      Array.from({ length: 64 }, () => Math.floor(17 * random.uniform())),
    )
    const message = await refusal(rows)
    assert.match(message, /count values.*largest is 16: .*divide the numbers by 16/)
    assert.doesNotMatch(message, /255|bytes/)
  })

  it('are counts where they exceed 255', async () => {
    assert.doesNotMatch(await refusal([[0, 1000]]), /divide|bytes/)
  })
})
