import { CHART_OPTIONS, byLabel, round, type ChartOptions, type VegaLiteSpec } from './spec'
import { card, chart, classColors, panelTitle, roomAbove } from './theme'
import { requireOptions } from '../base/options'

/** Texts as token ids, as in a TextSet. */
export interface TextsLike {
  /** The token ids of each text. */
  readonly documents: readonly ArrayLike<number>[]
}

const isTexts = (value: unknown): value is TextsLike =>
  Array.isArray((value as TextsLike | undefined)?.documents)

const MOST_BARS = 60
const POINTS_PER_DECADE = 24
const TICKS = 4

/**
 * Lengths of texts: a histogram of tokens per text, one panel per set.
 *
 * @param texts A TextSet, or several by label.
 * @param options Title and subtitle.
 * @returns A Vega-Lite specification; each panel has its own axes.
 * @throws ArgumentError if there are no texts.
 * @example
 * const { train } = lid.data.syntheticText({ train: 1000 })
 * lid.show(lid.plots.textLengths({ synthetic: train }))
 */
export function textLengths(
  texts: TextsLike | Readonly<Record<string, TextsLike>>,
  options: ChartOptions = {},
): VegaLiteSpec {
  requireOptions('textLengths', options, CHART_OPTIONS)
  const sets = byLabel<TextsLike>('texts', texts, isTexts)
  return chart(
    options.title ?? 'Lengths of the texts',
    options.subtitle ?? 'Percent of all texts by their number of tokens; each panel has its own axes.',
    {
      spacing: 24,
      hconcat: sets.map(([label, { documents }], i) => {
        const lengths = documents.map(({ length }) => length)
        const mean = lengths.reduce((a, b) => a + b, 0) / lengths.length
        const summary = `${documents.length.toLocaleString('en-US')} texts, mean ${mean.toFixed(1)} tokens`
        return {
          title: panelTitle(label ? [label, summary] : summary),
          width: Math.min(300, Math.floor(620 / sets.length)),
          height: 150,
          ...lengthBars(lengths, classColors[i % classColors.length], i === 0),
        }
      }),
    },
  )
}

function lengthBars(lengths: readonly number[], color: string, first: boolean): object {
  let [low, high] = [Infinity, 0]
  for (const length of lengths) {
    low = Math.min(low, length)
    high = Math.max(high, length)
  }
  const step = Math.max(1, Math.ceil((high + 1 - low) / MOST_BARS))
  const counts = new Array<number>(Math.floor((high - low) / step) + 1).fill(0)
  for (const length of lengths) counts[Math.floor((length - low) / step)]++
  const bars = counts.map((count, i) => ({
    from: low + i * step - 0.5,
    to: low + (i + 1) * step - 0.5,
    tokens: step === 1 ? `${low + i}` : `${low + i * step} to ${low + (i + 1) * step - 1}`,
    texts: count,
    share: round(count / lengths.length, 4),
  }))
  const top = bars.reduce((most, { share }) => Math.max(most, share), 0)
  return {
    data: { values: bars },
    mark: { type: 'rect', color, stroke: card, strokeWidth: step === 1 && counts.length < 30 ? 1 : 0 },
    encoding: {
      x: {
        field: 'from',
        type: 'quantitative',
        title: 'tokens per text',
        scale: { domain: [Math.min(0, low - 1), Math.max(high + 1, 5)], nice: false },
        axis: { tickMinStep: 1, tickCount: 6, grid: false },
      },
      x2: { field: 'to' },
      y: {
        field: 'share',
        type: 'quantitative',
        title: first ? 'texts' : null,
        scale: { domain: [0, round(roomAbove(top, TICKS), 6)], nice: false },
        axis: { format: '~%', tickCount: TICKS },
      },
      y2: { datum: 0 },
      tooltip: [
        { field: 'tokens', type: 'nominal' },
        { field: 'texts', type: 'quantitative' },
      ],
    },
  }
}

/**
 * Frequencies of tokens by rank: a straight falling line is Zipf's law.
 *
 * @param texts A TextSet, or several by label.
 * @param options Title and subtitle.
 * @returns A Vega-Lite specification; both axes are logarithmic.
 * @throws ArgumentError if there are no texts.
 * @example
 * const { train } = lid.data.syntheticText({ train: 1000 })
 * lid.show(lid.plots.wordFrequencies({ synthetic: train }))
 */
export function wordFrequencies(
  texts: TextsLike | Readonly<Record<string, TextsLike>>,
  options: ChartOptions = {},
): VegaLiteSpec {
  requireOptions('wordFrequencies', options, CHART_OPTIONS)
  const sets = byLabel<TextsLike>('texts', texts, isTexts)
  const rows = sets.flatMap(([label, { documents }]) =>
    frequencies(documents).map((row) => ({ label, ...row })),
  )
  const axis = { grid: true, tickCount: 5 }
  return chart(
    options.title ?? 'Frequencies of tokens',
    options.subtitle ??
      'Fraction of all tokens by rank, the most frequent token first; both axes logarithmic. Straight and falling: Zipf’s law.',
    {
      width: 520,
      height: 260,
      data: { values: rows },
      mark: { type: 'line', strokeWidth: 2, point: { size: 14 } },
      encoding: {
        x: {
          field: 'rank',
          type: 'quantitative',
          title: 'rank of the token',
          scale: { type: 'log' },
          axis: { ...axis, format: ',' },
        },
        y: {
          field: 'share',
          type: 'quantitative',
          title: 'fraction of all tokens',
          scale: { type: 'log' },
          axis: { ...axis, format: '~%' },
        },
        color: {
          field: 'label',
          type: 'nominal',
          scale: {
            domain: sets.map(([label]) => label),
            range: sets.map((_, i) => classColors[i % classColors.length]),
          },
          legend: sets.length > 1 ? { title: null, orient: 'right' } : null,
        },
        tooltip: [
          ...(sets.length > 1 ? [{ field: 'label', type: 'nominal' }] : []),
          { field: 'rank', type: 'quantitative', format: ',' },
          { field: 'share', type: 'quantitative', format: '.3~%' },
        ],
      },
    },
  )
}

/** Fraction of each token by rank, at ranks evenly spaced on a logarithmic axis. */
function frequencies(documents: readonly ArrayLike<number>[]): { rank: number; share: number }[] {
  const counts = new Map<number, number>()
  let total = 0
  for (const document of documents) {
    total += document.length
    for (let i = 0; i < document.length; i++) counts.set(document[i], (counts.get(document[i]) ?? 0) + 1)
  }
  const sorted = [...counts.values()].sort((a, b) => b - a)
  const ranks = new Set<number>()
  for (let at = 0; ; at++) {
    const rank = Math.round(10 ** (at / POINTS_PER_DECADE))
    if (rank >= sorted.length) break
    ranks.add(rank)
  }
  return [...ranks, sorted.length].map((rank) => ({ rank, share: round(sorted[rank - 1] / total, 4) }))
}
