import { ArgumentError } from '../base/errors'
import { resolveOptions } from '../base/options'
import { imageTile } from './image'
import { priorColor } from './inferenceColors'
import { CHART_OPTIONS, byLabel, csv, numbersOf, round, type ChartOptions, type VegaLiteSpec } from './spec'
import { chart, panelTitle } from './theme'

/** A log-likelihood over two latent units, with the exact posterior. */
export interface Surface {
  /**
   * log p(x|z) on a square grid, `[points, points]`: z2 decreases down the rows, z1 increases along them;
   * nats.
   */
  readonly logLikelihood: ArrayLike<number>
  /** Mean of the exact posterior, `[2]`. */
  readonly mean?: ArrayLike<number>
  /** Its covariance, `[2][2]`. */
  readonly covariance?: readonly (readonly number[])[]
  /** Draws of (z1, z2), `[count, 2]`. */
  readonly draws?: ArrayLike<number>
}

/** Options of `exactSurface`. */
export interface ExactSurfaceOptions extends ChartOptions {
  /** Half width of the grid's square around 0, in prior standard deviations; 2 by default. */
  halfWidth?: number
  /**
   * Distance below the maximum at which the log-likelihood is drawn white, nats; 10 by default. It is the
   * same in every panel, so that a flat likelihood looks flat.
   */
  depth?: number
  /** Panels per row; all in one row by default. */
  columns?: number
}

/** Ellipses at one and two standard deviations. */
const DEVIATIONS = [1, 2]

/**
 * The points of a square grid in the order that `exactSurface` needs: z1 increases along rows, z2 decreases
 * down the rows.
 *
 * @param points points along each side.
 * @param halfWidth half width of the square around 0, in prior standard deviations.
 * @returns `[points², 2]`, the middles of the squares.
 * @example
 * lid.plots.surfaceGrid(50, 2)
 */
export function surfaceGrid(points: number, halfWidth: number): Float64Array {
  const at = (i: number): number => -halfWidth + (2 * halfWidth * (i + 0.5)) / points
  const out = new Float64Array(2 * points * points)
  for (let row = 0; row < points; row++)
    for (let column = 0; column < points; column++) {
      out[2 * (row * points + column)] = at(column)
      out[2 * (row * points + column) + 1] = -at(row)
    }
  return out
}

/**
 * The likelihood of one data point over two latent units, with prior, exact posterior and draws. If it is
 * flat along an axis, that unit collapses.
 *
 * @param surfaces A surface; or several by title, for example by σ.
 * @param options Title, subtitle, half width, depth, columns.
 * @returns A Vega-Lite specification: dark is a high likelihood; ellipses at one and two standard deviations.
 * @throws ArgumentError if a surface is not square or has a value that is not finite.
 * @example
 * const model = lid.ppca({ weights: [[1, 2], [0, 0]], sigma: 1 })
 * const logLikelihood = model.logLikelihood([0.5, 1], lid.plots.surfaceGrid(50, 2))
 * lid.show(lid.plots.exactSurface({ logLikelihood }))
 */
export function exactSurface(
  surfaces: Surface | Readonly<Record<string, Surface>>,
  options: ExactSurfaceOptions = {},
): VegaLiteSpec {
  const { halfWidth, depth } = resolveOptions('exactSurface', options, {
    ...CHART_OPTIONS,
    halfWidth: 2,
    depth: 10,
    columns: undefined,
  })
  const single = (value: unknown): boolean => (value as Surface | undefined)?.logLikelihood !== undefined
  const cases = byLabel<Surface>('surfaces', surfaces, single)
  const columns = options.columns ?? cases.length
  const size = cases.length === 1 ? 300 : Math.max(130, Math.min(240, Math.round(680 / columns)))
  const some = (what: keyof Surface): boolean => cases.some(([, surface]) => surface[what] !== undefined)
  const subtitle = options.subtitle ?? [
    `Dark: high likelihood; white: ${depth} nats or more below the panel’s maximum.`,
    `Ellipses at 1 and 2 standard deviations.`,
  ]
  const labels = ['prior', ...(some('mean') ? ['exact posterior'] : []), ...(some('draws') ? ['draws'] : [])]
  return chart(options.title ?? 'Likelihood of one data point over z', subtitle, {
    columns,
    spacing: { row: 26, column: 26 },
    concat: cases.map(([title, surface], index) => ({
      ...(title ? { title: panelTitle(title) } : {}),
      ...surfacePanel(title, surface, { halfWidth, depth, size, labels, first: index % columns === 0 }),
    })),
  })
}

interface SurfacePanel {
  halfWidth: number
  depth: number
  size: number
  labels: readonly string[]
  first: boolean
}

