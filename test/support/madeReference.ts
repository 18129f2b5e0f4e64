/** η of a masked network, feature by feature, from plain sums over the weights that its degrees allow. */
export function madeEta(
  weights: Record<string, ArrayLike<number>>,
  x: readonly number[],
  z: readonly number[] | undefined,
  layers: number,
): number[] {
  const at = (name: string) => weights[`decoder/context/${name}`]
  const dim = x.length
  const hidden = at('0/b').length
  const degree = (k: number): number => Math.floor((k * dim) / hidden)
  const relu = (a: number): number => Math.max(0, a)
  let h: number[] = []
  for (let l = 0; l < layers; l++) {
    const before = h
    h = Array.from({ length: hidden }, (_, k) => {
      let sum = at(`${l}/b`)[k]
      if (l === 0) for (let i = 0; i < degree(k); i++) sum += x[i] * at('0/W')[i * hidden + k]
      else
        for (let j = 0; j < hidden; j++)
          if (degree(j) <= degree(k)) sum += before[j] * at(`${l}/W`)[j * hidden + k]
      z?.forEach((value, u) => (sum += value * at(`${l}/U`)[u * hidden + k]))
      return relu(sum)
    })
  }
  return Array.from({ length: dim }, (_, d) => {
    let sum = at('c')[d]
    for (let i = 0; i < d; i++) sum += x[i] * at('A')[i * dim + d]
    for (let k = 0; k < hidden; k++) if (degree(k) <= d) sum += h[k] * at('V')[k * dim + d]
    return sum
  })
}

/** All rows of `dim` zeros and ones. */
export const everyRow = (dim: number): number[][] =>
  Array.from({ length: 2 ** dim }, (_, i) => Array.from({ length: dim }, (_, d) => (i >> d) & 1))
