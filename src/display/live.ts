import escapeHtml from 'escape-html'
import { isHeadless, LIVE_INTERVAL } from '../platform/environment'
import { uuid } from '../platform/hash'
import { standardOutput } from '../platform/terminal'
import { showTrainingWith, type FitObserver } from '../training/observer'
import { ProgressLine } from './progressLine'
import type { Bundle } from './channel'
import { bundle, inNotebook, showLive } from './show'
import { Watch } from './watch'
import { formatAlarms, formatFigures, formatPosition } from './formatWatch'

/** How a running training is shown. */
export interface TrainingView {
  /** Minimum of milliseconds between two updates. */
  readonly every: number
  /** Shows the current state; `last` at the end, however it ends. */
  show(watch: Watch, last: boolean): void
}

/** Largest share of time for updates; a slow display is updated less often. */
const SHARE = 0.1

/** Shows a training in a view: at the start, at limited intervals, and always in its final state. */
export function shownIn(view: TrainingView, now: () => number = () => performance.now()): FitObserver {
  let watch: Watch | undefined
  let next = 0
  const guarded = (change: (watch: Watch) => void, last = false): void => {
    if (!watch) return
    try {
      change(watch)
      const began = now()
      if (!last && began < next) return
      view.show(watch, last)
      const took = now() - began
      next = began + Math.max(view.every, took / SHARE)
    } catch (error) {
      watch.dispose()
      throw error
    }
  }
  return {
    begin: (training) => {
      watch = new Watch(training)
      guarded(() => undefined)
    },
    step: (seen) => guarded((one) => one.step(seen)),
    epoch: (row) => guarded((one) => one.epoch(row)),
    end: (outcome) => guarded((one) => one.end(outcome), true),
  }
}

/** A progress bar with text, and a chart below it: two outputs of the cell that change in place. */
class NotebookView implements TrainingView {
  /** In a headless run only the first and last states matter, and what a killed run leaves. */
  readonly every = isHeadless() ? 10_000 : LIVE_INTERVAL
  private readonly progress = uuid()
  private readonly chart = uuid()
  private shown = false

  show(watch: Watch, last: boolean): void {
    showLive(progressBundle(watch), this.progress, this.shown)
    // Images for other viewers take a tenth of a second: only the last state needs them.
    if (watch.seen) showLive(bundle(watch.chart(!last), last), this.chart, this.charted)
    this.shown = true
    this.charted ||= watch.seen !== undefined
  }

  private charted = false
}

/** The bar as HTML, which shows in untrusted notebooks and exported pages too. */
function progressBundle(watch: Watch): Bundle {
  const { done, steps } = watch.pace
  const lines = [formatPosition(watch), formatFigures(watch)].filter((line) => line !== '')
  const alarms = formatAlarms(watch).map((alarm) => `⚠ ${alarm}`)
  const html =
    `<div style="font-variant-numeric: tabular-nums"><progress max="${steps}" value="${done}" style="width: 100%; max-width: 660px"></progress>` +
    lines.map((line) => `<br>${escapeHtml(line)}`).join('') +
    alarms
      .map((line) => `<p style="margin: 0.4em 0 0; max-width: 660px"><b>${escapeHtml(line)}</b></p>`)
      .join('') +
    '</div>'
  return { data: { 'text/html': html, 'text/plain': [...lines, ...alarms].join('\n') }, metadata: {} }
}

/**
 * Shows running trainings from now on: a live chart in a notebook, a line in a terminal, otherwise one
 * printed line per epoch.
 */
export function showTrainings(): void {
  showTrainingWith(() => {
    if (inNotebook()) return shownIn(new NotebookView())
    return standardOutput().isTTY ? shownIn(new ProgressLine()) : undefined
  })
}
