import { solveLower } from '../../distributions/triangular'
import type { Normals } from './componentPairs'

/** L_w of component k, row after row. */
export const factorAt = (factor: ArrayLike<number>, k: number, latent: number): Float32Array =>
  Float32Array.from({ length: latent * latent }, (_, i) => factor[k * latent * latent + i])

/** A step in z in units of γ of component k: divided by γ, or L⁻¹ times it. */
export function inUnitsOfGamma({ sd, factor }: Normals, k: number, step: ArrayLike<number>): Float64Array {
  const latent = step.length
  if (factor) return solveLower(factorAt(factor, k, latent), step)
  return Float64Array.from(step, (value, u) => value / sd[k * latent + u])
}
