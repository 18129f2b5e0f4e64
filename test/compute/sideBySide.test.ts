import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { EvaluationStep, type EvaluationCall, type ReadTensor } from '../../src/compute/step'
import { withEnvironment } from '../data/temporary'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { dataFor, DIM, variants } from '../support/models'
import { near } from '../support/near'
import { variableOf } from './stepSupport'

const threads = (inter: string) => ({ TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: inter })
const call = (i: number): EvaluationCall => ({
  inputs: { x: { values: Float32Array.of(i, 2), shape: [2] } },
  key: [3, i],
})
const calls = (count: number): EvaluationCall[] => Array.from({ length: count }, (_, i) => call(i))

onEachEngine('several evaluations', (engine) => {
  it('run together where there are many, in one recording, and one by one where there are few', () =>
    withEnvironment(threads('3'), async () => {
      const weight = variableOf([1, 2])
      let recorded = 0
      const step = new EvaluationStep(({ x }, draws) => {
        recorded++
        return { y: tf.add(tf.mul(x, weight), draws.normal('z', [2])) }
      })
      const run = async (count: number): Promise<number> => {
        recorded = 0
        await step.runAll(calls(count), () => undefined)
        return recorded
      }
      const native = engine === 'native'
      assert.equal(await run(7), native ? 1 : 7)
      assert.equal(await run(9), native ? 3 : 9)
      assert.equal(await run(9), native ? 0 : 9)
      step.dispose()
      weight.dispose()
    }))

  for (const { title, build, likelihood } of variants.filter((v) => v.likelihood !== 'gaussian, σ fixed'))
    it(`give the same numbers together as each alone, in their order: ${title}`, () =>
      expectNoLeaks(async () => {
        const model = build(1)
        const rows = dataFor(likelihood, 50).x
        const given = Array.from({ length: 10 }, (_, i) => ({
          inputs: { x: { values: rows.slice(5 * i * DIM, 5 * (i + 1) * DIM), shape: [5, DIM] } },
          key: [1, i] as const,
        }))
        const found: Record<string, ReadTensor>[][] = []
        for (const inter of ['1', '2'])
          await withEnvironment(threads(inter), async () => {
            const step = new EvaluationStep(({ x }, draws) => {
              const { klZ, klW } = model.elboTerms(x, draws)
              const { logRatio, logLikelihood, z } = model.importanceTerms(x, draws, 3)
              return { klZ, klW, logRatio, logLikelihood, z }
            })
            const out: Record<string, ReadTensor>[] = []
            await step.runAll(given, (outputs, i) => (out[i] = outputs))
            step.dispose()
            found.push(out)
          })
        assert.equal(found[0].length, 10)
        found[0].forEach((alone, i) => {
          for (const [name, { shape, values }] of Object.entries(alone)) {
            assert.deepEqual(found[1][i][name].shape, shape)
            near(found[1][i][name].values, values, 2e-6, `${name} of call ${i}`)
          }
        })
        model.dispose()
      }))
})
