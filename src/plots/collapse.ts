import { ArgumentError } from '../base/errors'
import { resolveOptions } from '../base/options'
import { atCap, formatEstimate, type Estimate } from '../base/estimate'
import {
  CHART_OPTIONS,
  isRows,
  numberIn,
  round,
  rowsOf,
  type ChartOptions,
  type Rows,
  type VegaLiteSpec,
} from './spec'
import { chart, lookOfRows, modelScale, panelTitle } from './theme'

/** One bar of `collapse`: one metric of one latent variable of one model. */
export interface CollapseRow {
  /** Label of the model. */
  model: string
  /** Its kind, `'vae'`, `'lidmvae'` …, which determines its colour. */
  kind?: string
  /** `'w'`, the discrete, or `'z'`, the continuous latent variable. */
  variable: string
  /** The metric. */
  metric: CollapseMetric
  /** A fraction for active units, nats for the other metrics. */
  value: number
  /** Standard error of the value, in its unit. */
  standardError: number
  /** True if the estimate is at its cap and so a lower bound. */
  atCap?: boolean
}

/** The metrics of collapse, in the order drawn. */
export type CollapseMetric = 'activeUnits' | 'kl' | 'mutualInformation' | 'flatness'

/** The part of a diagnosis that `collapse` reads. */
export interface DiagnosisLike {
  /** The kind of the model; its label if no label is given. */
  readonly model?: string
  /** The four metrics of each latent variable. */
  readonly variables: readonly ({ readonly variable: string } & {
    readonly [metric in CollapseMetric]: Estimate
  })[]
}

const metrics: Readonly<Record<CollapseMetric, { title: string; axis: string }>> = {
  activeUnits: { title: 'Active units', axis: 'fraction of units' },
  kl: { title: 'KL from the prior', axis: 'nats per data point' },
  mutualInformation: { title: 'Mutual information', axis: 'nats' },
  flatness: { title: 'Flatness F', axis: 'nats per data point' },
}

/** Options of `collapse`. */
export interface CollapseOptions extends ChartOptions {
  /** Unit of KL and flatness, default `'nats per data point'`. */
  unit?: string
}

const axisTitle = (metric: CollapseMetric, unit: string): string =>
  metric === 'kl' || metric === 'flatness' ? unit : metrics[metric].axis

const variableNames: Readonly<Record<string, string>> = {
  w: 'w: the discrete latent variable',
  z: 'z: the continuous one',
}

const isDiagnosis = (value: unknown): value is DiagnosisLike =>
  Array.isArray((value as DiagnosisLike | undefined)?.variables)

/**
 * Diagnoses as the rows that `collapse` draws, for a custom chart or table.
 *
 * @param diagnosis The result of `diagnose`, or several by model label.
 * @returns One row per model, latent variable and metric, in nats, or a fraction for active units.
 * @throws ArgumentError if a value is not a diagnosis.
 * @example
 * lid.plots.collapseRows({ plain: diagnosisA, identifiable: diagnosisB }).filter((row) => row.variable === 'w')
 */
export function collapseRows(
  diagnosis: DiagnosisLike | Readonly<Record<string, DiagnosisLike>>,
): CollapseRow[] {
  const named: [string, DiagnosisLike][] = isDiagnosis(diagnosis)
    ? [[diagnosis.model ?? 'model', diagnosis]]
    : Object.entries(diagnosis ?? {})
  const rows: CollapseRow[] = []
  for (const [model, one] of named) {
    if (!isDiagnosis(one))
      throw new ArgumentError(
        'diagnosis',
        one,
        'the result of diagnose, or several by label',
        'For example await lid.diagnose(model, test).',
      )
    for (const variable of one.variables)
      for (const metric of Object.keys(metrics) as CollapseMetric[]) {
        const estimate = variable[metric] as Estimate | undefined
        if (estimate === undefined) continue
        const { value, standardError } = estimate
        rows.push({
          model,
          ...(one.model !== undefined && { kind: one.model }),
          variable: variable.variable,
          metric,
          value,
          standardError,
          atCap: atCap(estimate),
        })
      }
  }
  return rows
}

/**
 * Collapse bars: active units, KL, mutual information and flatness of w and of z, one colour per model.
 *
 * Whiskers are ± 1 standard error; "≥" marks an estimate at its cap.
 *
 * @param diagnosis The result of `diagnose`, several by model label, or rows of `CollapseRow`.
 * @param options Title, subtitle, colours, unit.
 * @returns A Vega-Lite specification.
 * @throws ArgumentError if there are no rows or a value is not finite.
 * @example
 * lid.show(lid.plots.collapse({ plain: await lid.diagnose(plain, test), model: await lid.diagnose(model, test) }))
 */
