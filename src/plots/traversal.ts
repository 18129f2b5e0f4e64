import type { Traversal } from '../models/traversal'
import { ArgumentError } from '../base/errors'
import { resolveOptions } from '../base/options'
import { featureLines } from './featureLines'
import { imageCount, imageTile } from './image'
import { imageRows } from './imageRows'
import { CHART_OPTIONS, numbersOf, type ChartOptions, type VegaLiteSpec } from './spec'
import { chart, DEAD } from './theme'

/** Options of `traversal`. */
export interface TraversalChartOptions extends ChartOptions {
  /** Names of the features, for data that are no images. */
  features?: readonly string[]
}

/**
 * Latent traversal: a row a unit of z, largest KL first; what is decoded while that unit walks through its prior and the others stay. A dead unit's row
 * does not change.
 *
 * Data that are no images (shape `[count]`, at most ten features) are drawn as lines, a panel a unit: flat lines, a dead unit.
 *
 * @param walked What `lid.traversal` returns.
 * @param options Title, subtitle, names of features.
 * @returns A Vega-Lite specification; all pixels of a row are one PNG.
 * @throws ArgumentError if lengths do not agree, or the data are neither images nor a few features.
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
    `What each unit of z does${dead === 0 ? '' : dead === 1 ? ': one is dead' : `: ${dead} are dead`}`
  if (shape.length < 2) {
    const rows = units.map((_, row) => ({ label: labels[row], values: slice(mean, row, units.length) }))
    const subtitle = options.subtitle ?? [`${number} Flat lines: the unit does nothing.`, dotted]
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
    `One unit walks, the others stay; above: where it stands, in sd of its prior. ${framed}`,
    `${number} A row of equal images: the unit does nothing.`,
  ]
  return chart(title, subtitle, imageRows(rows, shape, steps.length, steps.map(signed), frames))
}

const give = 'Give what lid.traversal returns.'
const framed = 'Framed: the image’s own code.'
const dotted = 'One unit walks, the others stay. Dotted upright: the data point’s own code.'

function requireTraversal(walked: Traversal): Traversal {
  const { units, kl, code, shape } = walked ?? {}
  if (!Array.isArray(units) || units.length === 0 || !Array.isArray(shape))
    throw new ArgumentError('walked', walked, 'a traversal of at least one unit', give)
  numbersOf('walked.steps', walked.steps)
  for (const [name, list] of Object.entries({ kl, code }))
    if (numbersOf(`walked.${name}`, list).length !== units.length)
      throw new ArgumentError(`walked.${name}`, list, `${units.length} numbers, one a unit`, give)
  return walked
}

/** The part of a row of `count` equal ones. */
export const slice = (values: ArrayLike<number>, row: number, count: number): number[] =>
  Array.from(values).slice((row * values.length) / count, ((row + 1) * values.length) / count)

const nearest = (steps: readonly number[], at: number): number =>
  steps.reduce((best, step, i) => (Math.abs(step - at) < Math.abs(steps[best] - at) ? i : best), 0)

/** +1.5, 0, −3. */
const signed = (step: number): string =>
  `${step > 0 ? '+' : step < 0 ? '−' : ''}${Number(Math.abs(step).toFixed(2))}`
