import { ArgumentError, unquoted } from '../../base/errors'
import { thousands } from '../../base/thousands'
import { firstWrong, markValidated } from '../dataset'
import { width, type Rows } from '../own/rows'
import { choose, requireLabels } from './choose'
import { arrayText, countOf, requireRoom, shapeText, type Fail, type FileArray } from './fileArray'
import { rowMajor } from './rowMajor'

/** Which arrays are read, and as what. */
export interface ArrayOptions {
  x?: string
  y?: string
  shape?: readonly number[]
}

/** Labels of a file: one per row, their name in error messages, and how the note describes them. */
export interface FileLabels {
  values: ArrayLike<string | number>
  name: string
  said: string
}

/**
 * Data and labels from the arrays of a file. x is stored as float32, row by row: the first axis counts the rows.
 *
 * @param arrays all arrays of the file
 * @param place the file's path, its name without folders, and how to fail
 * @param others labels from elsewhere, for so many rows
 */
export async function rowsOfArrays(
  arrays: readonly FileArray[],
  options: ArrayOptions,
  { fail, base, file }: { file: string; base: string; fail: Fail },
  others?: (rows: number) => Promise<FileLabels>,
): Promise<Rows> {
  const { x, y, left } = choose(arrays, options, others === undefined, fail)
  const shape = rowShape(x, options.shape, fail)
  if (y) requireLabels(x, y, fail)
  const rows = countOf(x.shape) / width(shape)
  const labels = y ? await labelsOfArray(y, rows, file, fail) : await others?.(rows)
  const numbers = await numbersOf(x, fail)
  const leftOut = left.length > 0 ? `; left out: ${left.map(arrayText).join(', ')}` : ''
  return {
    x: numbers.x,
    shape,
    name: base.replace(/\.gz$/, '').replace(/\.\w+$/, ''),
    source: `${file}: ${arrayText(x)}`,
    labels: labels?.values,
    labelsName: labels?.name,
    taken: `${base}: x = ${arrayText(x)}${numbers.said}, ${labels ? `labels = ${labels.said}` : 'no labels'}${leftOut}`,
  }
}

/** The shape of one row: as given, or the axes after the first, without a last one of length 1 of images. */
function rowShape(x: FileArray, given: readonly number[] | undefined, fail: Fail): readonly number[] {
  const { shape } = x
  if (countOf(shape) === 0) fail(`holds no numbers: ${arrayText(x)}`, 'Save an array with rows.')
  if (given !== undefined) {
    const row = width(given)
    const fits = shape.length > 1 ? countOf(shape.slice(1)) === row : countOf(shape) % row === 0
    if (!fits || !given.every((length: number) => Number.isInteger(length) && length >= 1))
      throw new ArgumentError(
        'from({ shape })',
        unquoted(`${JSON.stringify(given)} for ${arrayText(x)}`),
        'the shape of one row, with as many numbers as a row of the array',
      )
    return [...given]
  }
  if (shape.length < 2)
    fail(
      `holds ${arrayText(x)}, which has no axis for the numbers of a row`,
      'Give shape: [1] for rows of one number, or the shape of one row.',
    )
  const row = shape.slice(1)
  return row.length > 2 && row[row.length - 1] === 1 ? row.slice(0, -1) : row
}

/** The numbers of an array as float32, and what must be said of them. */
async function numbersOf(array: FileArray, fail: Fail): Promise<{ x: Float32Array; said: string }> {
  const { shape, name } = array
  requireRoom(array, 4, fail)
  const stored = new Float32Array(countOf(shape))
  const { count, rounded, unsafe } = await array.read!(stored)
  if (count !== stored.length) fail(`is cut off inside ${name}`)
  const x = array.columnMajor ? rowMajor(stored, shape) : stored
  if (unsafe >= 0) tooLarge(array, fail)
  const wrong = firstWrong.real(x)
  if (wrong >= 0) notFinite(array, x[wrong], wrong, fail)
  markValidated(x, 'real')
  const rounding = rounded === undefined ? '' : `, integers up to ${thousands(rounded)} rounded to 7 digits`
  return { x, said: array.dtype === 'float32' ? '' : ` as float32${rounding}` }
}

const tooLarge = ({ name }: FileArray, fail: Fail): never =>
  fail(
    `holds integers beyond 2^53 in ${name}, which a model cannot tell apart`,
    'If they are names or hashes, leave them out; otherwise save them divided by a power of ten.',
  )

function notFinite({ shape, name }: FileArray, value: number, at: number, fail: Fail): never {
  const row = Math.floor(at / countOf(shape.slice(1)))
  let rest = at % countOf(shape.slice(1))
  const place = shape.slice(1).map((_, axis) => {
    const inner = countOf(shape.slice(axis + 2))
    const index = Math.floor(rest / inner)
    rest %= inner
    return index
  })
  const where = `row ${row}${place.length === 1 ? `, column ${place[0]}` : place.length > 1 ? `, place ${shapeText(place)}` : ''}`
  const what = Number.isNaN(value) ? 'NaN' : `${value} (infinite, or beyond 3.4e38, the range of float32)`
  return fail(`has ${what} in ${where} of ${name}, counted from 0`, 'Correct or leave out such rows.')
}

/** Labels in an array of a file: texts, or numbers as they are. */
export async function labelsOfArray(
  y: FileArray,
  rows: number,
  file: string,
  fail: Fail,
): Promise<FileLabels> {
  if (y.refused) fail(`holds ${y.refused.what} in ${y.name}`, y.refused.remedy)
  if (countOf(y.shape) !== rows)
    fail(`has ${arrayText(y)} for ${thousands(rows)} rows`, 'Give one label per row.')
  return { values: await labelValues(y, fail), name: `label of ${y.name} in ${file}`, said: arrayText(y) }
}

async function labelValues(y: FileArray, fail: Fail): Promise<ArrayLike<string | number>> {
  if (y.texts) return y.texts()
  requireRoom(y, 8, fail)
  const out = new Float64Array(countOf(y.shape))
  const { count, unsafe } = await y.read!(out)
  if (count !== out.length) fail(`is cut off inside ${y.name}`)
  if (unsafe >= 0) tooLarge(y, fail)
  return out
}
