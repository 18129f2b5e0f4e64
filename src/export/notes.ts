import { ArgumentError } from '../base/errors'
import type { DataSet } from '../data/dataset'
import { sampled } from '../data/sampled'
import type { Model } from '../models/model'
import { encode, sample } from '../models/use'
import { imageShape } from '../plots/image'

/** Options of `exportDecoder`. */
export interface ExportDecoderOptions {
  /**
   * Data points: their shape decides the drawing (`[28, 28]` an image, `[28, 28, 3]` one in colour, `[5]`
   * bars), the codes of the first twelve can be chosen as starts, and the sliders are in the order in which
   * the units move with the data.
   */
  data?: DataSet
  /** Names of the dimensions of x, if they are drawn as bars. */
  features?: readonly string[]
  /** Title of the page; the model's name by default. */
  title?: string
}

/** What the page needs besides the decoder: `userDefinedMetadata` of `model.json`. */
export interface DecoderNotes {
  kind: string
  title: string
  latent: number
  shape: readonly number[]
  features?: readonly string[]
  /** Units in the order of their sliders. */
  units: number[]
  /** Start, end and initial position of the slider of each unit. */
  range: { min: number; max: number; mean: number }[]
  /** Draws of z from the prior. */
  draws: number[][]
  /** Codes of data points by name. */
  starts: { name: string; z: number[] }[]
}

const DRAWS = 500
const KEPT = 48
const STARTS = 12

/** What the page of a decoder needs to know of its model, and of data. */
export async function decoderNotes(
  model: Model<DataSet>,
  { data, features, title }: ExportDecoderOptions = {},
): Promise<DecoderNotes> {
  const { latent, dim } = model
  if (features && features.length !== dim)
    throw new ArgumentError('features', features, `${dim} names, one per dimension of x`)
  const { z } = await sample(model, { count: DRAWS, seed: 1 })
  const codes = data && (await encode(model, sampled(data, DRAWS, 0))).mean
  const first = data && (await encode(model, data.take(Math.min(STARTS, data.size)))).mean
  const rows = (values: Float32Array, count: number): number[][] =>
    Array.from({ length: Math.min(count, values.length / latent) }, (_, row) =>
      Array.from(values.subarray(row * latent, (row + 1) * latent), (value) => Number(value.toPrecision(4))),
    )
  const units = Array.from({ length: latent }, (_, unit) => unit)
  const ofUnit = (values: Float32Array, unit: number): number[] =>
    Array.from(values.filter((_, i) => i % latent === unit))
  const moves = codes && units.map((unit) => spread(ofUnit(codes, unit)) / spread(ofUnit(z, unit)))
  const starts = rows(first ?? new Float32Array(), STARTS)
  return {
    kind: model.kind,
    title: title ?? `${model.kind}, decoded`,
    latent,
    shape: data ? shapeOfPage(data.shape, dim) : [dim],
    ...(features && { features: [...features] }),
    units: moves ? units.sort((a, b) => moves[b] - moves[a]) : units,
    range: Array.from({ length: latent }, (_, unit) => {
      const all = [...ofUnit(z, unit), ...starts.map((code) => code[unit])]
      const round = (value: number): number => Number(value.toPrecision(4))
      return {
        min: round(Math.min(...all)),
        max: round(Math.max(...all)),
        mean: round(average(ofUnit(z, unit))),
      }
    }),
    draws: rows(z, KEPT),
    starts: starts.map((code, row) => ({ name: nameOf(data!, row), z: code })),
  }
}

const nameOf = (data: DataSet, row: number): string => {
  const label = data.labels?.[row]
  return label === undefined ? `row ${row}` : `row ${row}, ${data.labelNames?.[label] ?? label}`
}

/** An image's shape; a list of numbers for all else, of which a page draws bars. */
function shapeOfPage(shape: readonly number[], dim: number): readonly number[] {
  const [first, , last = 1] = shape
  if (shape.length < 2) return shape
  // Channels before the rows are refused, with the transposition to make.
  const isImage = shape.length < 4 && [1, 3].includes(last)
  if (isImage || (shape.length === 3 && [1, 3].includes(first))) imageShape(shape)
  return isImage ? shape : [dim]
}

const average = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length

const spread = (values: number[]): number => {
  const mean = average(values)
  return average(values.map((value) => (value - mean) ** 2))
}
