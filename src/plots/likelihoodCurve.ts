import { ArgumentError } from '../errors'
import { curveOf, densityPanel, isCurve, type Curve, type Density } from './densities'
import { byLabel, csv, round, type ChartOptions, type VegaLiteSpec } from './spec'
import { chart, panelTitle } from './theme'

/** A likelihood over a latent variable, with what the variable's prior and posterior are. */
export interface LikelihoodCase {
  /** log p(x|v) over values of v, nats. */
  readonly logLikelihood: Curve
  /** p(v). */
  readonly prior?: Curve | Density
  /** p(v|x). */
  readonly posterior?: Curve | Density
}

/** Options of `likelihoodCurve`. */
export interface LikelihoodCurveOptions extends ChartOptions {
  /** The latent variable, with its unit; `'α'` by default. */
  quantity?: string
  /** Its range; `[0, 1]` by default. */
  domain?: readonly [number, number]
  /** How far below its maximum the likelihood is drawn, nats; 20 by default. The same in every panel, so that flat looks flat. */
  depth?: number
}

/**
 * The likelihood of a latent variable over its prior and posterior, one column a case: flat above, the posterior lies on the prior below.
 *
 * @param cases A log-likelihood with prior and posterior; or several by title.
 * @param options Title, subtitle, colours, quantity, domain, depth.
 * @returns A Vega-Lite specification.
 * @throws ArgumentError if there is none, or a curve holds a value that is not finite.
 * @example
 * const at = Float64Array.from({ length: 99 }, (_, i) => (i + 1) / 100)
 * lid.show(lid.plots.likelihoodCurve({ logLikelihood: { at, values: lid.gmm({ mean: [-1, 1] }).logLikelihood([0.3, 2], at) } }))
 */
export function likelihoodCurve(
  cases: LikelihoodCase | Readonly<Record<string, LikelihoodCase>>,
  options: LikelihoodCurveOptions = {},
): VegaLiteSpec {
  const { quantity = 'α', domain = [0, 1], depth = 20 } = options
  const single = (value: unknown): boolean => isCurve((value as LikelihoodCase | undefined)?.logLikelihood)
  const all = byLabel<LikelihoodCase>('cases', cases, single)
  const width = all.length === 1 ? 420 : Math.max(150, Math.round(640 / all.length))
  const columns = all.map(([title, one], index) => {
    if (!single(one))
      throw new ArgumentError(
        `cases.${title}`,
        one,
        '{ logLikelihood: { at, values }, … }',
        'Give one for each title.',
      )
    const { at, values } = curveOf(`cases.${title}.logLikelihood`, one.logLikelihood, domain)
    const top = values.reduce((most, value) => Math.max(most, value), -Infinity)
    const rows = at.map((place, i) => ({
      at: round(place, 5),
      // A line that leaves the panel steeply is clipped; one that is far below need not be kept exactly.
      below: round(Math.max(values[i] - top, -10 * depth), 4),
    }))
    const below = {
      ...(one.prior ? { prior: one.prior } : {}),
      ...(one.posterior ? { 'exact posterior': one.posterior } : {}),
    }
    const likelihood = {
      ...(title ? { title: panelTitle(title) } : {}),
      width,
      height: 120,
      data: csv(rows),
      mark: { type: 'line', strokeWidth: 2, color: '#0072b2', clip: true },
      encoding: {
        x: {
          field: 'at',
          type: 'quantitative',
          title: Object.keys(below).length > 0 ? null : quantity,
          scale: { domain, nice: false },
          axis: { tickCount: 5, grid: false },
        },
        y: {
          field: 'below',
          type: 'quantitative',
          title: index === 0 ? 'log-likelihood below its top (nats)' : null,
          scale: { domain: [-depth, depth * 0.05], nice: false, zero: false },
          axis: { tickCount: 5 },
        },
      },
    }
    if (Object.keys(below).length === 0) return likelihood
    const labels = ['prior', 'exact posterior']
    const counted = index === 0 ? 'density' : null
    return {
      spacing: 14,
      vconcat: [
        likelihood,
        densityPanel(below, labels, { domain, quantity, counted, width, height: 110, colors: options.colors }),
      ],
    }
  })
  return chart(
    options.title ?? `Is the likelihood flat in ${quantity}?`,
    options.subtitle ??
      `Above: log p(x|${quantity}) in nats, drawn to ${depth} below its top. Below: prior and posterior.`,
    { spacing: 26, hconcat: columns },
  )
}