const colorsOf: Readonly<Record<string, string>> = {
  prior: '#d55e00',
  'exact posterior': '#0072b2',
  draws: '#009e73',
}

function surfacePanel(
  title: string,
  surface: Surface,
  { halfWidth, depth, size, labels, first }: SurfacePanel,
): object {
  const values = numbersOf(`surfaces.${title}.logLikelihood`, surface.logLikelihood)
  const points = Math.round(Math.sqrt(values.length))
  if (points * points !== values.length)
    throw new ArgumentError(
      `surfaces.${title}.logLikelihood`,
      surface.logLikelihood,
      'a square grid of values',
      'Evaluate it at surfaceGrid(points, halfWidth).',
    )
  const top = values.reduce((most, value) => Math.max(most, value), -Infinity)
  // Not entirely black, so that lines and points stay visible on it.
  const grey = values.map((value) => 0.55 * Math.max(0, 1 + (value - top) / depth))
  const { url } = imageTile(grey, [points, points], 1, { levels: 64 })
  const axis = (field: string, name: string | null) => ({
    field,
    type: 'quantitative',
    title: name,
    scale: { domain: [-halfWidth, halfWidth], nice: false },
    axis: { tickCount: 5, grid: false },
  })
  const x = axis('x', 'z1')
  const y = axis('y', first ? 'z2' : null)
  const color = {
    field: 'which',
    type: 'nominal',
    scale: { domain: labels, range: labels.map((label) => colorsOf[label]) },
    legend: { title: null, orient: 'top', symbolType: 'stroke', symbolStrokeWidth: 3 },
  }
  const lines = [
    ...ellipses(
      'prior',
      [0, 0],
      [
        [1, 0],
        [0, 1],
      ],
    ),
    ...(surface.mean && surface.covariance
      ? ellipses('exact posterior', Array.from(surface.mean), surface.covariance)
      : []),
  ]
  const draws = surface.draws ? drawRows(numbersOf(`surfaces.${title}.draws`, surface.draws), halfWidth) : []
  return {
    width: size,
    height: size,
    view: { stroke: priorColor },
    layer: [
      {
        data: { values: [{ url }] },
        mark: {
          type: 'image',
          width: size,
          height: size,
          aspect: false,
          smooth: false,
          align: 'left',
          baseline: 'top',
        },
        encoding: { url: { field: 'url', type: 'nominal' }, x: { value: 0 }, y: { value: 0 } },
      },
      ...(draws.length > 0
        ? [
            {
              data: csv(draws),
              mark: { type: 'circle', size: 9, opacity: 0.55, clip: true },
              encoding: { x, y, color },
            },
          ]
        : []),
      {
        data: csv(lines),
        mark: { type: 'line', strokeWidth: 1.8, clip: true },
        encoding: {
          x,
          y,
          color,
          detail: { field: 'deviations', type: 'quantitative' },
          order: { field: 'order', type: 'quantitative' },
          strokeDash: {
            field: 'which',
            type: 'nominal',
            scale: {
              domain: ['prior', 'exact posterior'],
              range: [
                [5, 4],
                [1, 0],
              ],
            },
            legend: null,
          },
        },
      },
    ],
  }
}

/** Points of the ellipses of a normal at some standard deviations. */
function ellipses(
  which: string,
  mean: readonly number[],
  covariance: readonly (readonly number[])[],
): object[] {
  const a = Math.sqrt(covariance[0][0])
  const b = covariance[0][1] / a
  const c = Math.sqrt(Math.max(0, covariance[1][1] - b * b))
  return DEVIATIONS.flatMap((deviations) =>
    Array.from({ length: 61 }, (_, order) => {
      const angle = (2 * Math.PI * order) / 60
      const [e1, e2] = [deviations * Math.cos(angle), deviations * Math.sin(angle)]
      return {
        which,
        deviations,
        order,
        x: round(mean[0] + a * e1, 4),
        y: round(mean[1] + b * e1 + c * e2, 4),
      }
    }),
  )
}

const MOST_DRAWS = 250

/** A subset of the draws, evenly spread over all, that lie inside. */
function drawRows(values: readonly number[], halfWidth: number): object[] {
  const count = values.length / 2
  const step = Math.max(1, Math.floor(count / MOST_DRAWS))
  const rows: object[] = []
  for (let i = 0; i < count; i += step) {
    const [x, y] = [values[2 * i], values[2 * i + 1]]
    if (Math.abs(x) <= halfWidth && Math.abs(y) <= halfWidth)
      rows.push({ which: 'draws', x: round(x, 4), y: round(y, 4) })
  }
  return rows
}
