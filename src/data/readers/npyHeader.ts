import { isNumberType, typeName, type NumberType } from './numberSink'
import type { Fail } from './fileArray'

/** What the header of an NPY file says. */
export interface NpyHeader {
  /** Bytes before the numbers. */
  length: number
  shape: number[]
  columnMajor: boolean
  little: boolean
  /** The type of numbers; 'S' and 'U' are texts of one and four bytes per character. */
  type: NumberType | 'S' | 'U' | undefined
  /** Bytes of an element. */
  bytes: number
  dtype: string
  refused?: { what: string; remedy: string }
}

/** The first bytes of an NPY file. */
export const NPY_MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
/** Enough for every header that NumPy writes of arrays of numbers or texts. */
export const MOST_HEADER = 2 ** 16
const MOST_DIMENSIONS = 32

const REFUSED: Record<string, { what: string; remedy: string }> = {
  O: {
    what: 'Python objects (a pickle, which could run any program and is not read)',
    remedy:
      'Save numbers or texts: np.save(file, np.array(a.tolist(), dtype=float)), or dtype=str for labels.',
  },
  c: { what: 'complex numbers', remedy: 'Save np.abs(a), or np.stack([a.real, a.imag], axis=-1).' },
  M: { what: 'dates', remedy: "Save numbers: a.astype('datetime64[s]').astype('int64')." },
  m: { what: 'times', remedy: "Save numbers: a.astype('timedelta64[s]').astype('int64')." },
  V: {
    what: 'records with fields',
    remedy: 'Save the fields as columns: np.lib.recfunctions.structured_to_unstructured(a).',
  },
}
const OTHER = { what: 'elements that are no numbers', remedy: 'Save a.astype(float) in Python.' }

/**
 * Reads the header of an NPY file: eight bytes of magic and version, its length, and a Python dictionary with
 * `descr`, `fortran_order` and `shape`.
 *
 * @param start the first bytes of the file, all of them or at least `MOST_HEADER`
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function readNpyHeader(start: Uint8Array, fail: Fail): NpyHeader {
  if (start.length < 10 || NPY_MAGIC.some((byte, i) => start[i] !== byte)) fail('is no whole NPY file')
  const version = start[6]
  if (version < 1 || version > 3) fail(`is an NPY file of version ${version}, expected 1, 2 or 3`)
  const view = new DataView(start.buffer, start.byteOffset, start.length)
  const first = version === 1 ? 10 : 12
  const length =
    first + (version === 1 ? view.getUint16(8, true) : start.length < 12 ? 0 : view.getUint32(8, true))
  if (length > MOST_HEADER) fail(`declares a header of ${length} bytes, expected at most ${MOST_HEADER}`)
  if (length > start.length) fail('is cut off inside its header')
  const text = Buffer.from(start.subarray(first, length)).toString('utf8')
  const part = (pattern: RegExp): string =>
    pattern.exec(text)?.[1] ?? fail('has a header that is no dictionary of descr, fortran_order and shape')
  const columnMajor = part(/'fortran_order'\s*:\s*(True|False)\b/) === 'True'
  const shape = part(/'shape'\s*:\s*\(([\d\sL,]*)\)/)
    .split(',')
    .map((one) => one.trim().replace(/L$/, ''))
    .filter((one) => one !== '')
    .map(Number)
  if (shape.length > MOST_DIMENSIONS || !shape.every((one) => Number.isSafeInteger(one)))
    fail(`declares the shape (${shape.join(', ')}), which is none`)
  const found = /'descr'\s*:\s*(?:'([<>|=]?)([a-zA-Z])(\d*)(?:\[\w+\])?'|(\[))/.exec(text)
  if (!found) fail('has a header without a type of elements (descr)')
  const [, order, letter = 'V', digits = '0'] = found
  const bytes = Number(digits) * (letter === 'U' ? 4 : 1)
  const type = letter + digits
  const known =
    isNumberType(type) && letter !== 'h' ? type : letter === 'S' || letter === 'U' ? letter : undefined
  return {
    length,
    shape,
    columnMajor,
    little: order !== '>',
    type: known,
    bytes,
    dtype:
      known === undefined ? letter + digits : known.length === 1 ? 'text' : typeName(known as NumberType),
    refused: known === undefined ? (REFUSED[letter] ?? OTHER) : undefined,
  }
}
