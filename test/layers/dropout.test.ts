import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { Draws, drawKey } from '../../src/compute/draws'
import { ArgumentError } from '../../src/base/errors'
import { dropout, wordDropout } from '../../src/layers/dropout'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near } from '../support/near'
import { numbers, numbersOfAll } from '../support/tables'

const count = 20_000
const rate = 0.3

onEachEngine('dropout', () => {
  it('drops the given fraction, keeps the mean, and passes gradients to the kept elements', () =>
    expectNoLeaks(() => {
      const [kept, gradient] = numbersOfAll(() => {
        const draws = new Draws(drawKey(1, 2))
        const f = (x: tf.Tensor): tf.Tensor => dropout(x, rate, draws, 'a')
        return [f(tf.ones([count])), tf.grad(f)(tf.ones([count]))]
      })
      near(
        kept,
        kept.map((x) => (x === 0 ? 0 : 1 / (1 - rate))),
        1e-6,
      )
      near(gradient, kept, 0)
      const dropped = kept.filter((x) => x === 0).length / count
      // Five standard deviations.
      assert.ok(Math.abs(dropped - rate) < 5 * Math.sqrt((rate * (1 - rate)) / count), `share ${dropped}`)
    }))

  it('drops the same elements for the same key and name, and different ones for others', () => {
    const places = (counter: number, name: string): number[] =>
      numbers(() => dropout(tf.ones([200]), 0.5, new Draws(drawKey(1, counter)), name))
    assert.deepEqual(places(0, 'a'), places(0, 'a'))
    assert.notDeepEqual(places(0, 'a'), places(1, 'a'))
    assert.notDeepEqual(places(0, 'a'), places(0, 'b'))
  })

  it('replaces the given fraction of tokens by the unknown token, and keeps integers', () =>
    expectNoLeaks(() => {
      const found = numbers(() => {
        const words = wordDropout(tf.fill([count], 9, 'int32'), rate, new Draws(drawKey(1, 0)), 'w')
        assert.equal(words.dtype, 'int32')
        return words
      })
      assert.deepEqual([...new Set(found)].sort(), [2, 9])
      const replaced = found.filter((id) => id === 2).length / count
      assert.ok(Math.abs(replaced - rate) < 5 * Math.sqrt((rate * (1 - rate)) / count), `share ${replaced}`)
    }))

  it('does nothing at rate 0, and refuses a rate outside [0, 1)', () =>
    tf.tidy(() => {
      const [x, draws] = [tf.ones([3]), new Draws(drawKey(1, 0))]
      assert.equal(dropout(x, 0, draws, 'a'), x)
      for (const wrong of [1, -0.1, NaN]) {
        assert.throws(() => dropout(x, wrong, draws, 'a'), ArgumentError)
        assert.throws(() => wordDropout(x, wrong, draws, 'a'), ArgumentError)
      }
    }))
})
