import type { Optimizer } from '../../src/compute/optimizers'

/** Adam in doubles and plain loops (Kingma & Ba 2015, algorithm 1 with the efficient order of section 2). */
export class AdamReference {
  private readonly m: number[]
  private readonly v: number[]

  constructor(
    readonly weights: number[],
    private readonly rule: Optimizer,
  ) {
    this.m = weights.map(() => 0)
    this.v = weights.map(() => 0)
  }

  /** @param step from 1 */
  apply(gradient: number[], rate: number, step: number): void {
    const { beta1, beta2, epsilon } = this.rule.scalars(rate, step)
    const scaled = (rate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step)
    gradient.forEach((g, i) => {
      this.m[i] = beta1 * this.m[i] + (1 - beta1) * g
      this.v[i] = beta2 * this.v[i] + (1 - beta2) * g * g
      this.weights[i] -= (scaled * this.m[i]) / (Math.sqrt(this.v[i]) + epsilon)
    })
  }
}
