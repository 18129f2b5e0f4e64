import { progressBar, standardOutput, type ProgressBar, type Terminal } from '../platform/terminal'
import type { TrainingView } from './live'
import type { Watch } from './watch'
import { formatAlarm, formatAlarms, formatFigures, formatPosition } from './formatWatch'

/** A training in a terminal: one changing line, one line per alarm, and one at the end. */
export class ProgressLine implements TrainingView {
  readonly every = 200
  private bar: ProgressBar | undefined
  private readonly said = new Set<string>()

  /** @param stream the terminal */
  constructor(private readonly stream: Terminal = standardOutput()) {}

  show(watch: Watch, last: boolean): void {
    const news = watch.alarm.filter(({ about }) => !this.said.has(about))
    if (last || news.length > 0) this.end()
    for (const alarm of news) {
      this.said.add(alarm.about)
      // Alarms that still hold at the end are printed there, with final numbers.
      if (!last) this.print(`! ${formatAlarm(alarm)}`)
    }
    if (last) {
      this.print([formatPosition(watch), formatFigures(watch)].join(' · '))
      for (const alarm of formatAlarms(watch)) this.print(`! ${alarm}`)
      return
    }
    this.bar ??= this.start(watch.pace.steps)
    this.bar.update(watch.pace.done, { summary: [formatPosition(watch), formatFigures(watch)].join(' · ') })
  }

  private start(steps: number): ProgressBar {
    const options = {
      format: '{bar} {summary}',
      barsize: 16,
      clearOnComplete: true,
      fps: 5,
      stream: this.stream,
    }
    const bar = progressBar(options)
    bar.start(steps, 0, { summary: '' })
    return bar
  }

  private print(line: string): void {
    this.stream.write(`${line}\n`)
  }

  private end(): void {
    this.bar?.stop()
    this.bar = undefined
  }
}
