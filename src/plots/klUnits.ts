import { ArgumentError } from '../errors'
import { byLabel, csv, isRows, round, rowsOf, type ChartOptions, type VegaLiteSpec } from './spec'
import { spread } from './spread'
import { chart, DEAD, modelColors, panelTitle } from './theme'
import { isCurves, type Curves } from './training'

/** Options of `klUnits`. */
export interface KlUnitsOptions extends ChartOptions {
  /** A unit whose KL ends below it is dead, nats; 0.01 by default. */
  threshold?: number
  /** Unit of the vertical axis, default `'nats per data point'`. */
  unit?: string
}

/** Smaller values stand at the bottom, nats. */
const FLOOR = 1e-4
/** Pixels between two labels. */
const LINE = 13

/**
 * KL of each unit of z from its prior over training, one line a unit, on a logarithmic axis; units that end dead are grey and dashed.
 *
 * @param history What `fit` returns, or rows with `epoch` and `klUnits` (nats, one a unit of z); or several such histories by model label.
 * @param options Title, subtitle, colours, threshold, unit.
 * @returns A Vega-Lite specification; the axis is logarithmic, values below 1e-4 nat stand at its bottom.
 * @throws ArgumentError if there are no rows, none holds the KL of units, or they are of unlike number.
 * @example
 * lid.show(lid.plots.klUnits({ plain: historyA, identifiable: historyB }))
 */
export function klUnits(
  history: Curves | Readonly<Record<string, Curves>>,
  options: KlUnitsOptions = {},
): VegaLiteSpec {
  const { threshold = DEAD, unit = 'nats per data point' } = options
  const models = byLabel<Curves>('history', history, isCurves).map(([model, curves]) => ({
    model,
    units: unitsOf(curves),
  }))
  const highest = Math.max(10 * threshold, ...models.flatMap(({ units }) => units.flatMap(valuesOf)))
  const lowest = Math.min(threshold / 2, ...models.flatMap(({ units }) => units.flatMap(valuesOf)))
  const domain: [number, number] = [round(lowest * 0.8, 3), round(highest * 1.25, 3)]
  const colors = modelColors(
    models.map(({ model }) => model || 'identifiable'),
    options.colors,
  )
  const [width, height] = models.length > 1 ? [250, 230] : [460, 280]
  const panels = models.map(({ model, units }, index) => ({
    ...(model ? { title: panelTitle(`${model}: ${aliveWords(units, threshold)}`) } : {}),
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
      ? 'KL of each unit of z, epoch by epoch'
      : `KL of each unit of z, epoch by epoch: ${aliveWords(models[0].units, threshold)}`)
  const subtitle = options.subtitle ?? [
    `In ${unit}, logarithmic; right: where each unit of z ends.`,
    `Dashed line: ${threshold}; units that end below it are dead (grey, dashed).`,
  ]
  // Each panel's alive units have their model's colour.
  const resolve = { scale: { color: 'independent' } }
  return chart(title, subtitle, { columns: 2, spacing: 24, concat: panels, resolve })
}

/** The curve of one unit of z. */
interface UnitCurve {
  unit: number
  points: { epoch: number; value: number }[]
  end: number
}

const valuesOf = ({ points }: UnitCurve): number[] => points.map(({ value }) => value)

function unitsOf(curves: Curves): UnitCurve[] {
  const rows = rowsOf('history', isRows(curves) ? curves : curves.rows, ['epoch'])
  const measured = rows.filter((row) => Array.isArray(row.klUnits) && row.klUnits.length > 0)
  if (measured.length === 0)
    throw new ArgumentError(
      'history',
      `columns ${Object.keys(rows[0]).join(', ')}`,
      'rows with klUnits, the KL of each unit of z',
      'Give the history that fit returns.',
    )
  const latent = (measured[0].klUnits as number[]).length
  return Array.from({ length: latent }, (_, unit) => {
    const points = measured.map((row) => {
      const kl = (row.klUnits as unknown[])[unit]
      if (typeof kl !== 'number' || !Number.isFinite(kl) || (row.klUnits as unknown[]).length !== latent)
        throw new ArgumentError(
          'history, column klUnits',
          row.klUnits,
          `${latent} finite numbers in every row`,
          'Give the history of one model.',
        )
      return { epoch: Number(row.epoch), value: round(Math.max(FLOOR, kl), 4) }
    })
    return { unit, points, end: points[points.length - 1].value }
  })
}

const aliveWords = (units: readonly UnitCurve[], threshold: number): string =>
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

/** Of dead units: 4.5:1 on the card, and far from every model's colour in lightness or hue. */
const DEAD_COLOR = '#737373'

/** A label for each alive unit that finds room, the largest first, and one for all dead ones; moved apart where lines end close together. */
function labelsOf(units: readonly UnitCurve[], { domain, threshold, height }: LayerOptions) {
  const alive = units.filter(({ end }) => end >= threshold).sort((a, b) => b.end - a.end)
  const dead = units.filter(({ end }) => end < threshold)
  const room = Math.floor(height / LINE) - (dead.length > 0 ? 1 : 0)
  const named = alive.length > room ? alive.slice(0, room - 1) : alive
  const rest = alive.slice(named.length)
  const middle = (list: readonly UnitCurve[]) =>
    list.map(({ end }) => end).sort((a, b) => a - b)[list.length >> 1]
  const labels = [
    ...named.map(({ unit, end }) => ({ from: end, text: `z ${unit} · ${amount(end)}` })),
    ...(rest.length > 0 ? [{ from: middle(rest), text: `${rest.length} more alive` }] : []),
    ...(dead.length > 0 ? [{ from: middle(dead), text: deadWords(dead) }] : []),
  ]
  const decade = Math.log(domain[1] / domain[0])
  const pixel = (value: number) => (height * Math.log(domain[1] / value)) / decade
  const places = spread(
    labels.map(({ from }) => pixel(from)),
    LINE,
    [0, height],
  )
  return labels.map((label, i) => ({
    ...label,
    at: round(domain[1] * Math.exp((-places[i] / height) * decade), 4),
  }))
}

const amount = (value: number): string => (value < 0.1 ? value.toPrecision(1) : value.toFixed(2))

const deadWords = (dead: readonly UnitCurve[]): string =>
  dead.length > 3 ? `${dead.length} dead` : `dead: ${dead.map(({ unit }) => `z ${unit}`).join(', ')}`

/** Powers of ten in a domain, with 3 times them where there are few. */
function decades([low, high]: readonly [number, number]): number[] {
  const powers = Array.from({ length: 12 }, (_, i) => 10 ** (i - 6))
  const all = high / low > 1000 ? powers : powers.flatMap((power) => [power, 3 * power])
  return all.map((value) => round(value, 3)).filter((value) => value >= low && value <= high)
}
