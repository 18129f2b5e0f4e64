/** Sizes of a masked convolutional network. */
interface Sizes {
  readonly height: number
  readonly width: number
  readonly channels: number
  readonly layers: number
  readonly kernel: number
}

/** η of a masked convolutional network, pixel by pixel, from plain sums over the pixels above and to the left. */
export function pixelCnnEta(
  weights: Record<string, ArrayLike<number>>,
  x: readonly number[],
  z: readonly number[] | undefined,
  { height, width, channels, layers, kernel }: Sizes,
): number[] {
  const at = (name: string) => weights[`decoder/context/${name}`]
  const relu = (a: number): number => Math.max(0, a)
  const reach = (kernel - 1) / 2
  let h: number[] = []
  for (let l = 0; l < layers; l++) {
    const [before, inputs] = l === 0 ? [x, 1] : [h, channels]
    const [K, b, U] = [at(`${l}/K`), at(`${l}/b`), at('U')]
    h = Array.from({ length: height * width * channels }, (_, out) => {
      const c = out % channels
      const pixel = Math.floor(out / channels)
      const [row, column] = [Math.floor(pixel / width), pixel % width]
      let sum = b[c]
      for (let i = 0; i < kernel; i++)
        for (let j = 0; j < kernel; j++) {
          const [r, s] = [row + i - reach, column + j - reach]
          if (r < 0 || s < 0 || r >= height || s >= width) continue
          const earlier = r < row || (r === row && (s < column || (l > 0 && s === column)))
          if (!earlier) continue
          for (let k = 0; k < inputs; k++)
            sum += before[(r * width + s) * inputs + k] * K[((i * kernel + j) * inputs + k) * channels + c]
        }
      if (l > 0) return h[out] + relu(sum)
      z?.forEach((value, u) => (sum += value * U[u * height * width * channels + out]))
      return relu(sum)
    })
  }
  return x.map((_, d) => {
    let sum = at('c')[d]
    for (let c = 0; c < channels; c++) sum += h[d * channels + c] * at('V')[c]
    return sum
  })
}
