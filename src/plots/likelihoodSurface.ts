import { ArgumentError } from '../base/errors'
import { requireOptions } from '../base/options'
import type { LikelihoodSurface, TwoUnits } from '../metrics/likelihoodSurface'
import { CHART_OPTIONS, csv, numbersOf, round, type ChartOptions, type VegaLiteSpec } from './spec'
import { chart, frameColor, rampColor } from './theme'

/** The width of the picture, pixels. */
const SIDE = 370

/** Limits of the bands, in nats below the maximum. */
const LEVELS = [0.1, 1, 3, 10, 30, 100, 300, 1000, 3000, 1e4, 1e5, 1e6]

/** A unit along which log p(x|z) changes by less than this counts as flat, nats. */
const FLAT = 0.5

/**
 * log p(x|z) of one data point over two units of z, in bands of nats below the maximum, with q(z|x) and the
 * prior (means, ellipses of 1 and 2 standard deviations). Grid values are evenly spaced. Bands parallel to an
 * axis mean that the likelihood is flat in that unit.
 *
 * @param surface The result of `lid.likelihoodSurface`.
 * @param options Title and subtitle.
 * @returns A Vega-Lite specification.
 * @throws ArgumentError if lengths do not match or a value is not finite.
 * @example
 * lid.show(lid.plots.likelihoodSurface(await lid.likelihoodSurface(model, test, { point: 3 })))
 */
export function likelihoodSurface(surface: LikelihoodSurface, options: ChartOptions = {}): VegaLiteSpec {
  requireOptions('likelihoodSurface', options, CHART_OPTIONS)
  const { units, first, second, values } = requireSurface(surface)
  const best = Math.max(...values)
  const reach = best - Math.min(...values)
  const levels = LEVELS.filter((level, i) => i === 0 || level < reach)
  const bands = bandWords(levels)
  const colors = bands.map((_, i) => rampColor(0.95 * (1 - i / levels.length)))
  const pixels = { x: SIDE / first.length, y: SIDE / second.length }
  const half = (list: readonly number[]) => (list[1] - list[0]) / 2
  const [a, b] = [half(first), half(second)]
  const x = {
    type: 'quantitative',
    title: `z ${units[0]}`,
    scale: {
      domain: [first[0] - a, first[first.length - 1] + a].map((end) => round(end)),
      nice: false,
      zero: false,
    },
    axis: { grid: false, tickCount: 7 },
  }
  const y = {
    type: 'quantitative',
    title: `z ${units[1]}`,
    scale: {
      domain: [second[0] - b, second[second.length - 1] + b].map((end) => round(end)),
      nice: false,
      zero: false,
    },
    axis: { grid: false, tickCount: 7 },
  }
  const at = { x: { field: 'a', ...x }, y: { field: 'b', ...y } }
  const outline = (of: TwoUnits, mark: object) => ({
    data: csv(ellipses(of)),
    mark: { type: 'line', clip: true, ...mark },
    encoding: {
      ...at,
      order: { field: 'step', type: 'quantitative' },
      detail: { field: 'sd', type: 'nominal' },
    },
  })
  const centre = (of: TwoUnits, mark: object) => ({
    data: { values: isInside(of, surface) ? [{ a: round(of.mean[0]), b: round(of.mean[1]) }] : [] },
    mark: { type: 'point', filled: true, opacity: 1, clip: true, ...mark },
    encoding: at,
  })
  const halo = { stroke: '#ffffff', strokeWidth: 4 }
  const subtitle = options.subtitle ?? [
    `Darkest: the maximum on the grid, ${round(best, 4).toString().replace('-', '−')} nats. The other units are at their posterior mean.`,
    'Orange: q(z|x), mean, 1 and 2 sd. Dashed: the prior, mean, 1 and 2 sd.',
  ]
  return chart(options.title ?? titleFor(surface, values), subtitle, {
    width: SIDE,
    height: SIDE,
    layer: [
      {
        data: csv(values.map((value) => ({ below: round(best - value, 4) }))),
        transform: placed(first, second, levels, bands),
        mark: { type: 'rect', width: pixels.x + 0.6, height: pixels.y + 0.6, clip: true },
        encoding: {
          ...at,
          color: {
            field: 'band',
            type: 'ordinal',
            scale: { domain: bands, range: colors },
            legend: { title: 'nats below the maximum', symbolType: 'square', symbolSize: 150 },
          },
          tooltip: [
            { field: 'a', type: 'quantitative', title: `z ${units[0]}`, format: '.3~g' },
            { field: 'b', type: 'quantitative', title: `z ${units[1]}`, format: '.3~g' },
            { field: 'below', type: 'quantitative', title: 'nats below the maximum' },
          ],
        },
      },
      outline(surface.prior, halo),
      outline(surface.prior, { color: '#1f2933', strokeWidth: 1.2, strokeDash: [4, 3] }),
      centre(surface.prior, {
        color: '#1f2933',
        shape: 'cross',
        size: 60,
        stroke: '#ffffff',
        strokeWidth: 1,
      }),
      outline(surface.posterior, halo),
      outline(surface.posterior, { color: frameColor, strokeWidth: 2 }),
      centre(surface.posterior, {
        color: frameColor,
        shape: 'circle',
        size: 50,
        stroke: '#ffffff',
        strokeWidth: 1.5,
      }),
    ],
  })
}

