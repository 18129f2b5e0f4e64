import { chosenByLegend, ifPointedAt, opacityOfChosen, pointedAt } from './linked'
import { placeLabels } from './placeLabels'
import {
  CHART_OPTIONS,
  byLabel,
  csv,
  isRows,
  numberIn,
  round,
  rowsOf,
  type ChartOptions,
  type Row,
  type Rows,
  type VegaLiteSpec,
} from './spec'
import { chart, classColors, panelTitle } from './theme'
import { resolveOptions } from '../base/options'
import { thousands } from '../base/thousands'

// Steps of the golden ratio select points evenly, whatever the order or period of the classes.
const golden = 0.6180339887498949

/** Options of `latentScatter`. */
export interface LatentScatterOptions extends ChartOptions {
  /** Names of the classes by number, for example those of Fashion-MNIST. */
  labels?: readonly string[]
  /** Maximum number of points per panel, evenly selected; default 400, which keeps saved notebooks small. */
  points?: number
  /** Titles of the axes (default: 'first axis of z', 'second axis of z'): points may be other than codes,
   * and then the subtitle does not call them posterior means. */
  axes?: readonly [string, string]
  /** Title of the legend (default: 'class'). */
  kind?: string
}

/**
 * Posterior means of the data in two dimensions of z: one point per data point, coloured by class; of many, some.
 *
 * With a column `component`, ellipses (one standard deviation) mark where each component's data points lie. In a
 * notebook the image under the pointer is enlarged in every panel, which shows its position for each model,
 * and a click on a class in the legend fades the others.
 *
 * @param rows Rows with `x`, `y` (see `projectLatent`) and optionally `label` and `component`; or several
 *   such tables by model label.
 * @param options Title, subtitle, class names, number of points.
 * @returns A Vega-Lite specification.
 * @throws ArgumentError if there are no rows or a coordinate is not finite.
 * @example
 * const { mean } = await lid.encode(model, test)
 * const { points } = lid.plots.projectLatent(mean, model.latent)
 * lid.show(lid.plots.latentScatter(points.map((p, i) => ({ ...p, label: test.labels![i] }))))
 */
export function latentScatter(
  rows: Rows | Readonly<Record<string, Rows>>,
  options: LatentScatterOptions = {},
): VegaLiteSpec {
  const {
    points: most,
    axes,
    kind,
  } = resolveOptions('latentScatter', options, {
    ...CHART_OPTIONS,
    labels: undefined,
    points: 400,
    axes: ['first axis of z', 'second axis of z'],
    kind: 'class',
  })
  const tables = byLabel<Rows>('rows', rows, isRows).map(([model, table]) => ({
    model,
    rows: rowsOf('rows', table, ['x', 'y']),
  }))
  const name = (row: Row) => {
    const label = row.label as string | number | undefined
    return label === undefined ? undefined : (options.labels?.[Number(label)] ?? String(label))
  }
  const classes = [...new Set(tables.flatMap((table) => table.rows.map(name)))].filter(
    (c): c is string => c !== undefined,
  )
  // In the order of the given names; otherwise numbers by value, other labels alphabetically.
  classes.sort((a, b) =>
    options.labels
      ? options.labels.indexOf(a) - options.labels.indexOf(b)
      : a.localeCompare(b, 'en', { numeric: true }),
  )
  const withEllipses = tables.some((table) => table.rows[0].component !== undefined)
  const size = tables.length > 1 ? 280 : 380
  const subtitle =
    options.subtitle ??
    `${shownInWords(
      tables.map((table) => table.rows.length),
      most,
    )}${options.axes ? '' : ', each at its posterior mean'}.${withEllipses ? ' Ellipses: data points of each component w, one standard deviation.' : ''}${classes.length > classColors.length ? ` ${classes.length} classes share ${classColors.length} colours.` : ''}`
  const views = tables.map((_, i) => `scatter${i}`)
  return chart(options.title ?? 'Positions of the data in z', subtitle, {
    params: [pointedAt('index', views), ...(classes.length > 0 ? [chosenByLegend('label', views)] : [])],
    spacing: 24,
    columns: 2,
    concat: tables.map(({ model, rows }, panel) => {
      const points = rows.map((row, index) => ({
        x: round(numberIn('rows', row, 'x'), 3),
        y: round(numberIn('rows', row, 'y'), 3),
        ...(name(row) === undefined ? {} : { label: name(row) }),
        index,
      }))
      const scale = { domain: extent(points), nice: false, zero: false }
      const axis = { tickCount: 5 }
      const scatter = {
        name: views[panel],
        data: csv(points.filter((_, index) => isShown(index, rows.length, most))),
        mark: { type: 'circle' },
        encoding: {
          x: { field: 'x', type: 'quantitative', title: axes[0], scale, axis },
          y: { field: 'y', type: 'quantitative', title: axes[1], scale, axis },
          color:
            classes.length > 0
              ? {
                  field: 'label',
                  type: 'nominal',
                  scale: {
                    domain: classes,
                    range: classes.map((_, i) => classColors[i % classColors.length]),
                  },
                  legend: { title: kind, orient: 'right', symbolSize: 80 },
                }
              : { value: classColors[0] },
          opacity: classes.length > 0 ? opacityOfChosen(0.75) : { value: 0.75 },
          size: ifPointedAt(160, 20),
          tooltip: [
            ...(classes.length > 0 ? [{ field: 'label', type: 'nominal', title: kind }] : []),
            { field: 'index', type: 'quantitative', title: options.axes ? 'point' : 'data point' },
          ],
        },
      }
      return {
        ...(model ? { title: panelTitle(model) } : {}),
        width: size,
        height: size,
        layer: [scatter, ...ellipseLayers(rows, scale.domain, size)],
      }
    }),
  })
}

