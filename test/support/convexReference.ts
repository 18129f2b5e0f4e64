/**
 * The input-convex network and its Brenier map in doubles and plain loops, written from the formulas of the
 * specification and not from the source: h_0 = r(u A_0 + b_0)², h_l = s(h_{l−1} W_l + u A_l + b_l), f = h_L w
 * + u·a, g = ∇f + μu. One point at a time.
 */
export interface ConvexReference {
  dim: number
  hidden: number
  layers: number
  smooth: boolean
  mu: number
  /** [dim, (L+1)·hidden], the A_l side by side. */
  A: number[]
  b: number[]
  /** Free weights: W_l = softplus(V_l)/hidden, [hidden, hidden], from row to column. */
  V: number[][]
  /** Free weights: w = softplus(v). */
  v: number[]
  a: number[]
}

export const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const leaky = (x: number): number => (x > 0 ? x : 0.2 * x)
const leakySlope = (x: number): number => (x > 0 ? 1 : 0.2)

/** Pre-activations and activations, layer by layer. */
function forward(f: ConvexReference, u: number[]): { p: number[][]; h: number[][] } {
  const { dim, hidden, layers, smooth, A, b, V } = f
  const columns = (layers + 1) * hidden
  const p: number[][] = []
  const h: number[][] = []
  for (let l = 0; l <= layers; l++) {
    p[l] = Array.from({ length: hidden }, (_, j) => {
      let sum = b[l * hidden + j]
      for (let i = 0; i < dim; i++) sum += u[i] * A[i * columns + l * hidden + j]
      if (l)
        for (let k = 0; k < hidden; k++) sum += (h[l - 1][k] * softplus(V[l - 1][k * hidden + j])) / hidden
      return sum
    })
    h[l] = p[l].map((x) => (l === 0 ? leaky(x) ** 2 : smooth ? 0.2 * x + 0.8 * softplus(x) : leaky(x)))
  }
  return { p, h }
}

/** f(u). */
export function convexValue(f: ConvexReference, u: number[]): number {
  const { h } = forward(f, u)
  return (
    h[f.layers].reduce((sum, x, j) => sum + x * softplus(f.v[j]), 0) +
    u.reduce((sum, x, i) => sum + x * f.a[i], 0)
  )
}

/** f(u) + μ|u|²/2, of which the Brenier map is the gradient. */
export const potential = (f: ConvexReference, u: number[]): number =>
  convexValue(f, u) + (f.mu / 2) * u.reduce((sum, x) => sum + x * x, 0)

/** ∇f(u) + μu, by carrying the derivative of every unit with respect to every u_i forwards. */
export function brenierMap(f: ConvexReference, u: number[]): number[] {
  const { hidden, layers, smooth, A, V } = f
  const columns = (layers + 1) * hidden
  const { p } = forward(f, u)
  const slope = (x: number): number => (smooth ? 0.2 + 0.8 * sigmoid(x) : leakySlope(x))
  return u.map((ui, i) => {
    let dh: number[] = []
    for (let l = 0; l <= layers; l++) {
      const before = dh
      dh = Array.from({ length: hidden }, (_, j) => {
        let dp = A[i * columns + l * hidden + j]
        if (l)
          for (let k = 0; k < hidden; k++) dp += (before[k] * softplus(V[l - 1][k * hidden + j])) / hidden
        return l === 0 ? 2 * leaky(p[0][j]) * leakySlope(p[0][j]) * dp : slope(p[l][j]) * dp
      })
    }
    return dh.reduce((sum, x, j) => sum + x * softplus(f.v[j]), 0) + f.a[i] + f.mu * ui
  })
}

/**
 * Least distance of a pre-activation from a kink: of the first layer's second derivative, and of the paper's
 * later slopes.
 */
export function distanceFromKinks(f: ConvexReference, u: number[]): number {
  const { p } = forward(f, u)
  return Math.min(
    ...p
      .slice(0, f.smooth ? 1 : undefined)
      .flat()
      .map(Math.abs),
  )
}

/** The matrices of all layers in one, columns side by side: the reference keeps them so. */
function sideBySide(
  of: (name: string) => number[],
  letter: string,
  layers: number,
  hidden: number,
): number[] {
  const each = Array.from({ length: layers + 1 }, (_, l) => of(`${letter}${l}`))
  const rows = each[0].length / hidden
  return Array.from({ length: rows }, (_, i) =>
    each.flatMap((matrix) => matrix.slice(i * hidden, (i + 1) * hidden)),
  ).flat()
}

/** The columns of layer `l` of what `sideBySide` put together. */
export function columnsOfLayer(all: number[], l: number, layers: number, hidden: number): number[] {
  const width = (layers + 1) * hidden
  return all.filter((_, i) => Math.floor((i % width) / hidden) === l)
}

/** The reference with the weights that a layer has under `scope` in its parameters. */
export function convexReference(
  weights: Record<string, number[]>,
  scope: string,
  shape: { dim: number; hidden: number; layers: number; activation: string; mu?: number },
): ConvexReference {
  const { dim, hidden, layers, activation, mu = 0 } = shape
  const of = (name: string): number[] => weights[`${scope}${name}`]
  const V = Array.from({ length: layers }, (_, l) => of(`V${l + 1}`))
  return {
    dim,
    hidden,
    layers,
    smooth: activation === 'smooth',
    mu,
    A: sideBySide(of, 'A', layers, hidden),
    b: sideBySide(of, 'b', layers, hidden),
    V,
    v: of('v'),
    a: of('a'),
  }
}
