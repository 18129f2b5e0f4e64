import { ArgumentError } from '../../base/errors'
import { isFile } from '../../platform/fileSystem'
import { openFile, type OpenFile } from '../../platform/openFile'
import path from '../../platform/path'
import type { DecimalMark } from '../own/cells'
import type { MissingValues } from '../own/missing'
import type { Rows } from '../own/rows'
import { labelsOfArray, rowsOfArrays, type ArrayOptions, type FileLabels } from './arrayRows'
import { noColumns } from './choose'
import { failing, notRead, type FileArray } from './fileArray'
import { formatOf, type Format } from './format'
import { tableOfArrow } from './arrow'
import { tableOfText } from './delimited'
import { gunzipped } from './gzip'
import { arraysOfHdf5 } from './hdf5'
import { arrayOfIdx } from './idx'
import { arraysOfMat4 } from './mat4'
import { arraysOfMat5 } from './mat5'
import { arrayOfNpy, arraysOfNpz } from './npy'
import { tableOfParquet } from './parquet'
import { arraysOfSafetensors } from './safetensors'
import { rowsOfFileTable, type FileTable } from './tableRows'

/** Options of `from` that concern files of data. */
export interface FileOptions extends ArrayOptions {
  columns?: readonly string[]
  label?: string
  missing?: MissingValues
  separator?: string
  decimal?: DecimalMark
  header?: boolean
}

const TABLE_OPTIONS = ['columns', 'missing', 'separator', 'decimal', 'header'] as const
const START = 1024
const REMEDY = 'Check the path and its permissions.'

/** The arrays of a file, which can be read until it is closed. */
export interface FileArrays {
  arrays: FileArray[]
  /** Where arrays are found that `label` names, if there are such. */
  labelsIn?: string
  close?: () => void
}

/**
 * Data and labels from a file: its format is known from its first bytes, and only for text from its name.
 *
 * @param name path of the file
 * @param options `{ x?, y?, shape?, columns?, label? }`
 * @throws DataError that names the file and what is wrong with it; ArgumentError for names of arrays or columns
 *   that it does not have
 */
export const rowsOfFile = (name: string, options: FileOptions): Promise<Rows> =>
  opened(name, async (file, format) => {
    const table = TABLES[format]
    if (table !== undefined) {
      for (const option of ['x', 'y'] as const)
        if (options[option] !== undefined) throw noArrays(option, options[option])
      return rowsOfFileTable(await table(file, options), options, file.name)
    }
    for (const option of TABLE_OPTIONS) if (options[option] !== undefined) throw noColumns(option)
    const found = await ARRAYS[format]!(file)
    return ofArrays(
      found,
      file,
      options.label === undefined ? options : labelled(found, options.label, options),
    )
  })

type OfFile<T> = (file: OpenFile) => T

const only =
  (array: OfFile<FileArray>): OfFile<FileArrays> =>
  (file) => ({ arrays: [array(file)] })

/** Readers of files with arrays. */
const ARRAYS: Partial<Record<Format, OfFile<FileArrays | Promise<FileArrays>>>> = {
  idx: only((file) => arrayOfIdx(file, nameOf(file))),
  safetensors: (file) => ({ arrays: arraysOfSafetensors(file) }),
  npy: only((file) => arrayOfNpy(file, nameOf(file))),
  zip: arraysOfNpz,
  mat4: (file) => ({ arrays: arraysOfMat4(file) }),
  hdf5: arraysOfHdf5,
  mat5: async (file) => ({ arrays: await arraysOfMat5(file) }),
}

/** Readers of files with columns. */
const TABLES: Partial<
  Record<Format, (file: OpenFile, options: FileOptions) => FileTable | Promise<FileTable>>
> = {
  csv: tableOfText,
  parquet: tableOfParquet,
  arrow: tableOfArrow,
}

/** Uses a file and its format; closes it. */
async function opened<T>(name: string, use: (file: OpenFile, format: Format) => Promise<T>): Promise<T> {
  const file = openFile(name, REMEDY)
  try {
    const fail = failing(name)
    if (file.size === 0) fail('is empty')
    let content = file
    let format = formatOf(file.read(0, START), name, file.size)
    if (format === 'gzip') {
      content = await gunzipped(file)
      if (content.size === 0) fail('is empty')
      format = formatOf(content.read(0, START), name, content.size)
      if (format === 'gzip' || format === 'zip') fail('is packed twice', 'Unpack it first.')
    }
    return typeof format === 'object' ? fail(`is ${format.what}`, format.remedy) : await use(content, format)
  } catch (error) {
    return notRead(error, failing(name))
  } finally {
    file.close()
  }
}

/**
 * Every array of a file of arrays, such as .npz, .npy or .safetensors.
 *
 * @param name path of the file
 * @param use what is done with them; afterwards they are closed
 * @throws DataError for a file that has no arrays, or cannot be read
 */
export const arraysOfFile = <T>(name: string, use: (arrays: FileArray[]) => Promise<T>): Promise<T> =>
  opened(name, async (file, format) => {
    const read = ARRAYS[format]
    if (read === undefined) return failing(name)('has no arrays', 'Save them with np.savez.')
    const { arrays, close } = await read(file)
    try {
      return await use(arrays)
    } finally {
      close?.()
    }
  })

/** `label` names a column of the cells of an anndata file. */
function labelled({ arrays, labelsIn, close }: FileArrays, label: string, options: FileOptions): FileOptions {
  const y = `${labelsIn ?? ''}${label}`
  if (labelsIn !== undefined && arrays.some(({ name }) => name === y)) return { ...options, y }
  close?.()
  if (labelsIn === undefined) throw noColumns('label')
  const names = arrays
    .filter(({ name }) => name.startsWith(labelsIn))
    .map(({ name }) => name.slice(labelsIn.length))
  throw new ArgumentError('from({ label })', label, `one of ${names.join(', ')}`)
}

const nameOf = ({ name }: OpenFile): string =>
  path
    .basename(name)
    .replace(/\.gz$/, '')
    .replace(/\.\w+$/, '')

async function ofArrays({ arrays, close }: FileArrays, file: OpenFile, options: FileOptions): Promise<Rows> {
  const place = { file: file.name, base: path.basename(file.name), fail: failing(file.name) }
  const { y } = options
  try {
    if (y === undefined || arrays.some(({ name }) => name === y) || !isFile(y))
      return await rowsOfArrays(arrays, options, place)
    const labels = (rows: number): Promise<FileLabels> =>
      opened(y, async (other, format) => {
        const of = await (ARRAYS[format]?.(other) ?? failing(y)('has no arrays', LABELS))
        try {
          if (of.arrays.length !== 1) failing(y)(`has ${of.arrays.length} arrays`, LABELS)
          return await labelsOfArray(of.arrays[0], rows, y, failing(y))
        } finally {
          of.close?.()
        }
      })
    return await rowsOfArrays(arrays, { ...options, y: undefined }, place, labels)
  } finally {
    close?.()
  }
}

const LABELS = 'Labels in another file must be its only array, as in .npy and IDX files.'

const noArrays = (option: string, name: unknown): ArgumentError =>
  new ArgumentError(
    `from({ ${option} })`,
    name,
    'omitted for a table, which has columns',
    "Name its columns: { columns: ['a', 'b'], label: 'kind' }.",
  )
