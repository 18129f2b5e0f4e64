import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'
import { sayVariant, type Row } from './compare'
import type { GrowthPoint, Price } from './growth'
import type { Machine } from './machine'

/** What `--json` writes. */
export interface Report {
  machine: Machine
  versions: Record<string, string>
  results: Row[]
  /** The mixture with the authors' inference on both sides: the same K decoder passes, all in one product for us. */
  sameInference: Row[]
  price: Price[]
  growth: GrowthPoint[]
  /** False for `--quick`. */
  full: boolean
  problems: string[]
  seconds: number
}

/** Writes a report whole or not at all. */
export function writeReport(file: string, report: Report): void {
  const temporary = `${file}.${process.pid}`
  mkdirSync(path.dirname(file), { recursive: true })
  try {
    const handle = openSync(temporary, 'w')
    try {
      writeSync(handle, `${JSON.stringify(report, null, 2)}\n`)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(temporary, file)
  } finally {
    rmSync(temporary, { force: true })
  }
}

/** Gives each row of a training step its share of the best matrix product of the run. */
export function addShares(rows: Row[], peak: number): void {
  for (const row of rows)
    if (row.flops !== undefined && Number.isFinite(peak))
      row.shareOfPeak = row.flops / row.oursMs / 1e6 / peak
}

const COLUMNS = ['work', 'size', 'ours', 'ms', 'peer', 'formulation', 'ms', 'ratio', 'memory', 'of peak', '']

const peers: Record<Row['peer'], string> = {
  pytorch: 'PyTorch',
  'tfjs-node': 'tfjs-node as it comes',
  'tfjs-wasm': 'tfjs WASM as it comes',
}

/** The rows as a table of text. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.work,
    row.size,
    row.engine,
    row.oursMs.toPrecision(4),
    peers[row.peer],
    row.peer === 'pytorch' ? row.formulation : '',
    row.peerMs.toPrecision(4),
    row.ratio.toFixed(2),
    row.memory.ratio.toFixed(2),
    row.shareOfPeak === undefined ? '' : row.shareOfPeak.toFixed(2),
    [
      row.variant && sayVariant(row.variant),
      row.inference.ours === row.inference.peer ? undefined : `peer: ${row.inference.peer} of the decoder`,
      row.model !== row.work.replace('-step', '') && `${row.model}, ${row.images} images`,
    ]
      .filter(Boolean)
      .join('; '),
  ])
  const widths = COLUMNS.map((name, i) => Math.max(name.length, ...cells.map((line) => line[i].length)))
  const numeric = new Set([3, 6, 7, 8, 9])
  const lineOf = (line: string[]) =>
    line
      .map((text, i) => (numeric.has(i) ? text.padStart(widths[i]) : text.padEnd(widths[i])))
      .join('  ')
      .trimEnd()
  return [lineOf(COLUMNS), widths.map((width) => '─'.repeat(width)).join('  '), ...cells.map(lineOf)].join(
    '\n',
  )
}

/** Growth as lines of text. */
export const growthLines = (points: readonly GrowthPoint[]): string[] =>
  points.map(
    ({ model, vary, value, oursMs, peerMs, flops }) =>
      `${model}, ${vary} ${value}: ${oursMs.toFixed(2)} ms, ${(flops / oursMs / 1e6).toFixed(0)} GFLOPS` +
      (peerMs === undefined
        ? ''
        : `; PyTorch ${peerMs.toFixed(2)} ms, ratio ${(oursMs / peerMs).toFixed(2)}`),
  )

/** What an identifiable model costs, as lines of text. */
export const priceLines = (prices: readonly Price[]): string[] =>
  prices.map(
    ({ size, lidvaeMs, vaeMs, ratio, flopsRatio }) =>
      `${size}: lidvae ${lidvaeMs.toFixed(2)} ms, vae ${vaeMs.toFixed(2)} ms: ${ratio.toFixed(2)} steps (matrix products: ${flopsRatio.toFixed(2)} times)`,
  )