/** Whether a row is among the `most` that are drawn, evenly selected. */
const isShown = (index: number, size: number, most: number): boolean =>
  (index * golden) % 1 < Math.min(1, most / size)

/** '400 of 20,000 data points'; of several panels those of the largest. */
function shownInWords(sizes: readonly number[], most: number): string {
  const size = Math.max(...sizes)
  let shown = 0
  for (let index = 0; index < size; index++) if (isShown(index, size, most)) shown++
  const all = `${thousands(size)} data points`
  return `${shown < size ? `${thousands(shown)} of ${all}` : all}${sizes.length > 1 ? ' per panel' : ''}`
}

/** One domain for both axes with a small margin, so that distances are not distorted. */
function extent(points: readonly { x: number; y: number }[]): [number, number] {
  let low = Infinity
  let high = -Infinity
  for (const { x, y } of points) {
    low = Math.min(low, x, y)
    high = Math.max(high, x, y)
  }
  const room = low < high ? (high - low) / 20 : 1
  return [round(low - room, 4), round(high + room, 4)]
}

/** Outlines at one standard deviation of each component's points, with its number at the centre. */
function ellipseLayers(rows: readonly Row[], [low, high]: readonly number[], size: number): object[] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    if (row.component === undefined) continue
    const key = `${row.component as string | number}`
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  const outlines: object[] = []
  const centres: { component: string; x: number; y: number }[] = []
  for (const [component, group] of groups) {
    // Too few points for a meaningful ellipse.
    if (group.length < 5) continue
    const xs = group.map((row) => Number(row.x))
    const ys = group.map((row) => Number(row.y))
    const mean = (v: number[]) => v.reduce((a, b) => a + b, 0) / v.length
    const [mx, my] = [mean(xs), mean(ys)]
    const xx = mean(xs.map((x) => (x - mx) ** 2))
    const yy = mean(ys.map((y) => (y - my) ** 2))
    const xy = mean(xs.map((x, i) => (x - mx) * (ys[i] - my)))
    // The Cholesky factor of the covariance maps the unit circle onto the ellipse.
    const a = Math.sqrt(xx)
    const b = a > 0 ? xy / a : 0
    const c = Math.sqrt(Math.max(0, yy - b * b))
    for (let step = 0; step <= 24; step++) {
      const angle = (2 * Math.PI * step) / 24
      const [u, v] = [Math.cos(angle), Math.sin(angle)]
      outlines.push({ component, step, x: round(mx + a * u, 3), y: round(my + b * u + c * v, 3) })
    }
    centres.push({ component, x: round(mx, 3), y: round(my, 3) })
  }
  if (centres.length === 0) return []
  const pixels = size / (high - low)
  const places = placeLabels(
    centres.map(({ x, y, component }) => ({
      x: (x - low) * pixels,
      y: (high - y) * pixels,
      text: component,
    })),
    { width: size, height: size },
    'on',
  )
  const numbers = places.map(({ left, right, top, bottom }, i) => ({
    component: centres[i].component,
    x: round(low + (left + right) / 2 / pixels, 3),
    y: round(high - (top + bottom) / 2 / pixels, 3),
  }))
  const at = { x: { field: 'x', type: 'quantitative' }, y: { field: 'y', type: 'quantitative' } }
  return [
    {
      data: csv(outlines),
      mark: { type: 'line', color: '#1f2933', strokeWidth: 1.2, opacity: 0.7, clip: true },
      encoding: {
        ...at,
        order: { field: 'step', type: 'quantitative' },
        detail: { field: 'component', type: 'nominal' },
      },
    },
    ...[{ stroke: '#ffffff', strokeWidth: 4, strokeJoin: 'round' }, {}].map((halo) => ({
      data: { values: numbers },
      mark: { type: 'text', fontSize: 13, fontWeight: 'bold', ...halo },
      encoding: { ...at, text: { field: 'component', type: 'nominal' } },
    })),
  ]
}
