import { ArgumentError } from '../base/errors'
import { resolveOptions } from '../base/options'
import { curveOf, isCurve, type Curve, type Density } from './curves'
import { densityPanel, FLUSH } from './densities'
import { CHART_OPTIONS, byLabel, csv, numbersOf, round, type ChartOptions, type VegaLiteSpec } from './spec'
import { chart, panelTitle } from './theme'

/** A likelihood over a latent variable, with the variable's prior and posterior. */
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
  /**
   * Range below the maximum in which the likelihood is drawn, nats; 20 by default. It is the same in every
   * panel, so that a flat likelihood looks flat.
   */
  depth?: number
}

/**
 * The likelihood of a latent variable above its prior and posterior, one column per case. If the likelihood
 * is flat, the posterior equals the prior.
 *
 * @param cases A log-likelihood with prior and posterior; or several by title.
 * @param options Title, subtitle, colours, quantity, domain, depth.
 * @returns A Vega-Lite specification.
 * @throws ArgumentError if there is no case, or a curve has a value that is not finite.
 * @example
 * const at = Float64Array.from({ length: 99 }, (_, i) => (i + 1) / 100)
 * const values = lid.gmm({ mean: [-1, 1] }).logLikelihood([0.3, 2], at)
 * lid.show(lid.plots.likelihoodCurve({ logLikelihood: { at, values } }))
 */
export function likelihoodCurve(
  cases: LikelihoodCase | Readonly<Record<string, LikelihoodCase>>,
  options: LikelihoodCurveOptions = {},
): VegaLiteSpec {
  const { quantity, domain, depth } = resolveOptions('likelihoodCurve', options, {
    ...CHART_OPTIONS,
    quantity: 'α',
    domain: [0, 1],
    depth: 20,
  })
  const single = (value: unknown): boolean => isCurve((value as LikelihoodCase | undefined)?.logLikelihood)
  const all = byLabel<LikelihoodCase>('cases', cases, single)
  const bare = all.findIndex(([, one]) => !one?.prior && !one?.posterior)
  if (bare >= 0 && all.some(([, one]) => one?.prior ?? one?.posterior))
    throw new ArgumentError(
      `cases.${all[bare][0]}`,
      all[bare][1],
      'a prior or posterior, as in the other cases',
      'Give one for every case, or for none.',
    )
  const width = all.length === 1 ? 420 : Math.max(140, Math.round(620 / all.length))
  const likelihoods = all.map(([title, one], index) =>
    likelihoodPanel(title, one, {
      domain,
      depth,
      width,
      first: index === 0,
      quantity: bare < 0 ? null : quantity,
    }),
  )
  const labels = ['prior', 'exact posterior']
  const below = all.map(([, { prior, posterior }], index) =>
    densityPanel(
      { ...(prior ? { prior } : {}), ...(posterior ? { 'exact posterior': posterior } : {}) },
      labels,
      {
        domain,
        quantity,
        counted: index === 0 ? 'density' : null,
        width,
        height: 110,
        colors: options.colors,
        kinds: { 'exact posterior': 'exact' },
      },
    ),
  )
  return chart(
    options.title ?? `Is the likelihood flat in ${quantity}?`,
    options.subtitle ??
      `${bare < 0 ? 'Above: log' : 'Log'} p(x|${quantity}) in nats, drawn to ${depth} below its maximum.${bare < 0 ? ' Below: prior and posterior.' : ''}`,
    {
      columns: all.length,
      bounds: 'flush',
      spacing: { ...FLUSH, row: 34 },
      concat: [...likelihoods, ...(bare < 0 ? below : [])],
    },
  )
}

interface LikelihoodPanel {
  domain: readonly [number, number]
  depth: number
  width: number
  first: boolean
  quantity: string | null
}

function likelihoodPanel(
  title: string,
  one: LikelihoodCase,
  { domain, depth, width, first, quantity }: LikelihoodPanel,
): object {
  const { logLikelihood } = one ?? {}
  if (!isCurve(logLikelihood) || logLikelihood.at.length !== logLikelihood.values.length)
    throw new ArgumentError(`cases.${title}`, one, '{ logLikelihood: { at, values }, … } of one length')
  const values = numbersOf(`cases.${title}.logLikelihood.values`, logLikelihood.values)
  const top = values.reduce((most, value) => Math.max(most, value), -Infinity)
  // A line that leaves the panel is clipped; values far below need not be exact.
  const drawn = values.map((value) => Math.max(value - top, -2 * depth))
  const { at, values: kept } = curveOf(
    `cases.${title}.logLikelihood`,
    { at: logLikelihood.at, values: drawn },
    domain,
  )
  return {
    ...(title ? { title: panelTitle(title) } : {}),
    width,
    height: 110,
    data: csv(at.map((place, i) => ({ at: round(place, 5), below: round(kept[i], 4) }))),
    mark: { type: 'line', strokeWidth: 2, color: '#0072b2', clip: true },
    encoding: {
      x: {
        field: 'at',
        type: 'quantitative',
        title: quantity,
        scale: { domain, nice: false },
        axis: { tickCount: 5, grid: false },
      },
      y: {
        field: 'below',
        type: 'quantitative',
        title: first ? 'log-likelihood' : null,
        scale: { domain: [-depth, depth * 0.05], nice: false, zero: false },
        axis: { tickCount: 5 },
      },
    },
  }
}
