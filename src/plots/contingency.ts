import { round, type Row } from './spec'
import { card, ramp, rampSwitch } from './theme'

/** Options for counting and names. */
export interface ContingencyOptions {
  /** Names of the classes by number. */
  labels?: readonly string[]
  /** Number of components, so that empty components get a row too; default: the largest index plus one. */
  components?: number
}

/** One component of the mixture with its number of data points of each class. */
export interface ComponentCounts {
  component: number
  /** Data points by class, `[classes]`. */
  counts: readonly number[]
  /** Number of its data points. */
  sum: number
  /** Its most frequent class; undefined if it is empty. */
  main?: number
}

/** Component × class. */
export interface Contingency {
  classes: readonly string[]
  /** Ordered by main class, larger components first; empty ones last. */
  components: readonly ComponentCounts[]
  /** Number of all data points. */
  total: number
  /** Fraction of data points with the main class of their component: `clusterAccuracy`. */
  accuracy: number
}

/** Counts rows with `component`, `label` and optionally `count`. */
export function contingency(rows: readonly Row[], options: ContingencyOptions): Contingency {
  const classOf = (row: Row) => options.labels?.[Number(row.label)] ?? String(row.label)
  const seen = [...new Set(rows.map(classOf))]
  const classes = options.labels
    ? [...options.labels]
    : seen.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  const count = options.components ?? Math.max(...rows.map((row) => Number(row.component))) + 1
  const table = Array.from({ length: count }, () => new Array<number>(classes.length).fill(0))
  for (const row of rows) {
    const line = table[Number(row.component)]
    const column = classes.indexOf(classOf(row))
    if (line && column >= 0) line[column] += typeof row.count === 'number' ? row.count : 1
  }
  const components = table.map((counts, component) => {
    const sum = counts.reduce((a, b) => a + b, 0)
    return { component, counts, sum, main: sum > 0 ? counts.indexOf(Math.max(...counts)) : undefined }
  })
  const last = classes.length
  components.sort((a, b) => (a.main ?? last) - (b.main ?? last) || b.sum - a.sum)
  const total = components.reduce((all, { sum }) => all + sum, 0)
  const right = components.reduce((all, { counts, main }) => all + (main === undefined ? 0 : counts[main]), 0)
  return { classes, components, total, accuracy: total > 0 ? right / total : 0 }
}

/** A cell of the drawn table. */
export interface Cell {
  component: string
  label: string
  count: number
  fraction: number
  percent: number
}

/** The cells of a table, with names for its components. */
export const cellsOf = ({ classes, components }: Contingency, names: readonly string[]): Cell[] =>
  components.flatMap(({ counts, sum }, row) =>
    counts.map((n, column) => ({
      component: names[row],
      label: classes[column],
      count: n,
      fraction: sum > 0 ? round(n / sum, 3) : 0,
      percent: sum > 0 ? Math.round((100 * n) / sum) : 0,
    })),
  )

/** How `cellLayers` draws. */
export interface CellOptions {
  /** The value that a cell shows and that determines its colour. */
  show: 'fraction' | 'count'
  classes: readonly string[]
  /** Names of the rows, in the order drawn. */
  names: readonly string[]
  yTitle: string
  /** Width of a cell, pixels. */
  step: number
}

/** The table as a view: darker cells have larger values; each shows its number. */
export function cellLayers(cells: readonly Cell[], options: CellOptions) {
  const { show, classes, names, yTitle, step } = options
  const most = show === 'fraction' ? 1 : Math.max(1, ...cells.map((cell) => cell.count))
  return {
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
        sort: names,
        title: yTitle,
        axis: { domain: false, ticks: false, labelPadding: 6 },
      },
    },
    layer: [
      {
        mark: { type: 'rect', stroke: card, strokeWidth: 1 },
        encoding: {
          color: {
            field: show,
            type: 'quantitative',
            scale: { domain: [0, most], range: ramp, interpolate: 'rgb' },
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
          text: { field: show === 'fraction' ? 'percent' : 'count', type: 'quantitative' },
          color: {
            condition: { test: `datum.${show} > ${round(most * rampSwitch)}`, value: '#ffffff' },
            value: '#000000',
          },
        },
      },
    ] as object[],
  }
}
