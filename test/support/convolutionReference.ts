/** Zeros before the first pixel, with as many around the image as 'same' padding has in TensorFlow. */
const before = (side: number, kernel: number, stride: number): number =>
  Math.floor(Math.max(0, (Math.ceil(side / stride) - 1) * stride + kernel - side) / 2)

type Shape = readonly [height: number, width: number, channels: number]

/** A convolution with 'same' padding in doubles: image `[h, w, c]`, filter `[k, k, c, outputs]`. */
export function convolve(
  x: ArrayLike<number>,
  [height, width, inputs]: Shape,
  filter: ArrayLike<number>,
  kernel: number,
  outputs: number,
  stride: number,
): number[] {
  const [rows, columns] = [Math.ceil(height / stride), Math.ceil(width / stride)]
  const [top, left] = [before(height, kernel, stride), before(width, kernel, stride)]
  const out = new Array<number>(rows * columns * outputs).fill(0)
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++)
      for (let i = 0; i < kernel; i++)
        for (let j = 0; j < kernel; j++) {
          const [y, z] = [r * stride + i - top, c * stride + j - left]
          if (y < 0 || y >= height || z < 0 || z >= width) continue
          for (let k = 0; k < inputs; k++)
            for (let o = 0; o < outputs; o++)
              out[(r * columns + c) * outputs + o] +=
                x[(y * width + z) * inputs + k] * filter[((i * kernel + j) * inputs + k) * outputs + o]
        }
  return out
}

/**
 * Its adjoint, from `[⌈h/s⌉, ⌈w/s⌉, outputs]` back to `[h, w, c]`: ⟨convolve(x), y⟩ = ⟨x, adjoint(y)⟩, entry by entry.
 */
export function adjoint(
  y: ArrayLike<number>,
  shape: Shape,
  filter: ArrayLike<number>,
  kernel: number,
  outputs: number,
  stride: number,
): number[] {
  const size = shape[0] * shape[1] * shape[2]
  return Array.from({ length: size }, (_, at) => {
    const unit = new Array<number>(size).fill(0)
    unit[at] = 1
    return convolve(unit, shape, filter, kernel, outputs, stride).reduce(
      (sum, value, i) => sum + value * y[i],
      0,
    )
  })
}
