import { rowsOf } from './tables'

type Weights = Record<string, number[]>

/** x W + b in doubles, for one row. */
export function denseRow(weights: Weights, name: string, x: number[]): number[] {
  const b = weights[`${name}/b`]
  const W = rowsOf(weights[`${name}/W`], b.length)
  return b.map((bj, j) => x.reduce((sum, xi, i) => sum + xi * W[i][j], bj))
}

/** A perceptron with ReLU between its layers, in doubles, for one row. */
export function mlpRow(weights: Weights, name: string, x: number[]): number[] {
  let h = x
  for (let l = 0; `${name}/${l}/b` in weights; l++)
    h = denseRow(weights, `${name}/${l}`, l ? h.map((v) => Math.max(v, 0)) : h)
  return h
}
