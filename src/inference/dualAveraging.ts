/**
 * Finds the step size at which a sampler has the target acceptance probability δ: log ε_{t+1} = μ − √t/γ ·
 * mean of (δ − acceptance) over t + t₀. The result is a weighted mean of the ε with larger weights for later
 * ones.
 *
 * Source: Hoffman & Gelman 2014, algorithm 5, with the same γ, t₀ and κ.
 */
export class DualAveraging {
  private readonly centre: number
  private count = 0
  private error = 0
  private averageLog = 0
  /** The step size to try next. */
  stepSize: number

  /** @param start a step size of the right order. @param accept δ, the target acceptance probability. */
  constructor(
    start: number,
    private readonly accept: number,
  ) {
    this.stepSize = start
    this.centre = Math.log(10 * start)
  }

  /** Updates the step size from one step's acceptance probability. */
  learn(acceptance: number): void {
    const t = ++this.count
    const weight = 1 / (t + 10)
    this.error = (1 - weight) * this.error + weight * (this.accept - acceptance)
    const log = this.centre - (Math.sqrt(t) / 0.05) * this.error
    const fade = t ** -0.75
    this.averageLog = fade * log + (1 - fade) * this.averageLog
    this.stepSize = Math.exp(log)
  }

  /** The adapted step size. */
  get found(): number {
    return this.count === 0 ? this.stepSize : Math.exp(this.averageLog)
  }
}
