import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { diagnose } from '../../src/metrics/diagnose'
import type { VerdictKind } from '../../src/metrics/verdict'
import { onEachEngine } from '../support/engines'
import { builtCases } from './builtCases'

describe('the built cases', () => {
  it('cover every verdict, for both variables', () => {
    const kinds: VerdictKind[] = [
      'healthy',
      'non-identifiable model',
      'failed inference',
      'weakly identified',
      'dead units',
      'same for all data',
    ]
    for (const variable of ['z', 'w'])
      for (const kind of kinds)
        assert.ok(
          builtCases.some((one) => one.variable === variable && one.kind === kind),
          `${variable}: ${kind}`,
        )
  })
})

onEachEngine('diagnose', () => {
  for (const { title, variable, kind, words, build } of builtCases)
    it(`${title}: ${variable} ${kind}`, async () => {
      const { model, data } = build()
      const found = (await diagnose(model, data, { samples: 20, priorSamples: 20 }))[variable]
      model.dispose()
      assert.equal(found?.verdict.kind, kind)
      for (const pattern of words) assert.match(found?.verdict.summary ?? '', pattern)
    })
})
