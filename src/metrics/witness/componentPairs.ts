import { solveLower } from '../../distributions/triangular'

/** Means and standard deviations of normals, one per row, each `[count, latent]`. */
export interface Normals {
  /** `[count, latent]` */
  readonly mean: ArrayLike<number>
  /** `[count, latent]` */
  readonly sd: ArrayLike<number>
  /** With full covariance the lower triangular L of each, `[count, latent, latent]`. */
  readonly factor?: ArrayLike<number>
}

/** Two components of a mixture and the divergence between them. */
export interface ComponentPair {
  /** Their indices, from 0. */
  readonly components: readonly [number, number]
  /** KL(p(z|w), p(z|w′)) + KL(p(z|w′), p(z|w)) in nats; that of p(x|w) and p(x|w′) is no larger. */
  readonly divergence: number
}

/**
 * Symmetric KL of every pair of components, nearest first: ½ Σ_u (γ²/γ′² + γ′²/γ² − 2 + (m − m′)² (1/γ² +
 * 1/γ′²)), nats; with full covariance ½ (‖L⁻¹L′‖² + ‖L′⁻¹L‖² − 2d + ‖L⁻¹(m − m′)‖² + ‖L′⁻¹(m − m′)‖²), whose
 * last two terms are squares of Mahalanobis distances.
 */
export function componentPairs(prior: Normals, components: number, latent: number): ComponentPair[] {
  const { mean, sd } = prior
  const pairs: ComponentPair[] = []
  for (let j = 0; j < components; j++)
    for (let k = j + 1; k < components; k++) {
      if (prior.factor) {
        const divergence = correlated(prior, j, k, latent)
        pairs.push({ components: [j, k], divergence })
        continue
      }
      let sum = 0
      for (let u = 0; u < latent; u++) {
        const [a, b] = [j * latent + u, k * latent + u]
        const [va, vb] = [sd[a] ** 2, sd[b] ** 2]
        // (va − vb)²/(va vb) keeps its precision if the two are close.
        sum += ((va - vb) ** 2 / (va * vb) + (mean[a] - mean[b]) ** 2 * (1 / va + 1 / vb)) / 2
      }
      pairs.push({ components: [j, k], divergence: sum })
    }
  return pairs.sort((a, b) => a.divergence - b.divergence)
}

/** Symmetric KL of two components with full covariance. */
function correlated({ mean, factor }: Normals, j: number, k: number, latent: number): number {
  const size = latent * latent
  const [first, second] = [j, k].map((w) => Array.from({ length: size }, (_, i) => factor![w * size + i]))
  const shift = Array.from({ length: latent }, (_, u) => mean[j * latent + u] - mean[k * latent + u])
  const half = (L: number[], other: number[]): number => {
    let sum = squareOf(solveLower(L, shift)) - latent
    for (let c = 0; c < latent; c++)
      sum += squareOf(
        solveLower(
          L,
          shift.map((_, u) => other[u * latent + c]),
        ),
      )
    return sum / 2
  }
  // Rounding must not give a distance below 0.
  return Math.max(0, half(first, second) + half(second, first))
}

const squareOf = (x: Float64Array): number => x.reduce((sum, value) => sum + value * value, 0)
