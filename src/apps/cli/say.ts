import pc from 'picocolors'
import { progressBar, type ProgressBar } from '../../platform/terminal'

/** A part of a command's work: a name before every line, and a line that changes during long work. */
export class Part {
  private bar: ProgressBar | undefined
  private last = ''
  private readonly live = process.stdout.isTTY === true

  constructor(private readonly name: string) {}

  /** Prints one line. */
  line(text: string): void {
    this.end()
    console.log(`${pc.bold(this.name.padEnd(9))}${text}`)
  }

  /**
   * Shows the current work; a fraction as a bar. On a terminal the line is replaced by the
   * next; elsewhere it is printed once, and not at all if it is minor.
   */
  now(text: string, fraction?: number, minor = false): void {
    if (!this.live) {
      if (minor) return
      if (text !== this.last) console.log(`${this.name.padEnd(9)}${text}`)
      this.last = text
      return
    }
    if (text !== this.last) this.end()
    this.last = text
    this.bar ??= this.start(fraction === undefined)
    this.bar.update(fraction ?? 0, { text })
  }

  private start(plain: boolean): ProgressBar {
    const shown = plain ? '{text}' : '{bar} {percentage} % {text}'
    const format = `${pc.bold(this.name.padEnd(9))}${shown}`
    const bar = progressBar({
      format,
      barsize: 24,
      clearOnComplete: true,
      fps: 5,
    })
    bar.start(1, 0, { text: this.last })
    return bar
  }

  /** Ends the line that changes. */
  end(): void {
    this.bar?.stop()
    this.bar = undefined
    this.last = ''
  }

  good(text: string): void {
    this.line(`${pc.green('✓')} ${text}`)
  }

  bad(text: string, remedy: string): void {
    this.line(`${pc.red('✗')} ${text}. ${remedy}`)
  }
}

/** Formatted seconds. */
export function seconds(value: number): string {
  if (value < 60) return `${value.toFixed(1)} s`
  return `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`
}
