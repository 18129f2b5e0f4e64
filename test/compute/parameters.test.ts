import assert from 'node:assert/strict'
import { it } from 'node:test'
import {
  constantInit,
  inverseSoftplus,
  normalInit,
  Parameters,
  valuesInit,
} from '../../src/compute/parameters'
import { softplus } from '../support/convexReference'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near, nearNumber } from '../support/near'
import { readWeights } from '../support/tables'

onEachEngine('parameters', () => {
  it('that no memory holds are refused before anything of their size is made', () =>
    expectNoLeaks(() => {
      const parameters = Parameters.from(1)
      const never = (): Float32Array => assert.fail('made')
      for (const make of [
        () => parameters.variable('W', [1e6, 1e6], never),
        () => parameters.state('s', [1e12], never),
        () => parameters.constant('c', { length: 1e12 }, [1e12]),
      ])
        assert.throws(make, {
          name: 'EngineError',
          message:
            /^weights of 1,000,000,000,000 numbers need 15000 GiB .* and there are [\d.]+ GiB\. Take smaller sizes\.$/,
        })
      parameters.variable('b', [3], constantInit(0))
      parameters.dispose()
    }))

  it('start from seed and full name alone: one weight more or less moves no other', () => {
    const make = (extra: boolean, seed = 1) => {
      const parameters = Parameters.from(seed)
      if (extra) parameters.variable('first', [5], normalInit(1))
      parameters.scope('a').variable('W', [4], normalInit(1))
      if (extra) parameters.scope('a').variable('V', [4], normalInit(1))
      parameters.scope('b').variable('W', [4], normalInit(1))
      const weights = readWeights(parameters)
      parameters.dispose()
      return weights
    }
    const [bare, more, other] = [make(false), make(true), make(false, 2)]
    assert.deepEqual(Object.keys(bare), ['a/W', 'b/W'])
    for (const name of Object.keys(bare)) {
      assert.deepEqual(more[name], bare[name])
      assert.notDeepEqual(other[name], bare[name])
    }
    const values = Object.values(more).flat()
    assert.equal(new Set(values).size, values.length, 'no two weights share their numbers')
  })

  it('are told apart by scope, listed in the order they were made, and counted', () =>
    expectNoLeaks(() => {
      const parameters = Parameters.from(1)
      const inner = parameters.scope('outer').scope('inner')
      inner.variable('W', [2, 3], constantInit(1))
      parameters.variable('b', [], constantInit(2))
      parameters.scope('outerspace').variable('c', [4], constantInit(3))
      assert.deepEqual([...parameters.variables.keys()], ['outer/inner/W', 'b', 'outerspace/c'])
      assert.deepEqual([...parameters.scope('outer').variables.keys()], ['outer/inner/W'])
      assert.equal(parameters.count, 11)
      assert.equal(inner.count, 6)
      parameters.dispose()
      assert.equal(parameters.count, 0)
    }))

  it('refuse a second weight of the same name', () => {
    const parameters = Parameters.from(1)
    parameters.scope('a').variable('W', [1], constantInit(0))
    assert.throws(
      () => parameters.scope('a').variable('W', [1], constantInit(0)),
      /`name` must be unique within the model, got 'a\/W'/,
    )
    parameters.dispose()
  })

  it('keep constants apart: never trained, freed with the rest', () =>
    expectNoLeaks(() => {
      const parameters = Parameters.from(1)
      const fixed = parameters.scope('a').constant('Q', [1, 2, 3, 4], [2, 2])
      assert.deepEqual(Array.from(fixed.dataSync()), [1, 2, 3, 4])
      assert.equal(parameters.variables.size, 0)
      parameters.dispose()
      assert.ok(fixed.isDisposed)
    }))

  it('start as their initialiser says', () => {
    const parameters = Parameters.from(3)
    parameters.variable('n', [20000], normalInit(0.5, 2))
    parameters.variable('c', [3], constantInit(-1.5))
    parameters.variable('v', [3], valuesInit([1, 2, 3]))
    const { n, c, v } = readWeights(parameters)
    const mean = n.reduce((s, x) => s + x, 0) / n.length
    const sd = Math.sqrt(n.reduce((s, x) => s + (x - mean) ** 2, 0) / n.length)
    assert.ok(Math.abs(mean - 2) < (5 * 0.5) / Math.sqrt(n.length))
    assert.ok(Math.abs(sd / 0.5 - 1) < 5 / Math.sqrt(2 * n.length))
    near(c, [-1.5, -1.5, -1.5], 0)
    near(v, [1, 2, 3], 0)
    for (const y of [1e-3, 0.3, 1, 30]) nearNumber(softplus(inverseSoftplus(y)), y, 1e-12)
    parameters.dispose()
  })

  it('give parts drawn in plain JavaScript keys of their own', () => {
    const parameters = Parameters.from(1)
    const keys = [
      parameters.key('Q'),
      parameters.scope('a').key('Q'),
      parameters.scope('b').key('Q'),
      Parameters.from(2).key('Q'),
    ]
    assert.equal(new Set(keys).size, 4)
    assert.equal(parameters.scope('a').key('Q'), Parameters.from(1).key('a/Q'))
  })
})
