/** Means and standard deviations of normals, one per row, each `[count, latent]`. */
export interface Normals {
  /** `[count, latent]` */
  readonly mean: ArrayLike<number>
  /** `[count, latent]` */
  readonly sd: ArrayLike<number>
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
 * 1/γ′²)), nats.
 */
export function componentPairs({ mean, sd }: Normals, components: number, latent: number): ComponentPair[] {
  const pairs: ComponentPair[] = []
  for (let j = 0; j < components; j++)
    for (let k = j + 1; k < components; k++) {
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
