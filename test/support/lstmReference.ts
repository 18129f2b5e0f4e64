/** Plain numbers of an LSTM: widths, weights row-major, and what enters. */
export interface LstmNumbers {
  time: number
  batch: number
  inputs: number
  hidden: number
  constant: number
  x: number[]
  z: number[]
  h: number[]
  c: number[]
  W: number[]
  U: number[]
  V: number[]
  b: number[]
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x))

/**
 * Every output, `[time, batch, hidden]`, and the last cell, `[batch, hidden]`, in doubles, from the equations
 * one number after the other.
 */
export function lstmReference(n: LstmNumbers): { h: number[]; c: number[] } {
  const { time, batch, inputs, hidden, constant } = n
  let [h, c] = [[...n.h], [...n.c]]
  const all: number[] = []
  for (let t = 0; t < time; t++) {
    const [nextH, nextC] = [[...h], [...c]]
    for (let row = 0; row < batch; row++)
      for (let unit = 0; unit < hidden; unit++) {
        const [i, f, g, o] = [0, 1, 2, 3].map((gate) => {
          const column = gate * hidden + unit
          let p = n.b[column]
          for (let k = 0; k < inputs; k++)
            p += n.x[(t * batch + row) * inputs + k] * n.W[k * 4 * hidden + column]
          for (let k = 0; k < hidden; k++) p += h[row * hidden + k] * n.U[k * 4 * hidden + column]
          for (let k = 0; k < constant; k++) p += n.z[row * constant + k] * n.V[k * 4 * hidden + column]
          return p
        })
        const at = row * hidden + unit
        nextC[at] = logistic(f) * c[at] + logistic(i) * Math.tanh(g)
        nextH[at] = logistic(o) * Math.tanh(nextC[at])
      }
    ;[h, c] = [nextH, nextC]
    all.push(...h)
  }
  return { h: all, c }
}
