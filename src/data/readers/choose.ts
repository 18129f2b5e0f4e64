import { ArgumentError, unquoted } from '../../base/errors'
import { nearest } from '../../base/options'
import { arrayText, countOf, type Fail, type FileArray } from './fileArray'

/** The arrays that become data and labels. */
export interface Chosen {
  x: FileArray
  y?: FileArray
  /** All others. */
  left: FileArray[]
}

const DATA_NAMES = ['x', 'data', 'images', 'features', 'inputs']
const LABEL_NAMES = ['y', 'label', 'labels', 'target', 'targets', 'class', 'classes']
const SHOWN = 20

/**
 * The arrays of a file that become x and labels: those named, otherwise those that are obvious. Obvious is the
 * only array; the only one of two or more axes longer than one; the only one called x, data, images, features or
 * inputs. Labels are the only array called y, labels, targets or classes that has one element per row.
 *
 * @param arrays all arrays of the file
 * @param names `x` and `y`, as the user gave them
 * @param guess whether labels may be guessed
 * @throws ArgumentError for a name that the file does not have; what `fail` throws where nothing is obvious
 */
export function choose(
  arrays: readonly FileArray[],
  names: { x?: string; y?: string },
  guess: boolean,
  fail: Fail,
): Chosen {
  if (arrays.length === 0) fail('holds no arrays of numbers')
  const x = names.x === undefined ? obvious(arrays, names.y, fail) : named(arrays, 'x', names.x)
  const y =
    names.y === undefined ? (guess ? obviousLabels(arrays, x) : undefined) : named(arrays, 'y', names.y)
  for (const one of [x, y])
    if (one?.refused) fail(`holds ${one.refused.what} in ${one.name}`, one.refused.remedy)
  if (!x.read) fail(`holds text in ${x.name}, expected numbers`, listed(arrays))
  return { x, y, left: arrays.filter((one) => one !== x && one !== y) }
}

function named(arrays: readonly FileArray[], option: 'x' | 'y', name: string): FileArray {
  const found = arrays.find((one) => one.name === name)
  if (found) return found
  const near = nearest(
    name,
    arrays.map((one) => one.name),
  )
  throw new ArgumentError(
    `from({ ${option} })`,
    name,
    `the name of an array of the file: ${names(arrays)}`,
    near === undefined ? '' : `Did you mean '${near}'?`,
  )
}

const names = (arrays: readonly FileArray[]): string => {
  const shown = arrays.slice(0, SHOWN).map(arrayText).join(', ')
  return arrays.length > SHOWN ? `${shown} and ${arrays.length - SHOWN} more` : shown
}

const listed = (arrays: readonly FileArray[]): string =>
  `Name the arrays with x and y: it has ${names(arrays)}.`

/** Axes longer than one. */
const axes = ({ shape }: FileArray): number => shape.filter((length) => length > 1).length

function obvious(arrays: readonly FileArray[], labels: string | undefined, fail: Fail): FileArray {
  const others = arrays.filter(({ name }) => name !== labels)
  if (others.length === 1) return others[0]
  const numbers = others.filter((one) => one.read)
  const wide = numbers.filter((one) => axes(one) > 1)
  const called = numbers.filter(({ name }) => DATA_NAMES.includes(name.toLowerCase()))
  for (const some of [called, wide, numbers]) if (some.length === 1) return some[0]
  return fail(`holds ${arrays.length} arrays, and which are the data is not obvious`, listed(arrays))
}

function obviousLabels(arrays: readonly FileArray[], x: FileArray): FileArray | undefined {
  const called = arrays.filter(
    (one) =>
      one !== x &&
      !one.refused &&
      LABEL_NAMES.includes(one.name.toLowerCase()) &&
      countOf(one.shape) === x.shape[0] &&
      axes(one) <= 1,
  )
  return called.length === 1 ? called[0] : undefined
}

/** Fails unless there is one label per row. */
export function requireLabels(x: FileArray, y: FileArray, fail: Fail): void {
  const [rows] = x.shape
  if (countOf(y.shape) === rows && axes(y) <= 1) return
  const last = x.shape[x.shape.length - 1]
  if (axes(y) <= 1 && countOf(y.shape) === last)
    fail(
      `has its data points along the last axis of ${arrayText(x)}, as its ${last} labels in ${y.name} tell; expected along the first`,
      x.shape.length === 2
        ? 'Save the transposed matrix.'
        : 'Move the last axis to the front: np.moveaxis(x, -1, 0), in MATLAB permute.',
    )
  const oneHot = y.shape.length === 2 && y.shape[0] === rows
  fail(
    `has ${rows} rows in ${arrayText(x)}, but ${arrayText(y)} is not one label per row`,
    oneHot
      ? 'Of one-hot labels take the index of the 1: np.argmax(y, axis=1).'
      : 'Give as many labels as rows.',
  )
}

/** The error for `label`, which names columns, of a file of arrays. */
export const noColumns = (option: string): ArgumentError =>
  new ArgumentError(
    `from({ ${option} })`,
    unquoted(`${option} for a file of arrays`),
    'omitted: such a file has arrays, not columns',
    "Name its arrays: { x: 'images', y: 'labels' }.",
  )
