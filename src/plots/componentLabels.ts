import { cellLayers, cellsOf, contingency } from './contingency'
import {
  CHART_OPTIONS,
  byLabel,
  isRows,
  rowsOf,
  type ChartOptions,
  type Rows,
  type VegaLiteSpec,
} from './spec'
import { chart, panelTitle } from './theme'
import { percent } from './samples'
import { resolveOptions } from '../base/options'

/** Options of `componentLabels`. */
export interface ComponentLabelOptions extends ChartOptions {
  /** Names of the classes by number. */
  labels?: readonly string[]
  /** Number of components, so that empty components get a row too; default: the largest index plus one. */
  components?: number
  /** Shows fractions of each component's images (default) or numbers of images. */
  show?: 'fraction' | 'count'
}

/**
 * The classes of each component of the mixture: a table of component × class.
 *
 * Components are ordered by their most frequent class, so that a mixture that has found the classes shows a
 * diagonal.
 *
 * @param rows One row per image with `component` (its most probable w) and `label`, optionally `count`; or
 *   several such tables by model label.
 * @param options Title, subtitle, class names, number of components, fraction or count.
 * @returns A Vega-Lite specification.
 * @throws ArgumentError if there are no rows or a column is missing.
 * @example
 * const { component } = await lid.encode(model, test)
 * const assignments = Array.from(component, (k, i) => ({ component: k, label: test.labels![i] }))
 * lid.show(lid.plots.componentLabels(assignments, { labels: test.labelNames, components: 10 }))
 */
export function componentLabels(
  rows: Rows | Readonly<Record<string, Rows>>,
  options: ComponentLabelOptions = {},
): VegaLiteSpec {
  const { show } = resolveOptions('componentLabels', options, {
    ...CHART_OPTIONS,
    labels: undefined,
    components: undefined,
    show: 'fraction',
  })
  const tables = byLabel<Rows>('rows', rows, isRows)
  const panels = tables.map(([model, table]) => {
    const counted = contingency(rowsOf('rows', table, ['component', 'label']), options)
    const names = counted.components.map(
      ({ component, sum }) => `${component} · ${percent(sum / (counted.total || 1))}`,
    )
    return {
      ...(model ? { title: panelTitle(model) } : {}),
      ...cellLayers(cellsOf(counted, names), {
        show,
        classes: counted.classes,
        names,
        yTitle: 'component w · its percentage',
        step: tables.length > 1 ? 25 : 34,
      }),
    }
  })
  const subtitle =
    options.subtitle ??
    (show === 'fraction'
      ? 'Percent of the images of each component (rows add up to 100).'
      : 'Number of images.')
  return chart(options.title ?? 'Classes of each component', subtitle, {
    columns: 2,
    spacing: 20,
    concat: panels,
  })
}
