import { moments } from '../base/estimate'
import { logBars, logDomain } from './logHistogram'
import { CHART_OPTIONS, byLabel, isNumbers, numbersOf, type ChartOptions, type VegaLiteSpec } from './spec'
import { chart, ALONE, lookOf, modelColors, panelTitle } from './theme'
import { resolveOptions } from '../base/options'

/** Options of `flatness`. */
export interface FlatnessOptions extends ChartOptions {
  /** The latent variable, default `'w'`. */
  variable?: string
  /** Smaller values are drawn at this one, default 1e-3 nat: below it the likelihood counts as flat. */
  floor?: number
}

/**
 * The flatness of every image: F_w(x) = KL(p(w) ‖ p(w|x)) in nats, 0 if the posterior has collapsed.
 *
 * @param values One F per data point, nats; or several such lists by model label.
 * @param options Title, subtitle, colours, variable, floor.
 * @returns A Vega-Lite specification; the axis is logarithmic, values below the floor are at its left end.
 * @throws ArgumentError if a list is empty or has a value that is not finite.
 * @example
 * lid.show(lid.plots.flatness({ model: lid.flatness(evaluation).pointsW }))
 */
export function flatness(
  values: ArrayLike<number> | Readonly<Record<string, ArrayLike<number>>>,
  options: FlatnessOptions = {},
): VegaLiteSpec {
  const { variable, floor } = resolveOptions('flatness', options, {
    ...CHART_OPTIONS,
    variable: 'w',
    floor: 1e-3,
  })
  const given = byLabel<ArrayLike<number>>('values', values, isNumbers)
  const look = lookOf(options, [['', { model: ALONE }], ...given])
  const models = given.map(([model, list]) => ({
    model,
    list: numbersOf(`values${model && `.${model}`}`, list),
  }))
  const domain = logDomain([floor, ...models.flatMap(({ list }) => list)], floor)
  const colors = modelColors(
    models.map(({ model }) => model),
    look,
  )
  const low = models.some(({ list }) => list.some((value) => value <= floor))
  const subtitle =
    options.subtitle ??
    `F of ${variable} in nats, one value per image; zero: ${variable} has collapsed at that image.${low ? ` Left end: ${floor} or less.` : ''}`
  return chart(options.title ?? `Is the likelihood flat in ${variable}?`, subtitle, {
    spacing: 14,
    vconcat: models.map(({ model, list }, index) => ({
      title: panelTitle(`${model && `${model}: `}mean ${formatMean(list)} nats`),
      width: 520,
      height: 80,
      ...logBars(list, {
        domain,
        color: colors[index],
        title: index === models.length - 1 ? `F of ${variable} (nats, log scale)` : null,
        counted: 'images',
        fractions: true,
      }),
    })),
  })
}

function formatMean(list: readonly number[]): string {
  const { mean } = moments(list)
  return mean < 0.01 ? 'below 0.01' : mean.toFixed(2)
}
