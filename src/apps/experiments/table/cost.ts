import { batchesAnEpoch } from '../../../data/modelData'
import { diagnose } from '../../../metrics/diagnose'
import { fit } from '../../../training/fit'
import type { FitOptions } from '../../../training/options'
import { dataSets, settingOf, usualSeeds, type Cell } from './cell'
import { methods } from './methods'
import type { Setting, Size, TableData } from './setting'

/** What an entry of the table costs, extrapolated from some steps of it. */
export interface Cost {
  readonly data: string
  readonly method: string
  /** How many seeds the row has. */
  readonly seeds: number
  /** Steps it was measured on, after those that only record the step's graph. */
  readonly measured: number
  /** Milliseconds of a processor per update of the weights: what else runs on the machine counts nothing. */
  readonly msPerUpdate: number
  /** Updates that are reckoned with. */
  readonly updates: number
  /** Hours of one core for training and both evaluations, per seed. */
  readonly hours: number
  /** Megabytes of memory that the process held. */
  readonly memory: number
}

/** Epochs that are reckoned with where nobody knows when a training converges: the authors'. */
const EPOCHS = { images: 100, texts: 50 }
/** Epochs of lagging inference's aggressive phase: its authors saw fewer than five. */
const AGGRESSIVE = 5
/** What an update costs in that phase, in updates of plain: 22 to 28 at the smaller sizes, on images and texts. */
const AGGRESSIVE_UPDATE = 27
/** Data points on which an evaluation is timed. */
const EVALUATED = 20

/** How long the measurement of an entry takes at most. */
export interface Measuring {
  /** Steps; 100 by default. */
  steps?: number
  /** Seconds; 60 by default. */
  seconds?: number
}

/**
 * Takes some steps of a cell and extrapolates what it costs until the authors' number of epochs.
 *
 * @param cell which one; its seed counts nothing. @param data as its setting loads them.
 * @param plain what an update of plain costs, ms; lagging inference is reckoned from that.
 */
export async function costOf(
  cell: Cell,
  data: TableData,
  { steps = 100, seconds = 60 }: Measuring = {},
  plain?: number,
): Promise<Cost> {
  const setting = settingOf(cell)
  const method = methods[cell.method]
  const model = setting.build(method.pair, 1, data, method.change?.(setting))
  try {
    const change = typeof method.fit === 'function' ? method.fit(setting) : method.fit
    const isLagging = change?.schedule !== undefined && plain !== undefined
    const times = isLagging
      ? { ms: AGGRESSIVE_UPDATE * plain, count: 0 }
      : await timed(steps, seconds, async (options) => {
          const validation = change?.schedule && data.validation.take(8)
          await fit(model, data.train, { ...setting.fit, ...change, validation, verbose: false, ...options })
        })
    const epochs = EPOCHS[setting.texts ? 'texts' : 'images']
    const anEpoch = batchesAnEpoch(data.train, setting.fit.batchSize ?? 100)
    const slow = isLagging ? AGGRESSIVE : epochs
    const total = anEpoch * (slow * times.ms + (epochs - slow) * (plain ?? 0))
    const measured = method.inEvaluation?.(model, setting) ?? model
    const evaluation = await evaluationSeconds(measured, data, setting)
    return {
      data: cell.data,
      method: cell.method,
      seeds: usualSeeds(cell.size, cell.data, cell.method).length,
      measured: times.count,
      msPerUpdate: times.ms,
      updates: anEpoch * epochs,
      hours: (total / 1000 + (cell.method === 'plain' ? 1 : 2) * evaluation) / 3600,
      memory: process.memoryUsage().rss / 1e6,
    }
  } finally {
    model.dispose()
  }
}

type Timing = Pick<FitOptions, 'epochs' | 'seed' | 'onStep' | 'signal'>

/** Milliseconds of processors that this process has used. */
function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Milliseconds per step, without those that took over five times the median: they recorded a graph. */
async function timed(
  steps: number,
  seconds: number,
  train: (options: Timing) => Promise<void>,
): Promise<{ ms: number; count: number }> {
  const stop = new AbortController()
  const times: number[] = []
  const began = performance.now()
  let last = processorTime()
  const onStep = (): void => {
    const now = processorTime()
    times.push(now - last)
    last = now
    const over = performance.now() - began > 1000 * seconds
    if (times.length > steps || (times.length > 2 && over)) stop.abort()
  }
  await train({ epochs: EPOCHS.images, seed: 1, onStep, signal: stop.signal })
  const later = times.slice(1).sort((a, b) => a - b)
  const usual = later.filter((time) => time <= 5 * later[Math.floor(later.length / 2)])
  return { ms: usual.reduce((sum, time) => sum + time, 0) / usual.length, count: usual.length }
}

/** Seconds of a processor for an evaluation, from one of few data points. */
async function evaluationSeconds(
  model: Parameters<typeof diagnose>[0],
  { test }: TableData,
  { evaluate }: Setting,
): Promise<number> {
  const began = processorTime()
  await diagnose(model, test, { ...evaluate, size: EVALUATED })
  return (((processorTime() - began) / 1000) * (evaluate.size ?? 1000)) / EVALUATED
}

/** The costs as text: each entry, and the whole table on 2 and on 16 cores, one core for each entry. */
export function formatCosts(size: Size, costs: readonly Cost[]): string {
  const lines = costs.map(({ data, method, seeds, measured, msPerUpdate, updates, hours, memory }) =>
    [
      dataSets[data].title.padEnd(18),
      methods[method].title.padEnd(26),
      `${msPerUpdate.toFixed(1)} ms × ${updates} updates`.padStart(28),
      `${hours.toFixed(hours < 1 ? 2 : hours < 10 ? 1 : 0)} h × ${seeds}`.padStart(12),
      `${(memory / 1000).toFixed(1)} GB`.padStart(8),
      measured === 0 ? '  (from plain)' : `  (${measured} steps)`,
    ].join('  '),
  )
  const hours = costs.reduce((sum, cost) => sum + cost.hours * cost.seeds, 0)
  const longest = Math.max(...costs.map((cost) => cost.hours))
  const memory = Math.max(...costs.map((cost) => cost.memory)) / 1000
  const on = (cores: number): string =>
    `${Math.max(hours / cores, longest).toFixed(0)} hours and at most ${(cores * memory).toFixed(0)} GB on ${cores} cores`
  return [
    ...lines,
    '',
    `Table 1 at ${size} size, one entry per core: ${on(2)}, ${on(16)}.`,
    `Reckoned with ${EPOCHS.images} epochs on images and ${EPOCHS.texts} on texts, the authors’; until converged it may be more or less.`,
  ].join('\n')
}
