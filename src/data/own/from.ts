import type * as tf from '@tensorflow/tfjs'
import { ArgumentError } from '../../base/errors'
import { type OptionDefaults, type ResolvedOptions, resolveOptions } from '../../base/options'
import { exists, isFile } from '../../platform/fileSystem'
import path from '../../platform/path'
import { DataSet, type ValueKind } from '../dataset'
import { note, type Note } from '../../base/note'
import { thousands } from '../../base/thousands'
import { loadedFrom } from '../origin'
import { rowsOfFile } from '../readers/file'
import { requireApplicable, type SourceKind } from './applicable'
import type { DecimalMark } from './cells'
import { codeLabels } from './labels'
import { notData, rowsOfArray, rowsOfTensor, type NestedNumbers } from './numbers'
import { rowsOfFolder } from './imageFolder'
import { width, type Rows } from './rows'
import type { MissingValues } from './missing'
import { isTable, rowsOfTable, type TableSource } from './table'
import { darkText, kindOf, WHY, type GivenValues } from './values'

/**
 * Input of `from`: arrays of numbers, a typed array, a tensor, an arquero table, or the path of a file of data
 * or of a folder of images.
 */
export type OwnData = NestedNumbers | tf.Tensor | TableSource | string

/** Options of `from`. */
export interface FromOptions {
  /** Name for charts and messages (default: the folder's name, 'table', 'own data'). */
  name?: string
  /** Shape of one row; required for a flat array, otherwise taken from the source. */
  shape?: readonly number[]
  /**
   * What the numbers are: 'binary', 'intensity', 'count', 'real', or 'bytes', integers from 0 to 255 that are
   * divided by 255 into intensities. By default the first of binary, intensity, count and real that all of
   * them are; for images of integers up to 255 it is required.
   */
  values?: GivenValues
  /**
   * A string or a number per row; for a folder a function of the file's path within it. Integers ≥ 0 are
   * kept; strings are numbered in sorted order.
   */
  labels?: ArrayLike<string | number> | ((file: string) => string | number)
  /** File of arrays, as .npz, .mat or .h5: the name of the array that becomes x (default: the obvious one). */
  x?: string
  /**
   * File of arrays: the name of the array of labels (default: the obvious one, if any), or the path of another
   * file that has them as its only array.
   */
  y?: string
  /** Names of the labels 0, 1, …, in that order. */
  labelNames?: readonly string[]
  /** Table: the columns that become x, in this order (default: all numeric ones but the label). */
  columns?: readonly string[]
  /** Table: the column of labels. Of an .h5ad file a column of obs. */
  label?: string
  /**
   * Table: what becomes of missing values (empty cells, NA, nan, ?): 'drop' leaves out their rows, 'mean' puts
   * the column's mean in their place; by default they are an error that says where.
   */
  missing?: MissingValues
  /** Table in a file: what separates cells: ',', ';', '\t', '|' or ' ' (default: recognised). */
  separator?: string
  /** Table in a file: '.' or ',' before the fraction of a number (default: recognised). */
  decimal?: DecimalMark
  /** Table in a file: whether the first line has the names of the columns (default: recognised). */
  header?: boolean
  /**
   * Folder: `[height, width]` in pixels that every image is resized to, stretched if its proportions differ.
   */
  size?: readonly [number, number]
  /** Folder: keep colour, rows of shape `[height, width, 3]`, instead of grey (default: false). */
  color?: boolean
  /** Folder: the background of transparent pixels, an intensity (default: 1, white). */
  background?: number
  /** Folder: the sample that is white, such as 4095 of 12 bits in files of 16 (default: the format's largest). */
  full?: number
  /** Folder: x becomes 1 − x, so that dark ink on white paper has the high values (default: false). */
  invert?: boolean
  /** Receives the line that says what was read and which kind of values it has (default: printed). */
  onNote?: Note
}

