import type { SetName } from './load'

/** A data set's times and memory, ours and the peer's. */
export interface LoadRow {
  data: SetName
  /** Medians, with their quarter points. */
  oursMs: number
  oursQuartiles: [number, number]
  peerMs: number
  peerQuartiles: [number, number]
  /** The peer's reading alone, before it makes float32 images or numbers of words: median. */
  peerBareMs: number
  /** Ours over the peer's. */
  ratio: number
  /** Bytes of all numbers delivered. */
  decodedBytes: number
  /** The greatest growth of the process's peak of memory in any load. */
  oursPeakBytes: number
  peerPeakBytes: number
  /** Ours, in decoded sizes. */
  peakOverDecoded: number
}

const COLUMNS = [
  'data',
  'ours ms',
  'peer ms',
  'ratio',
  'peer, bare ms',
  'decoded MB',
  'peak MB',
  'peer’s peak MB',
  'peak / decoded',
]

const mb = (bytes: number): string => (bytes / 1e6).toFixed(1)

/** The rows as a table of text. */
export function tableOf(rows: readonly LoadRow[]): string {
  const cells = rows.map((row) => [
    row.data,
    row.oursMs.toFixed(0),
    row.peerMs.toFixed(0),
    row.ratio.toFixed(2),
    row.peerBareMs.toFixed(0),
    mb(row.decodedBytes),
    mb(row.oursPeakBytes),
    mb(row.peerPeakBytes),
    row.peakOverDecoded.toFixed(2),
  ])
  const widths = COLUMNS.map((name, i) => Math.max(name.length, ...cells.map((line) => line[i].length)))
  return [COLUMNS, ...cells]
    .map((line) =>
      line.map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join('  '),
    )
    .join('\n')
}
