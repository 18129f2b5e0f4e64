import type { LivePanel } from '../plots/live'
import type { Panel, Reading } from '../training/observer'

/** Approximate maximum of points per line: more are not visible, and enlarge saved notebooks. */
const POINTS = 150

interface Point {
  step: number
  sum: number
  count: number
}

/**
 * Collects values of a training as lines, at the same steps in every run, so that charts are reproducible.
 */
export class Curves {
  /** Number of steps that a point averages. */
  readonly width: number
  private readonly drawn = new Map<string, { panel: Panel; lines: Map<string, Point[]> }>()

  constructor(
    steps: number,
    private readonly stepsAnEpoch: number,
  ) {
    this.width = Math.ceil(steps / POINTS)
  }

  /** Declares a line in advance, so that panels and legends keep their places. */
  expect(panel: Panel, ...lines: string[]): void {
    for (const line of lines) this.lineOf({ panel, line })
  }

  /** Value of a step; the mean over `width` steps is drawn. */
  add(reading: Reading, step: number): void {
    if (!Number.isFinite(reading.value)) return
    const points = this.lineOf(reading)
    const last = points.at(-1)
    const bin = (of: number) => Math.ceil(of / this.width)
    if (last && last.count > 0 && bin(last.step) === bin(step)) {
      last.step = step
      last.sum += reading.value
      last.count++
    } else points.push({ step, sum: reading.value, count: 1 })
  }

  /** A value that is drawn as it is. */
  mark(reading: Reading, step: number): void {
    if (Number.isFinite(reading.value)) this.lineOf(reading).push({ step, sum: reading.value, count: 0 })
  }

  /** For the chart. */
  get panels(): LivePanel[] {
    return [...this.drawn.values()].map(({ panel, lines }) => ({
      ...panel,
      lines: [...lines].map(([name, points]) => ({
        name,
        points: points.map(({ step, sum, count }) => ({
          epoch: step / this.stepsAnEpoch,
          value: sum / Math.max(1, count),
        })),
      })),
    }))
  }

  private lineOf({ panel, line }: Pick<Reading, 'panel' | 'line'>): Point[] {
    let drawn = this.drawn.get(panel.title)
    if (!drawn) this.drawn.set(panel.title, (drawn = { panel, lines: new Map() }))
    let points = drawn.lines.get(line)
    if (!points) drawn.lines.set(line, (points = []))
    return points
  }
}