const FROM_OPTIONS = {
  name: undefined,
  shape: undefined,
  values: undefined,
  labels: undefined,
  x: undefined,
  y: undefined,
  labelNames: undefined,
  columns: undefined,
  label: undefined,
  missing: undefined,
  separator: undefined,
  decimal: undefined,
  header: undefined,
  size: undefined,
  color: false,
  background: 1,
  full: undefined,
  invert: false,
  onNote: note,
} satisfies OptionDefaults<FromOptions>

/**
 * Your own numbers or images as a data set. Arrays and tensors: the first axis counts the rows. Tables: one
 * data point per row, numeric columns become x. A file of arrays (.npy, .npz, .mat, .h5, .h5ad, .safetensors,
 * IDX) or of a table (.csv, .tsv, .parquet, .feather): known by its content; x and y name arrays, columns and
 * label columns, and what is obvious needs no name. A folder of images (PNG, JPEG, WebP, TIFF, GIF, AVIF): one
 * image per file, in the order of names; sub-folders name the labels; pixel = sample / largest sample of the
 * format, grey = 0.299 R + 0.587 G + 0.114 B of the stored (gamma-encoded) values, transparency composed as
 * α · pixel + (1 − α) · background. Numbers are copied, and stored as float32; one line says which kind of
 * values they are, what was left out, and what looks odd.
 *
 * @param source number[][], number[][][] …, a typed array (with `shape`), a tensor (left as it is), an
 *   arquero table, or the path of a file or folder
 * @param options `{ name?, shape?, values?, labels?, x?, y?, labelNames?, columns?, label?, missing?, separator?,
 *   decimal?, header?, size?, color?, background?, full?, invert?, onNote? }`; see `FromOptions`
 * @returns a DataSet; `split` divides it into training and test data
 * @throws ArgumentError for input of another type, rows of different lengths, values that are not finite
 *   numbers, or images of different sizes without `size`; DataError for a folder or file that cannot be read
 * @example
 * const { train, test } = (await lid.data.from('my-images', { size: [28, 28] })).split({ test: 0.2, seed: 1 })
 * const model = lid.lidvae({ likelihood: lid.bernoulli(784), latent: 8, seed: 1 })
 * await lid.fit(model, train, { epochs: 5 })
 * const codes = await lid.encode(model, test)
 * @example
 * const digits = await lid.data.from('digits.npz', { x: 'images', y: 'labels', values: 'bytes' })
 * const cells = await lid.data.from('cells.h5ad', { label: 'cell_type' })
 * @example
 * const points = await lid.data.from([[0.1, 2.5], [0.3, 1.9]], { values: 'real', labels: ['left', 'right'] })
 * const images = await lid.data.from(new Uint8Array(10 * 784), { shape: [28, 28], values: 'bytes' })
 */
export async function from(source: OwnData, options: FromOptions = {}): Promise<DataSet> {
  const resolved = resolveOptions('from', options, FROM_OPTIONS)
  const isFolder = typeof source === 'string' && !isFileName(source)
  requireApplicable(options, kindOfSource(source, isFolder))
  const rows = await read(source, resolved)
  const given =
    typeof options.labels === 'function' ? rows.labels : (keptOf(options.labels, rows) ?? rows.labels)
  const labelled =
    given === undefined
      ? undefined
      : codeLabels(
          given,
          options.labels === undefined && rows.labelsName !== undefined
            ? rows.labelsName
            : options.label
              ? `column ${options.label}`
              : 'from({ labels })',
          options.labelNames ?? rows.labelNames,
        )
  const values = kindOf(rows.x, rows.shape.length > 1, options.values)
  const { x, shape, source: origin } = rows
  const data = new DataSet({ name: options.name ?? rows.name, x, shape, values, ...labelled, source: origin })
  const parts = [
    inWords(data, values, options.values, isFolder, rows),
    ...channelsFirst(shape),
    ...(rows.remarks ?? []),
  ]
  resolved.onNote(parts.join('; '))
  if (typeof source !== 'string' || typeof options.labels === 'function') return data
  const y = options.y !== undefined && isFile(options.y) ? path.resolve(options.y) : options.y
  return loadedFrom('from', path.resolve(source), { ...options, y }, data)
}