export function collapse(
  diagnosis: DiagnosisLike | Readonly<Record<string, DiagnosisLike>> | Rows,
  options: CollapseOptions = {},
): VegaLiteSpec {
  const { unit } = resolveOptions('collapse', options, { ...CHART_OPTIONS, unit: 'nats per data point' })
  const source = isRows(diagnosis) ? diagnosis : collapseRows(diagnosis)
  const rows = rowsOf('diagnosis', source, ['model', 'variable', 'metric', 'value', 'standardError'])
  const bars = rows.map((row) => {
    const metric = row.metric as CollapseMetric
    if (!(metric in metrics))
      throw new ArgumentError(
        'metric',
        metric,
        `one of ${Object.keys(metrics).join(', ')}`,
        'Remove other rows.',
      )
    const value = numberIn('diagnosis', row, 'value')
    const standardError = numberIn('diagnosis', row, 'standardError')
    // The formatted estimate: "≥ 6.80" at the cap, "1.78 ± 0.02" otherwise.
    const text = formatEstimate(
      { value, standardError, estimator: '', cap: row.atCap === true ? value : undefined },
      Math.abs(value) < 10 ? 2 : 1,
    )
    return {
      model: String(row.model),
      variable: String(row.variable),
      metric,
      value: round(value),
      low: round(Math.max(0, value - standardError)),
      high: round(value + standardError),
      text,
    }
  })
  const models = [...new Set(bars.map((bar) => bar.model))]
  const variables = [...new Set(bars.map((bar) => bar.variable))].sort()
  const shown = (Object.keys(metrics) as CollapseMetric[]).filter((metric) =>
    bars.some((bar) => bar.metric === metric),
  )
  const panel = (variable: string, metric: CollapseMetric, first: boolean) => {
    const values = bars.filter((bar) => bar.variable === variable && bar.metric === metric)
    // On a shorter scale the noise around 0 would look like a bar.
    const reach = metric === 'activeUnits' ? 1 : Math.max(0.1, ...values.map((bar) => bar.high)) * 1.02
    const y = {
      field: 'model',
      type: 'nominal',
      sort: models,
      title: null,
      axis: first
        ? { labelLimit: 220, domain: false, ticks: false, labelPadding: 6, labelFontSize: 12 }
        : null,
    }
    // Space on the right for the numbers after the bars.
    const scale = { domain: [0, round(reach * 1.62, 3)], nice: false }
    const axis = { values: ticks(reach), grid: false, format: '~r' }
    return {
      title: panelTitle(`${metrics[metric].title} of ${variable}`),
      width: 138,
      height: { step: 26 },
      data: { values },
      encoding: { y },
      layer: [
        {
          mark: { type: 'bar', height: { band: 0.62 } },
          encoding: {
            x: { field: 'value', type: 'quantitative', title: axisTitle(metric, unit), scale, axis },
            color: {
              field: 'model',
              type: 'nominal',
              scale: modelScale(models, lookOfRows(options, rows)),
              legend: null,
            },
            tooltip: [
              { field: 'model', type: 'nominal' },
              { field: 'text', type: 'nominal', title: metrics[metric].title },
            ],
          },
        },
        {
          mark: { type: 'rule', color: '#1f2933', strokeWidth: 1.2 },
          encoding: { x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' } },
        },
        {
          mark: { type: 'text', align: 'left', dx: 5 },
          encoding: { x: { field: 'high', type: 'quantitative' }, text: { field: 'text', type: 'nominal' } },
        },
      ],
    }
  }
  const names = variables.map((variable) => variableNames[variable] ?? variable).join('; ')
  const subtitle = options.subtitle ?? [
    `${names}. No bar: that variable has collapsed.`,
    'Whiskers: ± 1 standard error; ≥: the estimate is at its cap, a lower bound.',
  ]
  return chart(
    options.title ?? 'How much information each latent variable carries about the data',
    subtitle,
    {
      columns: shown.length,
      spacing: { row: 20, column: 18 },
      concat: variables.flatMap((variable) =>
        shown.map((metric, index) => panel(variable, metric, index === 0)),
      ),
    },
  )
}

/** Zero and two or three round values up to `reach`. */
function ticks(reach: number): number[] {
  const step =
    [1, 2, 5, 10].map((m) => m * 10 ** Math.floor(Math.log10(reach / 2))).find((s) => reach / s < 3.5) ??
    reach
  return Array.from({ length: Math.floor(reach / step) + 1 }, (_, i) => round(i * step, 4))
}
