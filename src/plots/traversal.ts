import type { Traversal } from '../models/traversal'
import { ArgumentError } from '../base/errors'
import { resolveOptions } from '../base/options'
import { featureLines } from './featureLines'
import { imageCount, imageTile, outsideInWords } from './image'
import { imageRows } from './imageRows'
import { CHART_OPTIONS, numbersOf, type ChartOptions, type VegaLiteSpec } from './spec'
import { chart, DEAD } from './theme'

/** Options of `traversal`. */
export interface TraversalChartOptions extends ChartOptions {
  /** Names of the features, for data that are not images. */
  features?: readonly string[]
}

/**
 * Latent traversal: one row per unit of z, largest KL first, with decodings while that unit moves through its
 * prior and the others stay fixed. The row of a dead unit does not change.
 *
 * Data that are not images (shape `[count]`, at most ten features) are drawn as lines, one panel per unit;
 * the lines of a dead unit are flat.
 *
 * @param walked The result of `lid.traversal`.
 * @param options Title, subtitle, names of features.
 * @returns A Vega-Lite specification; each row is one PNG.
 * @throws ArgumentError if lengths do not match, or the data are neither images nor a few features.
 * @example
 * lid.show(lid.plots.traversal(await lid.traversal(model, test, { point: 3, units: 8 })))
 */
export function traversal(walked: Traversal, options: TraversalChartOptions = {}): VegaLiteSpec {
  const { features } = resolveOptions('traversal', options, { ...CHART_OPTIONS, features: undefined })
  const { mean, units, kl, steps, code, shape, latent } = requireTraversal(walked)
  const labels = units.map((unit, row) => `z ${unit} · ${kl[row] < DEAD ? 'dead' : kl[row].toFixed(2)}`)
  const dead = kl.filter((value) => value < DEAD).length
  const some = units.length < latent ? `${units.length} of ${latent} units, the` : 'The'
  const number = `${some} number: KL from the prior in nats; dead: below ${DEAD}.`
  const title =
    options.title ??
    `Effect of each unit of z${dead === 0 ? '' : dead === 1 ? ': one is dead' : `: ${dead} are dead`}`
  if (shape.length < 2) {
    const rows = units.map((_, row) => ({ label: labels[row], values: slice(mean, row, units.length) }))
    const subtitle = options.subtitle ?? [`${number} Flat lines: the unit has no effect.`, dotted]
    const lines = featureLines(shape, rows, {
      steps,
      stepTitle: 'unit, prior sd',
      features,
      marks: code,
    })
    return chart(title, subtitle, lines)
  }
  if (imageCount('walked.mean', mean, shape) !== units.length * steps.length)
    throw new ArgumentError('walked.mean', mean, `${units.length} × ${steps.length} images`, give)
  const rows = units.map((_, row) => ({
    label: labels[row],
    tile: imageTile(slice(mean, row, units.length), shape),
  }))
  const frames = code.map((at, row) => ({ row, column: nearest(steps, at) }))
  const subtitle = options.subtitle ?? [
    `One unit moves, the others stay fixed; above: its value, in sd of its prior. ${framed}`,
    `${number} A row of equal images: the unit has no effect.${outsideInWords(rows.map(({ tile }) => tile))}`,
  ]
  return chart(title, subtitle, imageRows(rows, shape, steps.length, steps.map(signed), frames))
}

const give = 'Give the result of lid.traversal.'
const framed = 'Framed: the image’s code.'
const dotted = 'One unit moves, the others stay fixed. Dotted line: the data point’s code.'

function requireTraversal(walked: Traversal): Traversal {
  const { units, kl, code, shape } = walked ?? {}
  if (!Array.isArray(units) || units.length === 0 || !Array.isArray(shape))
    throw new ArgumentError('walked', walked, 'a traversal of at least one unit', give)
  numbersOf('walked.steps', walked.steps)
  for (const [name, list] of Object.entries({ kl, code }))
    if (numbersOf(`walked.${name}`, list).length !== units.length)
      throw new ArgumentError(`walked.${name}`, list, `${units.length} numbers, one per unit`, give)
  return walked
}

/** The horizontal extent of each of `count` equal parts of a row. */
export const slice = (values: ArrayLike<number>, row: number, count: number): number[] =>
  Array.from(values).slice((row * values.length) / count, ((row + 1) * values.length) / count)

const nearest = (steps: readonly number[], at: number): number =>
  steps.reduce((best, step, i) => (Math.abs(step - at) < Math.abs(steps[best] - at) ? i : best), 0)

/** +1.5, 0, −3. */
const signed = (step: number): string =>
  `${step > 0 ? '+' : step < 0 ? '−' : ''}${Number(Math.abs(step).toFixed(2))}`
