import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Draws, drawKey } from '../../src/compute/draws'
import { startEngine, type EngineName } from '../../src/compute/engine'
import { nativeIsTested, onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { near } from '../support/near'
import { numbers } from '../support/tables'

const normal = (key: number, counter: number, name: string, shape: number[]): number[] =>
  numbers(() => new Draws(drawKey(key, counter)).normal(name, shape))
const uniform = (key: number, counter: number, name: string, shape: number[]): number[] =>
  numbers(() => new Draws(drawKey(key, counter)).uniform(name, shape))

onEachEngine('draws', () => {
  it('are the same for the same key, counter, name and shape', () =>
    expectNoLeaks(() => {
      assert.deepEqual(normal(1, 2, 'z', [3, 4]), normal(1, 2, 'z', [3, 4]))
      assert.deepEqual(uniform(1, 2, 'z', [3, 4]), uniform(1, 2, 'z', [3, 4]))
    }))

  it('are others for another key, counter or name', () => {
    const all = [
      normal(1, 2, 'z', [12]),
      normal(2, 2, 'z', [12]),
      normal(1, 3, 'z', [12]),
      normal(1, 2, 'y', [12]),
      normal(-1, 2, 'z', [12]),
    ]
    const values = new Set(all.flat())
    assert.equal(values.size, 60)
  })

  it('do not depend on what else is drawn, or in which order', () => {
    const alone = normal(5, 6, 'z', [4, 3])
    const among = numbers(() => {
      const draws = new Draws(drawKey(5, 6))
      draws.uniform('x', [100])
      draws.normal('other', [7])
      const z = draws.normal('z', [4, 3])
      draws.normal('z', [2])
      return z
    })
    assert.deepEqual(among, alone)
  })

  it('take any int32 as key and counter, also where key and name together overflow', () => {
    for (const key of [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)])
      for (const counter of [0, 2 ** 31 - 1]) {
        const values = [...normal(key, counter, 'z', [50]), ...uniform(key, counter, 'z', [50])]
        assert.ok(values.every(Number.isFinite))
        assert.equal(new Set(values).size, 100)
      }
  })

  it('have the shape asked for, odd and empty ones too', () => {
    for (const shape of [[], [1], [3], [2, 1, 5], [0, 4]])
      assert.equal(
        normal(1, 1, 'z', shape).length,
        shape.reduce((a, b) => a * b, 1),
      )
  })

  it('have the moments of their distributions', () => {
    const count = 40000
    const z = normal(3, 0, 'z', [count])
    const u = uniform(3, 0, 'u', [count])
    const moment = (x: number[], p: number): number => x.reduce((s, v) => s + v ** p, 0) / count
    // Standard errors: 1/√n of z, √2/√n of z², √15/√n of z³, √96/√n of z⁴.
    const limit = 5 / Math.sqrt(count)
    assert.ok(Math.abs(moment(z, 1)) < limit)
    assert.ok(Math.abs(moment(z, 2) - 1) < limit * Math.SQRT2)
    assert.ok(Math.abs(moment(z, 3)) < limit * Math.sqrt(15))
    assert.ok(Math.abs(moment(z, 4) - 3) < limit * Math.sqrt(96))
    assert.ok(u.every((v) => v >= 0 && v < 1))
    assert.ok(Math.abs(moment(u, 1) - 0.5) < limit / Math.sqrt(12))
    assert.ok(Math.abs(moment(u, 2) - 1 / 3) < limit * Math.sqrt(4 / 45))
  })
})

describe('draws on different engines', () => {
  it('agree: uniforms bit for bit, normals to 1e-6', async () => {
    const engines: EngineName[] = [...(nativeIsTested() ? (['native'] as const) : []), 'wasm', 'cpu']
    const drawn: { u: number[]; z: number[] }[] = []
    for (const engine of engines) {
      await startEngine({ engine, quiet: true })
      const keys = [
        [0, 0],
        [123456789, 7],
        [-2000000000, 2 ** 31 - 1],
        [2 ** 31 - 1, 1],
      ]
      drawn.push({
        u: keys.flatMap(([key, counter]) => uniform(key, counter, 'x', [33, 7])),
        z: keys.flatMap(([key, counter]) => normal(key, counter, 'prior z', [33, 7])),
      })
    }
    for (const other of drawn.slice(1)) {
      assert.deepEqual(other.u, drawn[0].u)
      near(other.z, drawn[0].z, 1e-6)
    }
  })
})
