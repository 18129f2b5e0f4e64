/** Seconds over which the rate is measured. */
const WINDOW = 20

/** Speed and remaining time of a training. */
export class Pace {
  private readonly marks: { step: number; at: number }[]
  private current: number

  /**
   * @param from steps done before
   * @param steps in all
   * @param now a clock, milliseconds
   */
  constructor(
    private readonly from: number,
    readonly steps: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.current = from
    this.marks = [{ step: from, at: now() }]
  }

  /** After each step. */
  step(step: number): void {
    this.current = step
    const at = this.now()
    const last = this.marks[this.marks.length - 1]
    // The first step records the graph: its time is not representative.
    if (step === this.from + 1) this.marks.splice(0, 1, { step, at })
    else if (at - last.at >= 250) this.marks.push({ step, at })
    while (this.marks.length > 2 && at - this.marks[1].at >= WINDOW * 1000) this.marks.shift()
  }

  /** Steps done. */
  get done(): number {
    return this.current
  }

  /** Recent steps per second; undefined at the start. */
  get rate(): number | undefined {
    const [{ step, at }] = this.marks
    const seconds = (this.now() - at) / 1000
    return this.current > step && seconds > 0.2 ? (this.current - step) / seconds : undefined
  }

  /** Seconds left; undefined at the start. */
  get left(): number | undefined {
    return this.rate === undefined ? undefined : (this.steps - this.current) / this.rate
  }
}

/** A formatted rate. */
export const formatRate = (rate: number): string =>
  rate >= 10
    ? `${rate.toFixed(0)} steps/s`
    : rate >= 1
      ? `${rate.toFixed(1)} steps/s`
      : `${(1 / rate).toFixed(1)} s per step`

/** Formatted seconds: `8 s`, `2 min 05 s`, `1 h 10 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds)
  const two = (value: number) => String(value).padStart(2, '0')
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`
}
