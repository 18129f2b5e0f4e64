/**
 * The radius of the ball about 0 that holds `mass` of N(0, I) in `dim` dimensions: the square root of the χ²
 * quantile, by bisection.
 */
export function ballRadius(dim: number, mass = 0.99): number {
  let [low, high] = [0, dim + 10 * Math.sqrt(2 * dim) + 20]
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (chiSquareMass(dim, middle) < mass) low = middle
    else high = middle
  }
  return Math.sqrt(low)
}

/** P(χ²_dim ≤ x) = e^(−h) Σ_n h^(a+n) / Γ(a + n + 1), h = x/2, a = dim/2. */
function chiSquareMass(dim: number, x: number): number {
  const [a, h] = [dim / 2, x / 2]
  // log Γ(a + 1) for an integer or half-integer a: down to Γ(1) = 1 or Γ(1/2) = √π.
  let logGamma = dim % 2 ? Math.log(Math.PI) / 2 : 0
  for (let b = a; b > 0; b--) logGamma += Math.log(b)
  let term = Math.exp(a * Math.log(h) - h - logGamma)
  let sum = 0
  for (let n = 1; term > 1e-17 * sum || n < h; n++) {
    sum += term
    term *= h / (a + n)
  }
  return sum
}
