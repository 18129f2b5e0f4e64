import assert from 'node:assert/strict'
import { it } from 'node:test'
import { evaluate } from '../../src/metrics/evaluate'
import { encode, reconstruct } from '../../src/models/use'
import { fit } from '../../src/training/fit'
import { onEachEngine } from '../support/engines'
import { dataFor, variants } from '../support/models'

onEachEngine('no model falls out of the graph', () => {
  for (const { title, build, likelihood } of variants.filter((v) => v.likelihood !== 'gaussian, σ fixed'))
    it(title, async (t) => {
      const warn = t.mock.method(console, 'warn', () => undefined)
      const model = build(1)
      const data = dataFor(likelihood, 12)
      await fit(model, data, { epochs: 1, batchSize: 8, validation: data, verbose: false })
      await evaluate(model, data, { samples: 3, priorSamples: 2 })
      await encode(model, data)
      await reconstruct(model, data)
      model.dispose()
      assert.deepEqual(
        warn.mock.calls.map((call) => String(call.arguments[0])),
        [],
      )
    })
})
