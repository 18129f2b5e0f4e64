import { ArgumentError } from '../base/errors'
import { requireOptions } from '../base/options'
import { logBars, logDomain } from './logHistogram'
import {
  CHART_OPTIONS,
  byLabel,
  isNumbers,
  numbersOf,
  round,
  type ChartOptions,
  type VegaLiteSpec,
} from './spec'
import { chart, ALONE, lookOf, modelColors, panelTitle } from './theme'

/** Sampled ratios of one model and its certified constant. */
export interface CertificateSample {
  /** ‖η(z) − η(z')‖ / ‖z − z'‖ for sampled pairs z, z'. */
  ratios: ArrayLike<number>
  /** The constant of `certify(model)`; omit it for a model without certificate. */
  constant?: number
}

/**
 * Checks the certificate: a histogram of how much the likelihood's parameter changes with z, and the constant
 * that no ratio may fall below: ‖η(z) − η(z')‖ ≥ c ‖z − z'‖.
 *
 * @param sample Ratios and constant of one model, or of several by model label.
 * @param options Title, subtitle, colours.
 * @returns A Vega-Lite specification; the axis is logarithmic.
 * @throws ArgumentError if there are no ratios, one is negative or not finite, or the constant is not
 *   positive.
 * @example
 * const ratios = await lid.certificateRatios(model)
 * lid.show(lid.plots.certificateRatios({ identifiable: { ratios, constant: lid.certify(model).constant } }))
 */
export function certificateRatios(
  sample: CertificateSample | Readonly<Record<string, CertificateSample>>,
  options: ChartOptions = {},
): VegaLiteSpec {
  requireOptions('certificateRatios', options, CHART_OPTIONS)
  const isSample = (value: unknown) => isNumbers((value as CertificateSample | undefined)?.ratios)
  const given = byLabel<CertificateSample>('sample', sample, isSample)
  const look = lookOf(options, [['', { model: ALONE }], ...given])
  const models = given.map(([model, one]) => {
    const ratios = numbersOf(`sample${model && `.${model}`}.ratios`, one?.ratios)
    const { constant } = one
    if (Math.min(...ratios) < 0) throw new ArgumentError('ratios', Math.min(...ratios), 'numbers ≥ 0')
    if (constant !== undefined && !(constant > 0))
      throw new ArgumentError(
        'constant',
        constant,
        'a number > 0',
        'Omit it for a model without certificate.',
      )
    return { model, ratios, constant }
  })
  const all = models.flatMap(({ ratios, constant }) =>
    constant === undefined ? ratios : [...ratios, constant],
  )
  const domain = logDomain(all, 1e-6)
  const colors = modelColors(
    models.map(({ model }) => model),
    look,
  )
  const certified = models.filter(({ constant }) => constant !== undefined)
  const below = certified.some(({ ratios, constant }) => Math.min(...ratios) < (constant ?? 0))
  const usual =
    certified.length === 0
      ? 'How much the likelihood changes with z'
      : `${below ? 'A' : 'No'} sampled pair falls below the certified constant`
  const title = options.title ?? usual
  const subtitle =
    options.subtitle ??
    `Change of the likelihood’s parameter η for a unit step of z.${certified.length > 0 ? ' Dashed: the certified minimum.' : ''}`
  return chart(title, subtitle, {
    spacing: 14,
    vconcat: models.map(({ model, ratios, constant }, index) => {
      const heading = `${model && `${model}: `}smallest ratio ${Math.min(...ratios).toPrecision(3)}, ${constant === undefined ? 'no certificate' : `certified ${constant.toPrecision(3)}`}`
      return {
        title: panelTitle(heading),
        width: 520,
        height: 110,
        layer: [
          logBars(ratios, {
            domain,
            color: colors[index],
            title: index === models.length - 1 ? '|η(z) − η(z′)| / |z − z′|, log scale' : null,
            counted: 'pairs',
          }),
          ...(constant === undefined
            ? []
            : [
                {
                  data: { values: [{ x: round(constant) }] },
                  mark: { type: 'rule', strokeDash: [5, 4], strokeWidth: 2, color: '#1f2933' },
                  encoding: { x: { field: 'x', type: 'quantitative' } },
                },
              ]),
        ],
      }
    }),
  })
}
