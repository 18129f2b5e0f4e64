import { Matrix } from 'ml-matrix'
import { softplus } from './convexReference'

/** Weights by the last word of their names. */
export type Weights = Record<string, number[]>

const columnsOf = (flat: number[], rows: number): number[][] =>
  Array.from({ length: rows }, (_, i) => flat.slice((i * flat.length) / rows, ((i + 1) * flat.length) / rows))

/** N(K) in doubles: the largest eigenvalue for two rows or columns, else the 1/4 power of ‖(KKᵀ)⁴‖_F. */
export function normBound(K: number[][]): number {
  const m = new Matrix(K)
  const G = m.rows <= m.columns ? m.mmul(m.transpose()) : m.transpose().mmul(m)
  if (G.rows === 1) return G.get(0, 0)
  if (G.rows === 2) {
    const [[a, b], [, c]] = G.to2DArray()
    return (a + c) / 2 + Math.hypot((a - c) / 2, b)
  }
  return G.mmul(G).mmul(G).mmul(G).norm('frobenius') ** 0.25
}

/** T(u) of a twist layer in doubles. */
export function twistAt({ A, V, b, a, s, logTau }: Weights, mu: number, u: number[]): number[] {
  const d = u.length
  const [rowsA, rowsV] = [columnsOf(A, d), columnsOf(V, d)]
  const K = rowsV.map((row, i) => row.map((v, j) => v - rowsA[i][j]))
  const slope = mu + normBound(K) / 4 + softplus(s[0])
  const kinked = b.length - (logTau?.length ?? 0)
  const h = b.map((offset, j) => {
    const p = u.reduce((sum, x, i) => sum + x * rowsA[i][j], offset)
    if (j < kinked) return Math.max(0, p)
    const tau = Math.exp(logTau[j - kinked])
    return tau * Math.tanh(p / tau)
  })
  return u.map((x, i) => a[i] + slope * x + rowsV[i].reduce((sum, v, j) => sum + v * h[j], 0))
}

/** The least distance of a kink of its ReLU units. */
export const distanceFromTwistKinks = ({ A, b, logTau }: Weights, u: number[]): number =>
  Math.min(
    ...b
      .slice(0, b.length - (logTau?.length ?? 0))
      .map((offset, j) => Math.abs(u.reduce((sum, x, i) => sum + x * columnsOf(A, u.length)[i][j], offset))),
  )

/** u H₁ … H_k in doubles. */
export const rotationAt = ({ v }: Weights, u: number[]): number[] =>
  columnsOf(v, v.length / u.length).reduce((x, n) => {
    const square = n.reduce((sum, value) => sum + value * value, 0)
    const along = x.reduce((sum, value, i) => sum + value * n[i], 0)
    return x.map((value, i) => value - (2 * along * n[i]) / square)
  }, u)

/** An increasing map in doubles. */
export function increasingAt({ a, s, w, r, t }: Weights, mu: number, u: number[]): number[] {
  const [W, R, T] = [w, r, t].map((flat) => columnsOf(flat, u.length))
  return u.map(
    (x, i) =>
      a[i] +
      (mu + softplus(s[i])) * x +
      W[i].reduce((sum, value, j) => sum + softplus(value) * Math.tanh(softplus(R[i][j]) * (x - T[i][j])), 0),
  )
}
