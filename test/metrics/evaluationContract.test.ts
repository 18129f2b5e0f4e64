import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { certify } from '../../src/metrics/certificate'
import { diagnose, type Diagnosis } from '../../src/metrics/diagnose'
import { evaluate } from '../../src/metrics/evaluate'
import type { Model } from '../../src/models/model'
import { nativeIsTested, onEachEngine, type TestedEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { dataFor, variants } from '../support/models'
import { nearNumber } from '../support/near'
import { Random } from '../support/random'
import { disturb } from '../support/tables'

/** A model far from its start. */
function moved({ build, likelihood }: (typeof variants)[number]): Model {
  const model = build(1)
  // Poisson rates are exponential in η: moved as far as the others, their mean over the prior overflows.
  const far = likelihood === 'poisson' || likelihood === 'negativeBinomial' ? 0.1 : 0.3
  disturb(model.parameters, new Random(6), far)
  return model
}

/** What every model said on each engine: the tests of the second compare. */
const said: Record<TestedEngine, Map<string, Diagnosis>> = { native: new Map(), wasm: new Map() }

onEachEngine('evaluate, diagnose and certify of every model', (engine) => {
  for (const variant of variants)
    it(`leak nothing and give finite numbers: ${variant.title}`, async () => {
      const { title, likelihood } = variant
      const model = moved(variant)
      const options = { samples: 10 }
      const diagnosis = await expectNoLeaks(() => diagnose(model, dataFor(likelihood, 40), options))
      said[engine].set(title, diagnosis)
      expectNoLeaks(() => certify(model))
      const { verdict, evaluation, ...numbers } = diagnosis
      assert.equal(verdict.length, model.components > 1 ? 2 : 1)
      assert.equal(evaluation.size, 40)
      JSON.stringify(numbers, (_, value: unknown) => {
        if (typeof value === 'number') assert.ok(Number.isFinite(value))
        return value
      })
      nearNumber(
        diagnosis.usage.reduce((sum, q) => sum + q, 0),
        model.components > 1 ? 1 : 0,
        1e-5,
      )
      const error = await expectNoLeaks(async () => {
        try {
          await evaluate(model, dataFor(likelihood, 40), {
            ...options,
            signal: AbortSignal.abort(new Error('stopped')),
          })
          return undefined
        } catch (caught) {
          return caught as Error
        }
      })
      assert.equal(error?.message, 'stopped')
      model.dispose()
    })
})

const onlyOne = !nativeIsTested() || process.env.LIDVAE_TEST_ENGINES === 'native'

describe('native and WASM', { skip: onlyOne }, () => {
  it('agree to 1e-4 on every model', () => {
    assert.deepEqual([said.native.size, said.wasm.size], [variants.length, variants.length])
    const figures = (d: Diagnosis): number[] => [
      d.logLikelihood.value,
      d.elbo.value,
      ...d.variables.flatMap((v) =>
        [v.kl, v.mutualInformation, v.flatness, v.inferenceGap, v.activeUnits].map((m) => m.value),
      ),
      ...d.units.flatMap((u) => [u.activity, u.kl.value, u.flatness.value]),
      ...d.usage,
    ]
    for (const [title, d] of said.native) {
      const other = figures(said.wasm.get(title)!)
      figures(d).forEach((value, j) =>
        assert.ok(
          Math.abs(value - other[j]) <= 1e-4 * Math.max(0.1, Math.abs(value)),
          `${title}, figure ${j}: ${value}, ${other[j]}`,
        ),
      )
      assert.ok(figures(d).filter((v) => Math.abs(v) > 0.01).length > 5)
    }
  })
})
