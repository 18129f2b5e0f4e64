/**
 * out = A Bᵀ in doubles, each number summed in the order of the columns. `rows` and `columns` are multiples
 * of 4 and 2: four rows of A meet two of B at a time, so that what is loaded is used more than once.
 *
 * @param a `[rows, inner]`, row-major
 * @param b `[columns, inner]`, row-major
 * @param out `[rows, columns]`
 */
export function product(
  a: Float64Array,
  b: Float64Array,
  out: Float64Array,
  rows: number,
  columns: number,
  inner: number,
): void {
  for (let j = 0; j < columns; j += 2)
    for (let i = 0; i < rows; i += 4) {
      let [p0, p1, q0, q1, r0, r1, s0, s1] = [0, 0, 0, 0, 0, 0, 0, 0]
      let at = i * inner
      let of = j * inner
      for (let k = 0; k < inner; k++, at++, of++) {
        const b0 = b[of]
        const b1 = b[of + inner]
        const p = a[at]
        const q = a[at + inner]
        const r = a[at + 2 * inner]
        const s = a[at + 3 * inner]
        p0 += p * b0
        p1 += p * b1
        q0 += q * b0
        q1 += q * b1
        r0 += r * b0
        r1 += r * b1
        s0 += s * b0
        s1 += s * b1
      }
      const to = i * columns + j
      out[to] = p0
      out[to + 1] = p1
      out[to + columns] = q0
      out[to + columns + 1] = q1
      out[to + 2 * columns] = r0
      out[to + 2 * columns + 1] = r1
      out[to + 3 * columns] = s0
      out[to + 3 * columns + 1] = s1
    }
}
