import type { Tile } from './image'

/** One row of images with the words to its left. */
export interface ImageRow {
  label: string
  tile: Tile
}

/** Rows of tiled images as a layered view: labels on the left, and above each column if given. */
export function imageRows(
  rows: readonly ImageRow[],
  shape: readonly number[],
  count: number,
  columnLabels?: readonly (string | number)[],
): object {
  // About 44 pixels an image, fewer where a row would get wider than a notebook's cell; a whole number of quarters,
  // so that the pixels of a picture drawn at 4/3 or 2 come out alike.
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
  // Names of two words stand in two lines; then the others get an empty first line.
  const split = (columnLabels ?? []).map((label) => String(label).split(/ (.*)/, 2))
  const tall = split.some((parts) => parts.length > 1)
  const words = split.map((parts) => (tall ? (parts.length > 1 ? parts : ['', ...parts]) : parts[0]))
  const heading = {
    data: { values: words.map((text, i) => ({ text, x: i + 0.5 })) },
    mark: {
      type: 'text',
      baseline: 'line-bottom',
      fontSize: 10,
      lineHeight: 12,
      limit: Math.floor(width / count) - 2,
    },
    encoding: {
      x: { field: 'x', type: 'quantitative', scale: { domain: [0, count], nice: false }, axis: null },
      y: { value: tall ? -16 : -4 },
      text: { field: 'text', type: 'nominal' },
    },
  }
  return { width, height: { step: height + 4 }, layer: columnLabels ? [images, heading] : [images] }
}
