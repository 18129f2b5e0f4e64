import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startEngine } from '../../src/compute/engine'
import { certify } from '../../src/metrics/certificate'
import { diagnose, type Diagnosis } from '../../src/metrics/diagnose'
import { evaluate } from '../../src/metrics/evaluate'
import { nativeIsTested, onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { dataFor, variants } from '../support/models'
import { nearNumber } from '../support/near'
import { Random } from '../support/random'
import { disturb } from '../support/tables'

onEachEngine('evaluate, diagnose and certify of every model', () => {
  for (const { title, likelihood, build } of variants)
    it(`leak nothing and give finite numbers: ${title}`, async () => {
      const model = build(3)
      const options = { samples: 3, priorSamples: 2 }
      const diagnosis = await expectNoLeaks(() => diagnose(model, dataFor(likelihood, 20), options))
      expectNoLeaks(() => certify(model))
      const { verdict, evaluation, ...numbers } = diagnosis
      assert.equal(verdict.length, model.components > 1 ? 2 : 1)
      assert.equal(evaluation.size, 20)
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
          await evaluate(model, dataFor(likelihood, 20), {
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

describe('native and WASM', { skip: !nativeIsTested() }, () => {
  it('agree to 1e-4 on every model', async () => {
    const results: Diagnosis[][] = []
    for (const engine of ['native', 'wasm'] as const) {
      await startEngine({ engine, quiet: true })
      const found: Diagnosis[] = []
      for (const { build, likelihood } of variants) {
        const model = build(1)
        // Poisson rates are exponential in η: moved as far as the others, their mean over the prior overflows.
        disturb(
          model.parameters,
          new Random(6),
          likelihood === 'poisson' || likelihood === 'negativeBinomial' ? 0.1 : 0.3,
        )
        found.push(await diagnose(model, dataFor(likelihood, 40), { samples: 10 }))
        model.dispose()
      }
      results.push(found)
    }
    const figures = (d: Diagnosis): number[] => [
      d.logLikelihood.value,
      d.elbo.value,
      ...d.variables.flatMap((v) =>
        [v.kl, v.mutualInformation, v.flatness, v.inferenceGap, v.activeUnits].map((m) => m.value),
      ),
      ...d.units.flatMap((u) => [u.activity, u.kl.value, u.flatness.value]),
      ...d.usage,
    ]
    const [native, wasm] = results
    native.forEach((d, i) => {
      const other = figures(wasm[i])
      figures(d).forEach((value, j) =>
        assert.ok(
          Math.abs(value - other[j]) <= 1e-4 * Math.max(0.1, Math.abs(value)),
          `${variants[i].title}, figure ${j}: ${value}, ${other[j]}`,
        ),
      )
      assert.ok(figures(d).filter((v) => Math.abs(v) > 0.01).length > 5)
    })
  })
})
