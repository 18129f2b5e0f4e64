/** Number of times kept: memory must not grow with the steps. */
const KEPT = 10_000

/** Milliseconds of the latest steps. */
export class StepTimes {
  private readonly times: number[] = []
  private next = 0

  add(milliseconds: number): void {
    this.times[this.next] = milliseconds
    this.next = (this.next + 1) % KEPT
  }

  /** Their median; NaN before the first. */
  get median(): number {
    return [...this.times].sort((a, b) => a - b)[Math.floor(this.times.length / 2)] ?? NaN
  }
}
