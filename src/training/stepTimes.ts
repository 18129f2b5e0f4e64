/** Times kept: a long training must not grow with its steps. */
const KEPT = 10_000

/** Milliseconds of the newest steps. */
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
