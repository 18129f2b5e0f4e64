import type { Target } from './target'

/** The position of a chain. */
export interface Place {
  u: Float64Array
  logDensity: number
  gradient: Float64Array
}

/**
 * A lower triangular matrix, row-major `[dim, dim]`: the metric's Cholesky factor, in whose coordinates the
 * target is roughly isotropic.
 */
export type Factor = Float64Array

export function placeAt(target: Target, u: Float64Array): Place {
  const gradient = new Float64Array(target.dim)
  return { u, logDensity: target.logDensity(u, gradient), gradient }
}

export function identity(dim: number): Factor {
  const out = new Float64Array(dim * dim)
  for (let i = 0; i < dim; i++) out[i * dim + i] = 1
  return out
}

/** One proposal of Hamiltonian Monte Carlo: its end point and acceptance probability. */
export interface Proposal {
  place: Place
  acceptance: number
  diverged: boolean
}

/** Energy error that counts as a divergence, nats: no useful step size causes it. */
const DIVERGENCE = 1000

/**
 * Leapfrog integration from a position with momentum p ~ N(0, I) in the factor's coordinates: p += ε/2 Lᵀ∇, u
 * += ε L p, p += ε/2 Lᵀ∇.
 *
 * Source: Neal 2011, section 5.2.3 and 5.4.1.
 */
export function leapfrog(
  target: Target,
  from: Place,
  momentum: Float64Array,
  factor: Factor,
  stepSize: number,
  steps: number,
): Proposal {
  const { dim } = target
  const u = from.u.slice()
  const p = momentum.slice()
  const gradient = from.gradient.slice()
  let { logDensity } = from
  const start = logDensity - kinetic(p)
  for (let step = 0; step < steps; step++) {
    kick(p, gradient, factor, stepSize / 2, dim)
    for (let i = 0; i < dim; i++) for (let j = 0; j <= i; j++) u[i] += stepSize * factor[i * dim + j] * p[j]
    logDensity = target.logDensity(u, gradient)
    kick(p, gradient, factor, stepSize / 2, dim)
    // NaN and −∞ end the trajectory too.
    if (!(logDensity - kinetic(p) > start - DIVERGENCE)) return { place: from, acceptance: 0, diverged: true }
  }
  const acceptance = Math.min(1, Math.exp(logDensity - kinetic(p) - start))
  return { place: { u, logDensity, gradient }, acceptance, diverged: false }
}

function kick(p: Float64Array, gradient: Float64Array, factor: Factor, size: number, dim: number): void {
  for (let j = 0; j < dim; j++) for (let i = j; i < dim; i++) p[j] += size * factor[i * dim + j] * gradient[i]
}

function kinetic(p: Float64Array): number {
  let sum = 0
  for (const value of p) sum += value * value
  return sum / 2
}

/**
 * A step size of the right order: doubled or halved until one step's acceptance crosses 0.8 (Hoffman & Gelman
 * 2014, algorithm 4).
 */
export function reasonableStep(
  target: Target,
  from: Place,
  factor: Factor,
  normal: () => number,
  guess: number,
): number {
  const acceptance = (size: number): number => {
    const momentum = Float64Array.from({ length: target.dim }, normal)
    return leapfrog(target, from, momentum, factor, size, 1).acceptance
  }
  let size = guess
  const up = acceptance(size) > 0.8
  for (let tries = 0; tries < 60; tries++) {
    if (acceptance(size) > 0.8 !== up) break
    size *= up ? 2 : 0.5
  }
  return size
}
