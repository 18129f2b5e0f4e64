import { ArgumentError } from '../errors'

/**
 * A log density to infer, over unconstrained numbers u: log p(x, v(u)) + log |dv/du|, up to a constant. A probability is given by its log-odds, a
 * positive number by its logarithm; `natural` takes u back.
 */
export interface Target {
  /** Numbers in u. */
  readonly dim: number
  /** Names of the natural quantities. */
  readonly names: readonly string[]
  /** Where inference begins, `[dim]`; zeros without. Chains start around it. */
  readonly start?: Float64Array
  /** The log density at u, nats; writes its gradient into `gradient` where given. */
  logDensity(u: Float64Array, gradient?: Float64Array): number
  /** The quantities by these names, on their natural scale. */
  natural(u: Float64Array): number[]
}

/** Throws unless the target has what inference needs. */
export function requireTarget(target: Target): void {
  const { dim, names, logDensity, natural } = target as Partial<Target>
  const good =
    Number.isInteger(dim) &&
    Array.isArray(names) &&
    typeof logDensity === 'function' &&
    typeof natural === 'function'
  if (!good)
    throw new ArgumentError(
      'target',
      target,
      '{ dim, names, logDensity, natural }',
      'Take one of a model: gmm.target(x), ppca.target(x).',
    )
}

/** 1/(1 + e^−u). */
export const logistic = (u: number): number => (u >= 0 ? 1 / (1 + Math.exp(-u)) : 1 - 1 / (1 + Math.exp(u)))
