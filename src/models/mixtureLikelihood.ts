const HALF_LOG_2PI = Math.log(2 * Math.PI) / 2

/**
 * log p(x|α) of two fixed components, fast for many α. With d = log N1 − log N2 of each point, the larger
 * density is taken out: log[αN1 + (1−α)N2] = max + log m, m = α + (1−α)e^−d for d > 0 and αe^d + 1−α
 * otherwise, so nothing over- or underflows.
 */
export class MixtureLikelihood {
  /** Σ of the larger log density of each point. */
  private readonly larger: number
  /** Σ of the log densities of the first component, and of the second. */
  private readonly alone: readonly [number, number]
  /**
   * ±e^−|d|, positive where the first component is more likely. Never 0, since the sign carries that
   * information.
   */
  private readonly ratio: Float64Array

  constructor(x: Float64Array, mean: readonly [number, number], sd: readonly [number, number]) {
    let larger = 0
    const alone: [number, number] = [0, 0]
    this.ratio = x.map((value) => {
      const first = logNormal(value, mean[0], sd[0])
      const second = logNormal(value, mean[1], sd[1])
      larger += Math.max(first, second)
      alone[0] += first
      alone[1] += second
      return first > second ? tiny(second - first) : -tiny(first - second)
    })
    this.larger = larger
    this.alone = alone
  }

  /** log p(x|α) and its derivative in α; `other` is 1 − α, given where the difference would round. */
  at(alpha: number, other = 1 - alpha): { value: number; slope: number } {
    let value = this.larger
    let slope = 0
    // The logarithm of a product of some of the m, instead of one for each.
    let product = 1
    const { ratio } = this
    for (let i = 0; i < ratio.length; i++) {
      const r = ratio[i]
      let m: number
      if (r > 0) {
        m = alpha + other * r
        slope += (1 - r) / m
      } else {
        m = other - alpha * r
        slope -= (1 + r) / m
      }
      product *= m
      if (product < 1e-200) {
        value += Math.log(product)
        product = 1
      }
    }
    if (alpha === 0 || other === 0) value = this.alone[alpha === 0 ? 1 : 0]
    else value += Math.log(product)
    return { value, slope }
  }

  /**
   * Posterior probability of the first component, point by point, at a given weight; added to `out` times
   * `weight`.
   */
  addResponsibilities(alpha: number, weight: number, out: Float64Array): void {
    this.ratio.forEach((r, i) => {
      out[i] += weight * (r > 0 ? alpha / (alpha + (1 - alpha) * r) : (-alpha * r) / (1 - alpha - alpha * r))
    })
  }
}

const tiny = (log: number): number => Math.max(Math.exp(log), Number.MIN_VALUE)

export const logNormal = (x: number, mean: number, sd: number): number =>
  -0.5 * ((x - mean) / sd) ** 2 - Math.log(sd) - HALF_LOG_2PI
