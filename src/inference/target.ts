import { ArgumentError, unquoted } from '../base/errors'

/**
 * A log density over unconstrained parameters u: log p(x, v(u)) + log |dv/du|, up to a constant. A
 * probability is represented by its log-odds, a positive quantity by its logarithm; `natural` maps u back.
 */
export interface Target {
  /** Dimension of u. */
  readonly dim: number
  /** Names of the natural quantities. */
  readonly names: readonly string[]
  /** Starting point of inference, `[dim]`; zeros by default. Chains start near it. */
  readonly start?: Float64Array
  /** The log density at u, nats; writes its gradient into `gradient` if given. */
  logDensity(u: Float64Array, gradient?: Float64Array): number
  /** The named quantities on their natural scale. */
  natural(u: Float64Array): number[]
}

/** Throws unless the target has everything that inference needs. */
export function requireTarget(target: Target): void {
  const { dim, names, start, logDensity, natural } = (target ?? {}) as Partial<Target>
  const good =
    Number.isInteger(dim) &&
    dim! > 0 &&
    Array.isArray(names) &&
    typeof logDensity === 'function' &&
    typeof natural === 'function'
  if (!good)
    throw new ArgumentError(
      'target',
      target,
      '{ dim, names, logDensity, natural }',
      'Use a model’s target, such as gmm.target(x) or ppca.target(x).',
    )
  if (start !== undefined && start.length !== dim)
    throw new ArgumentError('target.start', start, `${dim} numbers`)
  const at = start?.slice() ?? new Float64Array(dim!)
  const quantities = target.natural(at)
  if (quantities.length !== names.length)
    throw new ArgumentError(
      'target.natural',
      quantities,
      `a function that returns ${names.length} numbers, one per name`,
    )
  const gradient = new Float64Array(dim!).fill(NaN)
  if (Number.isFinite(target.logDensity(at, gradient)) && gradient.some(Number.isNaN))
    throw new ArgumentError(
      'target.logDensity',
      unquoted(gradient.every(Number.isNaN) ? 'one that writes no gradient' : 'one whose gradient has NaN'),
      'a function that writes the gradient into its second argument',
      'Set gradient[i] = ∂ log p/∂u[i]; do not add to the previous value.',
    )
}

/** 1/(1 + e^−u). */
export const logistic = (u: number): number => (u >= 0 ? 1 / (1 + Math.exp(-u)) : 1 - 1 / (1 + Math.exp(u)))