/** True for a file, and for a name with an extension of which nothing exists: a file is missing, not a folder. */
const isFileName = (name: string): boolean => isFile(name) || (/\.\w+$/.test(name) && !exists(name))

function kindOfSource(source: OwnData, isFolder: boolean): SourceKind {
  if (isFolder) return 'a folder'
  return typeof source === 'string' ? 'a file' : isTable(source) ? 'a table' : 'numbers'
}

async function read(
  source: OwnData,
  options: ResolvedOptions<FromOptions, typeof FROM_OPTIONS>,
): Promise<Rows> {
  const { labels, shape } = options
  if (typeof labels === 'string')
    throw new ArgumentError(
      'from({ labels })',
      labels,
      'one label per row',
      `The column of a table is label: '${labels}'.`,
    )
  if (typeof source === 'string') {
    // What cannot be examined is refused when it is read, with the reason.
    if (isFileName(source)) {
      if (typeof labels === 'function') throw notByFunction(labels)
      return rowsOfFile(source, options)
    }
    if (labels !== undefined && typeof labels !== 'function')
      throw new ArgumentError(
        'from({ labels })',
        labels,
        "a function of the file's path, because the order of files is easily mistaken",
        "Give labels: (file) => file.split('_')[0], or a sub-folder for each label.",
      )
    if (options.values === 'bytes')
      throw new ArgumentError(
        'from({ values })',
        'bytes',
        "'intensity' or omitted, since pixels of images are intensities",
      )
    return rowsOfFolder(source, { ...options, labels })
  }
  if (typeof labels === 'function') throw notByFunction(labels)
  if (isTable(source)) return rowsOfTable(source, options)
  if (isTensor(source)) return rowsOfTensor(source, shape)
  if (typeof source !== 'object' || source === null) throw notData(source)
  return rowsOfArray(source, shape)
}

const notByFunction = (labels: unknown): ArgumentError =>
  new ArgumentError(
    'from({ labels })',
    labels,
    'one label per row',
    'Only files of a folder can be labelled by a function.',
  )

// By its members, because a tensor may come from another copy of TensorFlow.js.
const isTensor = (source: unknown): source is tf.Tensor =>
  typeof (source as tf.Tensor | null)?.dataSync === 'function' && Array.isArray((source as tf.Tensor).shape)

/** One label per row of the source, without those of rows that are left out. */
function keptOf(
  labels: ArrayLike<string | number> | undefined,
  { kept, x, shape }: Rows,
): ArrayLike<string | number> | undefined {
  const size = x.length / width(shape)
  return labels && kept && labels.length !== size ? kept.map((row) => labels[row]) : labels
}

/** Pictures whose colours come before their rows, as PyTorch has them: plots want them last. */
function channelsFirst(shape: readonly number[]): string[] {
  const [first, ...rest] = shape
  if (rest.length !== 2 || (first !== 1 && first !== 3) || rest[1] === 1 || rest[1] === 3) return []
  return [
    `channels come first, and plots of images want [${rest.join(', ')}, ${first}]: transpose the rows by [0, 2, 3, 1]`,
  ]
}

/**
 * @param inFiles true of pixels of images, whose full value is known
 * @param rows the file, and what was taken from it
 */
function inWords(
  data: DataSet,
  kind: ValueKind,
  said: GivenValues | undefined,
  inFiles: boolean,
  { taken, file }: Rows,
): string {
  const classes = data.labels && new Set(data.labels).size
  const why = said === undefined ? `: ${WHY[kind]}; set values: … for another kind` : ''
  return (
    `${taken === undefined ? `${file ?? data.name}: ` : `${taken}; `}${thousands(data.size)} rows of shape [${data.shape.join(', ')}]` +
    `${classes === undefined ? '' : `, ${classes} labels`}, values '${kind}'${why}${kind === 'intensity' && !inFiles ? darkText(data.x) : ''}`
  )
}
