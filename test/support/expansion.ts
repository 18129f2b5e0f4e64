import assert from 'node:assert/strict'
import * as tf from '@tensorflow/tfjs'
import type { InjectivePart } from '../../src/layers/injective'
import type { Random } from './random'
import { numbers, rowsOf } from './tables'

const MONOTONE = ['Brenier map', 'convolutional Brenier map', 'twist layer', 'increasing map']

/**
 * Checks ‖f(u) − f(v)‖ ≥ c ‖u − v‖ for the part's current constant, of monotone parts even
 * ⟨f(u) − f(v), u − v⟩ ≥ c ‖u − v‖², on pairs near and far, and that this is at least its floor. What float32
 * rounds off f(u) is allowed for.
 *
 * @returns the least ratio found, over the constant.
 */
export function boundHolds(part: InjectivePart, random: Random, count: number): number {
  const { from, to, kind } = part
  const constant = part.expansion()!
  assert.ok(constant >= part.floor! * (1 - 1e-5), `${kind}: ${constant} below its floor ${part.floor}`)
  const u = rowsOf(random.normals(count * from, 2), from).map((row) => row.map(Math.fround))
  const v = u.map((row, i) => row.map((x) => Math.fround(x + [2, 0.3, 0.05][i % 3] * random.normal())))
  const [fu, fv] = [u, v].map((rows) =>
    rowsOf(
      numbers(() => part.apply(tf.tensor2d(rows))),
      to,
    ),
  )
  let least = Infinity
  for (let i = 0; i < count; i++) {
    const away = Math.hypot(...u[i].map((x, j) => x - v[i][j]))
    const move = fu[i].map((x, j) => x - fv[i][j])
    const along = (): number => move.reduce((sum, x, j) => sum + x * (u[i][j] - v[i][j]), 0) / away
    const moved = MONOTONE.includes(kind) ? along() : Math.hypot(...move)
    const rounding = 4e-6 * (Math.hypot(...fu[i]) + Math.hypot(...fv[i]))
    assert.ok(moved + rounding >= constant * away, `${kind}: moved by ${moved}, at least ${constant * away}`)
    least = Math.min(least, moved / away / constant)
  }
  return least
}
