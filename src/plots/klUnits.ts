import { labelsOf, unitsOf, valuesOf, type UnitCurve } from './klUnitCurves'
import { CHART_OPTIONS, byLabel, csv, round, type ChartOptions, type VegaLiteSpec } from './spec'
import { chart, ALONE, DEAD, lookOf, modelColors, panelTitle } from './theme'
import { isCurves, type Curves } from './training'
import { resolveOptions } from '../base/options'

/** Options of `klUnits`. */
export interface KlUnitsOptions extends ChartOptions {
  /** A unit with a final KL below it is dead, nats; 0.01 by default. */
  threshold?: number
  /** Unit of the vertical axis, default `'nats per data point'`. */
  unit?: string
}

/**
 * KL of each unit of z from its prior over training, one line per unit, on a logarithmic axis; units that end
 * dead are grey and dashed.
 *
 * @param history The result of `fit`, or rows with `epoch` and `klUnits` (nats, one per unit of z); or
 *   several such histories by model label.
 * @param options Title, subtitle, colours, threshold, unit.
 * @returns A Vega-Lite specification; the axis is logarithmic, values below 1e-4 nat are at its bottom.
 * @throws ArgumentError if there are no rows, no row has the KL of units, or the number of units differs.
 * @example
 * lid.show(lid.plots.klUnits({ plain: historyA, identifiable: historyB }))
 */
export function klUnits(
  history: Curves | Readonly<Record<string, Curves>>,
  options: KlUnitsOptions = {},
): VegaLiteSpec {
  const { threshold, unit } = resolveOptions('klUnits', options, {
    ...CHART_OPTIONS,
    threshold: DEAD,
    unit: 'nats per data point',
  })
  const given = byLabel<Curves>('history', history, isCurves)
  const look = lookOf(options, [['', { model: ALONE }], ...given])
  const models = given.map(([model, curves]) => ({
    model,
    units: unitsOf(curves),
  }))
  const highest = Math.max(10 * threshold, ...models.flatMap(({ units }) => units.flatMap(valuesOf)))
  const lowest = Math.min(threshold / 2, ...models.flatMap(({ units }) => units.flatMap(valuesOf)))
  const domain: [number, number] = [round(lowest * 0.8, 3), round(highest * 1.25, 3)]
  const colors = modelColors(
    models.map(({ model }) => model),
    look,
  )
  const [width, height] = models.length > 1 ? [250, 230] : [460, 280]
  const panels = models.map(({ model, units }, index) => ({
    ...(model ? { title: panelTitle(`${model}: ${formatAlive(units, threshold)}`) } : {}),
    width,
    height,
    layer: layers(units, {
      domain,
      threshold,
      width,
      height,
      color: colors[index],
      yTitle: index % 2 ? null : unit,
    }),
  }))
  const title =
    options.title ??
    (models.length > 1
      ? 'KL of each unit of z by epoch'
      : `KL of each unit of z by epoch: ${formatAlive(models[0].units, threshold)}`)
  const subtitle = options.subtitle ?? [
    `In ${unit}, log scale; right: the final value of each unit of z.`,
    `Dashed line: ${threshold}; units that end below it are dead (grey, dashed).`,
  ]
  // The alive units of each panel have their model's colour.
  const resolve = { scale: { color: 'independent' } }
  return chart(title, subtitle, { columns: 2, spacing: 24, concat: panels, resolve })
}

const formatAlive = (units: readonly UnitCurve[], threshold: number): string =>
  `${units.filter(({ end }) => end >= threshold).length} of ${units.length} alive`

interface LayerOptions {
  domain: [number, number]
  threshold: number
  width: number
  height: number
  color: string
  yTitle: string | null
}

function layers(units: readonly UnitCurve[], options: LayerOptions): object[] {
  const { domain, threshold, width, color, yTitle } = options
  const y = { type: 'quantitative', scale: { type: 'log', domain, nice: false } }
  const yAxis = { title: yTitle, axis: { values: decades(domain), format: '~r' } }
  const lines = units.flatMap(({ unit, points, end }) =>
    points.map((point) => ({ ...point, unit, state: end < threshold ? 'dead' : 'alive' })),
  )
  const labels = labelsOf(units, options)
  const state = (alive: unknown, dead: unknown, channel: object = {}) => ({
    field: 'state',
    type: 'nominal',
    scale: { domain: ['alive', 'dead'], range: [alive, dead] },
    legend: null,
    ...channel,
  })
  return [
    {
      data: csv(lines),
      mark: {
        type: 'line',
        strokeWidth: 1.8,
        point: lines.length > 600 ? false : { size: 14, filled: true },
      },
      encoding: {
        x: {
          field: 'epoch',
          type: 'quantitative',
          title: 'epoch',
          axis: { tickMinStep: 1, grid: false, format: 'd' },
          scale: { nice: false, zero: false },
        },
        y: { field: 'value', ...y, ...yAxis },
        color: state(color, DEAD_COLOR),
        strokeDash: state([1, 0], [4, 3]),
        detail: { field: 'unit', type: 'nominal' },
        tooltip: [
          { field: 'unit', type: 'nominal', title: 'unit of z' },
          { field: 'epoch', type: 'quantitative' },
          { field: 'value', type: 'quantitative', title: 'KL', format: '.3~g' },
        ],
      },
    },
    {
      data: { values: [{ value: threshold }] },
      mark: { type: 'rule', strokeDash: [6, 4], color: '#1f2933', strokeWidth: 1.2 },
      encoding: { y: { field: 'value', ...y } },
    },
    {
      data: { values: labels },
      mark: { type: 'rule', color: '#9aa5b1', strokeWidth: 0.8 },
      encoding: {
        x: { value: width + 4 },
        x2: { value: width + 18 },
        y: { field: 'from', ...y },
        y2: { field: 'at' },
      },
    },
    {
      data: { values: labels },
      mark: { type: 'text', align: 'left', fontSize: 10.5 },
      encoding: {
        x: { value: width + 21 },
        y: { field: 'at', ...y },
        text: { field: 'text', type: 'nominal' },
      },
    },
  ]
}

/**
 * Colour of dead units: contrast 4.5:1 on the card, and far from every model's colour in lightness or hue.
 */
const DEAD_COLOR = '#737373'

/** Powers of ten in a domain, and 3 times these if there are few. */
function decades([low, high]: readonly [number, number]): number[] {
  const powers = Array.from({ length: 12 }, (_, i) => 10 ** (i - 6))
  const all = high / low > 1000 ? powers : powers.flatMap((power) => [power, 3 * power])
  return all.map((value) => round(value, 3)).filter((value) => value >= low && value <= high)
}
