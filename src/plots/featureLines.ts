import { ArgumentError, unquoted } from '../base/errors'
import { csv, round } from './spec'
import { classColors, panelTitle } from './theme'

/** Maximum number of features that lines can distinguish. */
const MOST = classColors.length

/** One panel of lines: the value of each feature at each step. */
export interface FeatureRow {
  label: string
  /** `[steps, features]`. */
  values: ArrayLike<number>
  /** The data points at the first and at the last step, `[2, features]`. */
  ends?: ArrayLike<number>
}

/** Options of `featureLines`. */
export interface FeatureLineOptions {
  /** Positions of the steps. */
  steps: readonly number[]
  /** Title of the horizontal axis. */
  stepTitle: string
  /** Names of the features; by default "x 0", "x 1" …. */
  features?: readonly string[]
  /** A mark on a panel's horizontal axis, if any. */
  marks?: readonly number[]
}

/** For data that are not images: one panel per row, one line per feature, all on one scale. */
export function featureLines(
  shape: readonly number[],
  rows: readonly FeatureRow[],
  options: FeatureLineOptions,
): object {
  const { steps, stepTitle, marks } = options
  const [count] = shape
  if (shape.length !== 1 || count > MOST)
    throw new ArgumentError(
      'shape',
      unquoted(`[${shape.join(', ')}]`),
      `an image shape [height, width], or [count] with at most ${MOST} features`,
      'Give the image shape if the rows are images; otherwise decode with lid.decode and draw the features of interest.',
    )
  const features = options.features ?? Array.from({ length: count }, (_, f) => `x ${f}`)
  if (features.length !== count)
    throw new ArgumentError('features', features, `${count} names, one per feature`)
  const all = rows.flatMap(({ values, ends = [] }) => [...Array.from(values), ...Array.from(ends)])
  const reach = [Math.min(...all), Math.max(...all)]
  const columns = Math.min(4, rows.length)
  return {
    columns,
    spacing: 18,
    concat: rows.map(({ label, values, ends }, row) => ({
      title: panelTitle(label),
      width: columns > 2 ? 150 : 280,
      height: 110,
      layer: [
        {
          data: csv(
            steps.flatMap((step, i) =>
              features.map((feature, f) => ({
                step: round(step, 4),
                feature,
                value: round(values[i * count + f]),
              })),
            ),
          ),
          mark: { type: 'line', strokeWidth: 2 },
          encoding: {
            x: {
              field: 'step',
              type: 'quantitative',
              title: stepTitle,
              axis: { tickCount: 5, grid: false },
              scale: { nice: false, zero: false },
            },
            y: {
              field: 'value',
              type: 'quantitative',
              title: row % columns === 0 ? 'E[x|z]' : null,
              scale: { domain: reach, nice: 4, zero: false },
              axis: { tickCount: 4 },
            },
            color: {
              field: 'feature',
              type: 'nominal',
              scale: { domain: features, range: classColors.slice(0, count) },
              legend: { title: 'feature', symbolType: 'stroke', symbolStrokeWidth: 3 },
            },
            strokeDash: {
              field: 'feature',
              type: 'nominal',
              scale: { domain: features, range: features.map((_, f) => dashes[f % dashes.length]) },
              legend: { title: 'feature' },
            },
          },
        },
        ...(ends === undefined
          ? []
          : [
              {
                data: csv(
                  [0, 1].flatMap((end) =>
                    features.map((feature, f) => ({
                      step: steps[end * (steps.length - 1)],
                      feature,
                      value: round(ends[end * count + f]),
                    })),
                  ),
                ),
                mark: { type: 'point', filled: true, size: 55, opacity: 1, clip: false },
                encoding: {
                  x: { field: 'step', type: 'quantitative' },
                  y: { field: 'value', type: 'quantitative' },
                  color: { field: 'feature', type: 'nominal' },
                },
              },
            ]),
        ...(marks === undefined
          ? []
          : [
              {
                data: { values: [{ step: round(marks[row], 4) }] },
                mark: { type: 'rule', strokeDash: [3, 3], color: '#4b5563' },
                encoding: { x: { field: 'step', type: 'quantitative' } },
              },
            ]),
      ],
    })),
  }
}

/** Dash patterns, so that lines differ in more than colour. */
const dashes = [
  [1, 0],
  [7, 3],
  [2, 2],
  [9, 3, 2, 3],
]
