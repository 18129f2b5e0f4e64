import { cellLayers, cellsOf, contingency, type Contingency } from './contingency'
import {
  CHART_OPTIONS,
  byLabel,
  isRows,
  rowsOf,
  type ChartOptions,
  type Rows,
  type VegaLiteSpec,
} from './spec'
import { chart, frameColor, panelTitle } from './theme'
import { resolveOptions } from '../base/options'

/** Options of `confusion`. */
export interface ConfusionOptions extends ChartOptions {
  /** Names of the classes by number. */
  labels?: readonly string[]
  /** Number of components, so that empty components get a row too; default: the largest index plus one. */
  components?: number
  /** Shows numbers of data points (default) or fractions of each component's data points. */
  show?: 'count' | 'fraction'
}

/**
 * Confusion of component and label: each component of the mixture stands for the most frequent label of its
 * data points (framed); its other data points are errors. Accuracy is the framed fraction, (1/N) Σ_k
 * max_label n(k, label).
 *
 * @param rows One row per data point with `component` (its most probable w) and `label`, optionally `count`;
 *   or several such tables by model label.
 * @param options Title, subtitle, class names, number of components, count or fraction.
 * @returns A Vega-Lite specification; components are ordered by the label they stand for.
 * @throws ArgumentError if there are no rows or a column is missing.
 * @example
 * const { component } = await lid.encode(model, test)
 * const assignments = Array.from(component, (k, i) => ({ component: k, label: test.labels![i] }))
 * lid.show(lid.plots.confusion(assignments, { labels: test.labelNames, components: model.components }))
 */
export function confusion(
  rows: Rows | Readonly<Record<string, Rows>>,
  options: ConfusionOptions = {},
): VegaLiteSpec {
  const { show } = resolveOptions('confusion', options, {
    ...CHART_OPTIONS,
    labels: undefined,
    components: undefined,
    show: 'count',
  })
  const tables = byLabel<Rows>('rows', rows, isRows).map(([model, table]) => ({
    model,
    counted: contingency(rowsOf('rows', table, ['component', 'label']), options),
  }))
  const panels = tables.map(({ model, counted }) => {
    const names = counted.components.map(({ component, main }) =>
      main === undefined ? `${component} (empty)` : `${component}: ${counted.classes[main]}`,
    )
    const cells = cellsOf(counted, names)
    const table = cellLayers(cells, {
      show,
      classes: counted.classes,
      names,
      yTitle: 'component w: its label',
      step: tables.length > 1 ? 27 : 34,
    })
    const served = counted.components.flatMap(({ main }, row) =>
      main === undefined ? [] : [cells[row * counted.classes.length + main]],
    )
    const frames = {
      data: { values: served },
      mark: { type: 'rect', fill: null, stroke: frameColor, strokeWidth: 2 },
    }
    return {
      ...(model ? { title: panelTitle(`${model}: ${accuracyOf(counted)}`) } : {}),
      ...table,
      layer: [...table.layer, frames],
    }
  })
  const title =
    options.title ??
    (tables.length > 1
      ? 'Components against labels'
      : `Components against labels: ${accuracyOf(tables[0].counted)}`)
  const what = show === 'count' ? 'Number of data points.' : 'Percent of each component’s data points.'
  const subtitle = options.subtitle ?? `${what} Framed: the label each component stands for.`
  return chart(title, subtitle, { columns: 2, spacing: 20, concat: panels })
}

const accuracyOf = ({ accuracy, components }: Contingency): string => {
  const standing = new Set(components.flatMap(({ main }) => (main === undefined ? [] : [main]))).size
  return `accuracy ${accuracy.toFixed(2)}, ${standing} label${standing === 1 ? '' : 's'} found`
}
