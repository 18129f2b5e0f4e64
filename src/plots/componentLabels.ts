import {
  byLabel,
  isRows,
  round,
  rowsOf,
  type ChartOptions,
  type Row,
  type Rows,
  type VegaLiteSpec,
} from './spec'
import { chart, panelTitle } from './theme'

/** Options of `componentLabels`. */
export interface ComponentLabelOptions extends ChartOptions {
  /** Names of the classes by number. */
  labels?: readonly string[]
  /** Number of components, so that those without images get a row too; default the largest seen, plus one. */
  components?: number
  /** Shows the fraction of each component's images (default) or their number. */
  show?: 'fraction' | 'count'
}

/**
 * Which component of the mixture holds which class: a table of component × class.
 *
 * Components are ordered by the class they hold most of, so that a mixture which has found the classes shows a
 * diagonal.
 *
 * @param rows One row an image with `component` (its most probable w) and `label`, optionally `count`; or several such
 * tables by model label.
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
  const tables = byLabel<Rows>('rows', rows, isRows)
  const { show = 'fraction' } = options
  const panels = tables.map(([model, table]) => {
    const counted = count(rowsOf('rows', table, ['component', 'label']), options)
    const { classes, components, cells } = counted
    const step = tables.length > 1 ? 25 : 34
    const field = show === 'fraction' ? 'fraction' : 'count'
    const most = show === 'fraction' ? 1 : Math.max(...cells.map((cell) => cell.count))
    return {
      ...(model ? { title: panelTitle(model) } : {}),
      width: { step },
      height: { step: 25 },
      data: { values: cells },
      encoding: {
        x: {
          field: 'label',
          type: 'nominal',
          sort: classes,
          title: null,
          axis: { labelAngle: -45, domain: false, ticks: false, labelOverlap: false },
        },
        y: {
          field: 'component',
          type: 'nominal',
          sort: components,
          title: 'component w · its share',
          axis: { domain: false, ticks: false, labelPadding: 6 },
        },
      },
      layer: [
        {
          mark: { type: 'rect', stroke: '#ffffff', strokeWidth: 1 },
          encoding: {
            color: {
              field,
              type: 'quantitative',
              scale: { domain: [0, most], range: ['#f1f4f8', '#8fb8d8', '#0072b2', '#00324f'] },
              legend: null,
            },
            tooltip: ['component', 'label', 'count', 'fraction'].map((name) => ({
              field: name,
              type: name === 'count' || name === 'fraction' ? 'quantitative' : 'nominal',
            })),
          },
        },
        {
          transform: [{ filter: show === 'fraction' ? 'datum.fraction >= 0.045' : 'datum.count > 0' }],
          mark: { type: 'text', fontSize: 10.5 },
          encoding: {
            text:
              show === 'fraction'
                ? { field: 'percent', type: 'quantitative' }
                : { field: 'count', type: 'quantitative' },
            color: {
              condition: { test: `datum.${field} > ${most * 0.45}`, value: '#ffffff' },
              value: '#1f2933',
            },
          },
        },
      ],
    }
  })
  const subtitle =
    options.subtitle ??
    (show === 'fraction'
      ? 'Percent of the images of each component (rows add up to 100).'
      : 'Number of images.')
  return chart(options.title ?? 'Which component holds which class', subtitle, {
    columns: 2,
    spacing: 20,
    concat: panels,
  })
}

/** Counts of component × class with rows ordered by their main class. */
function count(rows: readonly Row[], options: ComponentLabelOptions) {
  const classOf = (row: Row) => options.labels?.[Number(row.label)] ?? String(row.label)
  const seen = [...new Set(rows.map(classOf))]
  const classes = options.labels
    ? [...options.labels]
    : seen.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  const components = options.components ?? Math.max(...rows.map((row) => Number(row.component))) + 1
  const counts = Array.from({ length: components }, () => new Array<number>(classes.length).fill(0))
  for (const row of rows) {
    const line = counts[Number(row.component)]
    const column = classes.indexOf(classOf(row))
    if (line && column >= 0) line[column] += typeof row.count === 'number' ? row.count : 1
  }
  const total = counts.flat().reduce((a, b) => a + b, 0) || 1
  const ordered = counts
    .map((line, component) => {
      const sum = line.reduce((a, b) => a + b, 0)
      return {
        line,
        sum,
        main: sum > 0 ? line.indexOf(Math.max(...line)) : classes.length,
        name: `${component} · ${Math.round((100 * sum) / total)}%`,
      }
    })
    .sort((a, b) => a.main - b.main)
  const cells = ordered.flatMap(({ line, sum, name }) =>
    line.map((n, column) => ({
      component: name,
      label: classes[column],
      count: n,
      fraction: sum > 0 ? round(n / sum, 3) : 0,
      percent: sum > 0 ? Math.round((100 * n) / sum) : 0,
    })),
  )
  return { classes, components: ordered.map(({ name }) => name), cells }
}
