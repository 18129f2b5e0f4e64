import assert from 'node:assert/strict'
import { it } from 'node:test'
import { provenanceOf } from '../../src/base/provenance'
import { batchNorm, linearAnnealing, vampPrior } from '../../src/fixes'
import { lipschitzWatch } from '../../src/fixes/lipschitzWatch'

it('parts of fixes know by which settings they were made', () => {
  const made: [object, string, unknown[]][] = [
    [batchNorm({ gamma: 0.7 }), 'batchNormPosterior', [{ gamma: 0.7 }]],
    [linearAnnealing({ until: 0.4 }), 'linearAnnealing', [{ until: 0.4 }]],
    [vampPrior({ components: 5 }), 'vampPrior', [{ components: 5 }]],
    [lipschitzWatch(0.3), 'lipschitzWatch', [0.3]],
  ]
  for (const [part, name, settings] of made) {
    const found = provenanceOf(part)!
    assert.equal(found.part, name)
    assert.deepEqual(found.with, settings)
  }
})