function requireSurface(surface: LikelihoodSurface) {
  const first = numbersOf('surface.first', surface?.first)
  const second = numbersOf('surface.second', surface.second)
  const values = numbersOf('surface.logLikelihood', surface.logLikelihood)
  if (first.length < 2 || second.length < 2 || values.length !== first.length * second.length)
    throw new ArgumentError(
      'surface.logLikelihood',
      surface.logLikelihood,
      `${first.length} × ${second.length} values, at least 2 × 2`,
      'Give the result of lid.likelihoodSurface.',
    )
  return { units: surface.units, first, second, values }
}

const isInside = ({ mean }: TwoUnits, { first, second }: LikelihoodSurface): boolean =>
  [first, second].every((list, axis) => mean[axis] >= list[0] && mean[axis] <= list[list.length - 1])

/**
 * Computes each value's grid position and band in Vega, so that saved notebooks need not contain positions.
 */
function placed(
  first: readonly number[],
  second: readonly number[],
  levels: readonly number[],
  bands: readonly string[],
): object[] {
  const at = (list: readonly number[], index: string) =>
    `${round(list[0])} + ${index} * ${round((list[list.length - 1] - list[0]) / (list.length - 1), 7)}`
  const band = levels.map((level, i) => `datum.below < ${level} ? ${JSON.stringify(bands[i])} : `).join('')
  return [
    { window: [{ op: 'row_number', as: 'row' }] },
    { calculate: at(first, `((datum.row - 1) % ${first.length})`), as: 'a' },
    { calculate: at(second, `floor((datum.row - 1) / ${first.length})`), as: 'b' },
    { calculate: `${band}${JSON.stringify(bands[bands.length - 1])}`, as: 'band' },
  ]
}

/** A title that names the unit along which the likelihood is flat, if there is one. */
function titleFor({ units, first, second }: LikelihoodSurface, values: readonly number[]): string {
  const [across, down] = [first.length, second.length]
  const change = (lines: number, length: number, index: (line: number, i: number) => number) => {
    let most = 0
    for (let line = 0; line < lines; line++) {
      const along = Array.from({ length }, (_, i) => values[index(line, i)])
      most = Math.max(most, Math.max(...along) - Math.min(...along))
    }
    return most
  }
  const flat = [
    change(down, across, (line, i) => line * across + i) < FLAT,
    change(across, down, (line, i) => i * across + line) < FLAT,
  ]
  const which = units.filter((_, axis) => flat[axis]).map((unit) => `z ${unit}`)
  const start = `log p(x|z) of one data point over z ${units[0]} and z ${units[1]}`
  return which.length === 0 ? start : `${start}: flat in ${which.length > 1 ? 'both' : which[0]}`
}

/** Ellipses of one and two standard deviations. */
const ellipses = ({ mean, sd }: TwoUnits) =>
  [1, 2].flatMap((times) =>
    Array.from({ length: 49 }, (_, step) => {
      const angle = (2 * Math.PI * step) / 48
      return {
        sd: times,
        step,
        a: round(mean[0] + times * sd[0] * Math.cos(angle), 4),
        b: round(mean[1] + times * sd[1] * Math.sin(angle), 4),
      }
    }),
  )

/** "0.1 to 1" for each band. */
function bandWords(levels: readonly number[]): string[] {
  const number = (value: number) => value.toLocaleString('en')
  return [
    `less than ${number(levels[0])}`,
    ...levels.slice(1).map((level, i) => `${number(levels[i])} to ${number(level)}`),
    `more than ${number(levels[levels.length - 1])}`,
  ]
}
