import type { Estimate } from '../base/estimate'
import {
  CHART_OPTIONS,
  byLabel,
  isNumbers,
  numbersOf,
  round,
  type ChartOptions,
  type VegaLiteSpec,
} from './spec'
import { chart, lookOf, modelScale, panelTitle } from './theme'
import { resolveOptions } from '../base/options'

/** One number per unit of z, or a diagnosis, of which the KL by unit is used. */
export type UnitValues =
  ArrayLike<number> | { readonly units: readonly { readonly kl: Estimate }[]; readonly model?: string }

const isUnits = (value: unknown): value is UnitValues =>
  isNumbers(value) || Array.isArray((value as { units?: unknown } | undefined)?.units)

/** Options of `unitBars`. */
export interface UnitBarOptions extends ChartOptions {
  /** The quantity, default `'KL of each unit of z'`. */
  quantity?: string
  /** Their unit, default `'nats per data point'`. */
  unit?: string
  /** Position of a dashed line; a unit above it counts as active. */
  threshold?: number
}

/**
 * One bar per latent unit, largest first, with models side by side on one scale. Collapsed units have no bar.
 *
 * @param values One number per unit of z (KL in nats, or another quantity) or a diagnosis; or several of
 *   these by model label.
 * @param options Title, subtitle, colours, quantity, unit, threshold.
 * @returns A Vega-Lite specification.
 * @throws ArgumentError if a list is empty or has a value that is not finite.
 * @example
 * lid.show(lid.plots.unitBars({ plain: diagnosisA, identifiable: diagnosisB }, { threshold: 0.1 }))
 */
export function unitBars(
  values: UnitValues | Readonly<Record<string, UnitValues>>,
  options: UnitBarOptions = {},
): VegaLiteSpec {
  const { quantity, unit, threshold } = resolveOptions('unitBars', options, {
    ...CHART_OPTIONS,
    quantity: 'KL of each unit of z',
    unit: 'nats per data point',
    threshold: undefined,
  })
  const given = byLabel<UnitValues>('values', values, isUnits)
  const look = lookOf(options, given)
  const lists = given.map(([model, list]) => ({
    model,
    units: numbersOf('values', numbersIn(list))
      .map((value, unit) => ({ unit, value: round(value) }))
      .sort((a, b) => b.value - a.value)
      .map((bar, rank) => ({ ...bar, rank: rank + 1 })),
  }))
  const models = lists.map(({ model }) => model)
  const all = lists.flatMap(({ units }) => units.map((bar) => bar.value))
  // On a shorter scale the noise around 0 would look like bars.
  const domain = [Math.min(0, ...all), Math.max(0.1, threshold ?? 0, ...all)]
  const most = Math.max(...lists.map(({ units }) => units.length))
  // One panel alone is as wide as its title.
  const width = models.length === 1 ? 320 : Math.max(130, Math.min(320, 640 / models.length - 10, most * 22))
  const above = (units: { value: number }[]) =>
    threshold === undefined
      ? ''
      : `${units.filter((bar) => bar.value > threshold).length} of ${units.length} above the line`
  return chart(
    options.title ?? `${quantity}, largest first`,
    options.subtitle ?? subtitleFor(unit, threshold),
    {
      columns: Math.min(3, models.length),
      spacing: 20,
      concat: lists.map(({ model, units }, index) => ({
        title: panelTitle([model, above(units)].filter((line) => line !== '')),
        width,
        height: 170,
        data: { values: units },
        layer: [
          {
            mark: { type: 'bar' },
            encoding: {
              x: {
                field: 'rank',
                type: 'ordinal',
                title: 'unit, by rank',
                axis: { labelAngle: 0, labelOverlap: true, ticks: false },
              },
              y: {
                field: 'value',
                type: 'quantitative',
                title: index % 3 === 0 ? unit : null,
                scale: { domain, nice: 5 },
                axis: { tickCount: 5 },
              },
              color: { value: modelScale(models, look).range[index] },
              tooltip: [
                { field: 'unit', type: 'quantitative', title: 'unit of z' },
                { field: 'value', type: 'quantitative', title: unit, format: '.3~g' },
              ],
            },
          },
          ...(threshold === undefined
            ? []
            : [
                {
                  mark: { type: 'rule', strokeDash: [4, 3], color: '#1f2933' },
                  encoding: { y: { datum: threshold } },
                },
              ]),
        ],
      })),
    },
  )
}

const subtitleFor = (unit: string, threshold?: number) =>
  threshold === undefined
    ? `In ${unit}. No bar: a collapsed unit.`
    : `In ${unit}. Dashed line: ${threshold}. No bar: a collapsed unit.`

const numbersIn = (list: UnitValues) =>
  typeof list === 'object' && 'units' in list ? list.units.map((unit) => unit.kl.value) : list
