import { ArgumentError, unquoted } from '../base/errors'
import { resolveOptions } from '../base/options'
import { chosenByLegend, opacityOfChosen } from './linked'
import {
  CHART_OPTIONS,
  byLabel,
  isRows,
  round,
  rowsOf,
  type ChartOptions,
  type Row,
  type Rows,
  type VegaLiteSpec,
} from './spec'
import { chart, lookOf, modelScale, panelTitle } from './theme'

/** The quantities drawn, in this order, with panel titles; other columns are left out. */
const quantities: Readonly<Record<string, string>> = {
  loss: 'Loss (minimised in training)',
  reconstruction: 'Reconstruction, E log p(x|z)',
  klZ: 'KL of z from its prior',
  klW: 'KL of w from its prior',
}

/** The result of `fit`, or rows with a column `epoch`. */
export type Curves = Rows | { readonly rows: readonly object[]; readonly model?: string }

/** True for a result of `fit`, or rows. */
export const isCurves = (value: unknown): value is Curves =>
  isRows(value) || Array.isArray((value as { rows?: unknown } | undefined)?.rows)

/** Options of `training`. */
export interface TrainingOptions extends ChartOptions {
  /** Unit of the vertical axes, default `'nats per data point'`. */
  unit?: string
}

interface Point {
  model: string
  epoch: number
  split: 'training' | 'validation'
  value: number
}

/** `validationKlZ` for `klZ`. */
const validationName = (quantity: string) => `validation${quantity[0].toUpperCase()}${quantity.slice(1)}`

function pointsOf(histories: [string, Row[]][], quantity: string): Point[] {
  const points: Point[] = []
  for (const [model, rows] of histories)
    for (const split of ['training', 'validation'] as const) {
      const column = split === 'training' ? quantity : validationName(quantity)
      for (const row of rows) {
        const value = row[column]
        // A quantity that was not measured in an epoch has a gap.
        if (typeof value === 'number' && Number.isFinite(value))
          points.push({ model, epoch: Number(row.epoch), split, value: round(value) })
      }
    }
  return points
}

/**
 * Training curves: one panel per quantity, one colour per model, validation dashed. In a notebook a click on
 * a model in the legend fades the others.
 *
 * @param history The result of `fit`, or rows with `epoch` and any of `loss`, `reconstruction`, `klZ`, `klW`
 *   and their validation counterparts (`validationLoss` …), in nats; or several such histories by model
 *   label.
 * @param options Title, subtitle, colours, unit.
 * @returns A Vega-Lite specification.
 * @throws ArgumentError if there are no rows, no `epoch`, or none of the quantities.
 * @example
 * lid.show(lid.plots.training({ plain: historyA, identifiable: historyB }))
 */
export function training(
  history: Curves | Readonly<Record<string, Curves>>,
  options: TrainingOptions = {},
): VegaLiteSpec {
  const { unit } = resolveOptions('training', options, { ...CHART_OPTIONS, unit: 'nats per data point' })
  const given = byLabel<Curves>('history', history, isCurves)
  const look = lookOf(options, given)
  const histories = given.map(([model, rows]): [string, Row[]] => [
    model,
    rowsOf('history', isCurves(rows) && !isRows(rows) ? rows.rows : rows, ['epoch']),
  ])
  const models = histories.map(([model]) => model)
  const panels = Object.keys(quantities)
    .map((quantity) => ({ quantity, points: pointsOf(histories, quantity) }))
    // For a model without w the KL of w is always 0 and is not drawn.
    .filter(({ quantity, points }) => points.some((point) => quantity !== 'klW' || point.value !== 0))
  if (panels.length === 0)
    throw new ArgumentError(
      'history',
      unquoted(`the columns ${Object.keys(histories[0][1][0]).join(', ')}`),
      `a table with any of the columns ${Object.keys(quantities).join(', ')}`,
      'Give the history that fit returns.',
    )
  const validated = panels.some(({ points }) => points.some((point) => point.split === 'validation'))
  const subtitle = options.subtitle ?? (validated ? 'Solid: training data. Dashed: held-out data.' : '')
  const single = panels.length === 1
  return chart(options.title ?? 'Training by epoch', subtitle, {
    ...(models.length > 1 && {
      params: [
        chosenByLegend(
          'model',
          panels.map(({ quantity }) => quantity),
        ),
      ],
    }),
    columns: 2,
    spacing: { row: 26, column: 34 },
    concat: panels.map(({ quantity, points }) => ({
      title: panelTitle(quantities[quantity]),
      width: single ? 520 : 290,
      height: single ? 240 : 160,
      data: { values: points },
      layer: [
        // The selection is in one layer only: JupyterLab's Vega-Lite would add it to both layers of a line
        // with points.
        { name: quantity, mark: { type: 'line', strokeWidth: 2 } },
        ...(points.length > 120 ? [] : [{ mark: { type: 'circle', size: 22, opacity: 1 } }]),
      ],
      encoding: {
        x: {
          field: 'epoch',
          type: 'quantitative',
          title: 'epoch',
          axis: { tickMinStep: 1, grid: false, format: 'd' },
          scale: { nice: false, zero: false },
        },
        y: {
          field: 'value',
          type: 'quantitative',
          title: unit,
          scale: { ...verticalRange(quantity, points), nice: 5 },
          axis: { tickCount: 5 },
        },
        color: {
          field: 'model',
          type: 'nominal',
          scale: modelScale(models, look),
          legend:
            models.length > 1
              ? { title: null, orient: 'top', symbolType: 'stroke', symbolStrokeWidth: 3 }
              : null,
        },
        strokeDash: {
          field: 'split',
          type: 'nominal',
          scale: {
            domain: ['training', 'validation'],
            range: [
              [1, 0],
              [5, 4],
            ],
          },
          legend: null,
        },
        ...(models.length > 1 && { opacity: opacityOfChosen(1) }),
        tooltip: [
          ...(models.length > 1 ? [{ field: 'model', type: 'nominal' }] : []),
          { field: 'epoch', type: 'quantitative' },
          { field: 'split', type: 'nominal' },
          { field: 'value', type: 'quantitative', title: quantity, format: '.4~g' },
        ],
      },
    })),
  })
}

/** KL starts at 0, on a scale that is not so short that noise looks like a curve. */
function verticalRange(quantity: string, points: readonly Point[]): object {
  if (!quantity.startsWith('kl')) return { zero: false }
  return { domain: [0, Math.max(0.1, ...points.map((point) => point.value))] }
}
