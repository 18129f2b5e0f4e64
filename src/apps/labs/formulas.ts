/** Σ of some numbers. */
export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Their mean. */
export const mean = (values: readonly number[]): number => sum(values) / values.length

/** log Σ exp, without overflow or underflow. */
export function logSumExp(logs: readonly number[]): number {
  const top = Math.max(...logs)
  return top + Math.log(sum(logs.map((log) => Math.exp(log - top))))
}

/** log (1/n) Σ exp. */
export const logMeanExp = (logs: readonly number[]): number => logSumExp(logs) - Math.log(logs.length)

/** The columns of a matrix. */
export const columns = (rows: readonly (readonly number[])[]): number[][] =>
  rows[0].map((_, j) => rows.map((row) => row[j]))

/** The product of two matrices. */
export const product = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] =>
  a.map((row) => columns(b).map((column) => sum(row.map((value, i) => value * column[i]))))

/** a + factor · b. */
export const plus = (
  a: readonly (readonly number[])[],
  b: readonly (readonly number[])[],
  factor = 1,
): number[][] => a.map((row, i) => row.map((value, j) => value + factor * b[i][j]))

/** The matrix times a number. */
export const times = (factor: number, a: readonly (readonly number[])[]): number[][] =>
  a.map((row) => row.map((value) => factor * value))

/** I, `[size][size]`. */
export const identity = (size: number): number[][] =>
  Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => (i === j ? 1 : 0)))

/** Variance about the mean. */
export const variance = (values: readonly number[]): number =>
  mean(values.map((value) => (value - mean(values)) ** 2))

/** log N(x; 0, v), nats. */
export const logNormal = (x: number, v: number): number => -(Math.log(2 * Math.PI * v) + (x * x) / v) / 2

/** KL(N(mean, sd²) ‖ N(0, 1)), nats. */
export const klToPrior = (m: number, s: number): number => (m * m + s * s - 1) / 2 - Math.log(s)

/** log(1 + eᵃ), at any size of a. */
export const softplus = (a: number): number => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)))

/** 1 / (1 + e⁻ᵃ). */
export const sigmoid = (a: number): number => 1 / (1 + Math.exp(-a))
