const BLOCK = 32

/**
 * Numbers whose first index runs fastest, stored again so that the last one does: row i of the result is row i
 * of the array.
 *
 * @param stored column by column, `[…shape]`. @param shape lengths along each axis.
 */
export function rowMajor<T extends Float32Array | Float64Array>(stored: T, shape: readonly number[]): T {
  const [rows, ...row] = shape
  const width = row.reduce((a, b) => a * b, 1)
  if (rows === 1 && row.length < 2) return stored
  const places = placesOf(row)
  const out = new (stored.constructor as new (length: number) => T)(stored.length)
  for (let first = 0; first < rows; first += BLOCK) {
    const end = Math.min(rows, first + BLOCK)
    for (let j = 0; j < width; j++)
      for (let i = first; i < end; i++) out[i * width + places[j]] = stored[j * rows + i]
  }
  return out
}

/** Where the j-th number of a row, counted with the first index fastest, stands if the last one runs fastest. */
function placesOf(shape: readonly number[]): Uint32Array {
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1))
  return Uint32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, j) => {
    let [rest, place] = [j, 0]
    shape.forEach((length, axis) => {
      place += (rest % length) * steps[axis]
      rest = Math.floor(rest / length)
    })
    return place
  })
}
