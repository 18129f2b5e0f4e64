import type { Tile } from './image'
import { round } from './spec'
import { frameColor } from './theme'

/** One row of images with its label. */
export interface ImageRow {
  label: string
  tile: Tile
}

/** The index of an image with a frame. */
export interface Frame {
  row: number
  column: number
}

/**
 * Rows of tiled images as a layered view: labels on the left and, if given, above each column, and frames
 * around some images.
 */
export function imageRows(
  rows: readonly ImageRow[],
  shape: readonly number[],
  count: number,
  columnLabels?: readonly (string | number)[],
  frames: readonly Frame[] = [],
): object {
  // About 44 pixels per image, fewer if a row would be wider than a notebook's cell. The scale is a multiple
  // of ¼, so that pixels stay equal if a picture is drawn at 4/3 or 2.
  const scale = Math.max(1, Math.floor(4 * Math.min(44 / shape[0], 620 / rows[0].tile.width))) / 4
  const width = Math.round(rows[0].tile.width * scale)
  const height = Math.round(rows[0].tile.height * scale)
  const images = {
    data: { values: rows.map(({ label, tile }) => ({ row: label, url: tile.url })) },
    mark: { type: 'image', width, height, align: 'left', baseline: 'middle', smooth: false, aspect: false },
    encoding: {
      x: { value: 0 },
      y: {
        field: 'row',
        type: 'nominal',
        sort: null,
        title: null,
        axis: { domain: false, ticks: false, labelPadding: 8, labelFontSize: 12, labelLimit: 220 },
      },
      url: { field: 'url', type: 'nominal' },
    },
  }
  // Names of two words take two lines; the other names then get an empty first line.
  const split = (columnLabels ?? []).map((label) => String(label).split(/ (.*)/, 2))
  const tall = split.some((parts) => parts.length > 1)
  const labels = split.map((parts) => (tall ? (parts.length > 1 ? parts : ['', ...parts]) : parts[0]))
  const across = { type: 'quantitative', scale: { domain: [0, count], nice: false }, axis: null }
  const heading = {
    data: { values: labels.map((text, i) => ({ text, x: i + 0.5 })) },
    mark: {
      type: 'text',
      baseline: 'line-bottom',
      fontSize: 10,
      lineHeight: 12,
      limit: Math.floor(width / count) - 2,
    },
    encoding: {
      x: { field: 'x', ...across },
      y: { value: tall ? -16 : -4 },
      text: { field: 'text', type: 'nominal' },
    },
  }
  // A frame fills the gap of two pixels between images.
  const column = count / (1 - 2 / (rows[0].tile.width + 2))
  const framed = {
    data: {
      values: frames.map((frame) => ({
        row: rows[frame.row].label,
        from: round((frame.column * column) / count, 5),
        to: round(((frame.column + 1) * column) / count, 5),
      })),
    },
    mark: { type: 'rect', fill: null, stroke: frameColor, strokeWidth: 2, height: height + 2 },
    encoding: {
      x: { field: 'from', ...across },
      x2: { field: 'to' },
      y: { field: 'row', type: 'nominal', sort: null },
    },
  }
  const layer = [images, ...(columnLabels ? [heading] : []), ...(frames.length > 0 ? [framed] : [])]
  return { width, height: { step: height + 4 }, layer }
}
