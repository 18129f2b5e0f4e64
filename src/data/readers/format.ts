import { NPY_MAGIC } from './npyHeader'

/** Formats of files that are read. */
export type Format =
  'npy' | 'zip' | 'gzip' | 'csv' | 'parquet' | 'arrow' | 'idx' | 'mat4' | 'mat5' | 'hdf5' | 'safetensors'

/** A file that is not read, and what to do instead. */
export interface Refused {
  readonly what: string
  readonly remedy: string
}

/** The refusal of pickles. */
export const PICKLE: Refused = {
  what: 'a pickle, which could run any program and is not read',
  remedy: "Save the arrays in Python: np.savez('data.npz', x=x, y=y), tensors with x.numpy().",
}
const TABLE = "Save the table as CSV or Parquet: df.to_csv('data.csv', index=False)."
const COMPRESSED = 'Unpack it first.'
const PICTURE: Refused = {
  what: 'one picture',
  remedy: 'Give the folder of the pictures: one data point per file.',
}
const TEXT: Refused = {
  what: 'a text',
  remedy: 'Texts are read by lid.data.text(file). If it is a table, name it .csv or .tsv.',
}

const bytes = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0))

const MAGIC: readonly (readonly [readonly number[], Format | Refused])[] = [
  [NPY_MAGIC, 'npy'],
  [bytes('PAR1'), 'parquet'],
  [bytes('ARROW1'), 'arrow'],
  // A stream of Arrow: a mark, and the length of the first message.
  [[0xff, 0xff, 0xff, 0xff], 'arrow'],
  [bytes('\x89HDF\r\n\x1a\n'), 'hdf5'],
  [bytes('PK\x03\x04'), 'zip'],
  [bytes('PK\x05\x06'), 'zip'],
  [[0x1f, 0x8b], 'gzip'],
  [bytes('FEA1'), { what: 'a Feather file of version 1', remedy: 'Write it again: df.to_feather(file).' }],
  [bytes('\x89PNG'), PICTURE],
  [[0xff, 0xd8, 0xff], PICTURE],
  [bytes('GIF8'), PICTURE],
  [bytes('BZh'), { what: 'compressed by bzip2', remedy: COMPRESSED }],
  [bytes('\xfd7zXZ'), { what: 'compressed by xz', remedy: COMPRESSED }],
  [[0x28, 0xb5, 0x2f, 0xfd], { what: 'compressed by Zstandard', remedy: COMPRESSED }],
  [bytes('7z\xbc\xaf'), { what: 'a 7-Zip archive', remedy: COMPRESSED }],
  [bytes('Rar!'), { what: 'a RAR archive', remedy: COMPRESSED }],
  [bytes('SQLite format 3'), { what: 'an SQLite database', remedy: TABLE }],
  [
    bytes('RDX'),
    { what: 'a file of R', remedy: "Save it in R: write.csv(d, 'data.csv', row.names = FALSE)." },
  ],
  [bytes('%PDF'), { what: 'a PDF', remedy: TABLE }],
  [[0xd0, 0xcf, 0x11, 0xe0], { what: 'an old Excel file', remedy: 'Save the sheet as CSV.' }],
]

const EXTENSIONS: Readonly<Record<string, Format | Refused>> = {
  csv: 'csv',
  tsv: 'csv',
  tab: 'csv',
  psv: 'csv',
  data: 'csv',
  dat: 'csv',
  pkl: PICKLE,
  pickle: PICKLE,
  joblib: PICKLE,
  pt: PICKLE,
  pth: PICKLE,
}

const extensionOf = (name: string): string =>
  /\.([^.]+)$/.exec(name.toLowerCase().replace(/\.gz$/, ''))?.[1] ?? ''

/**
 * The format of a file: by its first bytes, and only where they do not tell it by its name.
 *
 * @param start its first bytes, 1024 if it has as many
 * @param name its name
 * @param size its size in bytes
 */
export function formatOf(start: Uint8Array, name: string, size: number): Format | Refused {
  const extension = extensionOf(name)
  const begins = (magic: readonly number[], at = 0): boolean =>
    magic.every((byte, i) => start[at + i] === byte)
  for (const [magic, format] of MAGIC) if (begins(magic)) return format
  if (begins(bytes('MATLAB '))) return begins(bytes('\x89HDF\r\n\x1a\n'), 512) ? 'hdf5' : 'mat5'
  // Pickles of protocol 2 and above begin with the protocol's number, and end with a point.
  if (start[0] === 0x80 && start[1] >= 2 && start[1] <= 5) return PICKLE
  if (isSafetensors(start, size)) return 'safetensors'
  if (isIdx(start)) return 'idx'
  const other = EXTENSIONS[extension]
  if (other !== undefined) return other
  if (extension === 'mat' || isMat4(start, size)) return 'mat4'
  return isText(start) ? TEXT : { what: 'of an unknown format', remedy: FORMATS }
}

const FORMATS =
  'Formats that are read: .npy, .npz, .csv, .tsv, .parquet, .feather, .mat, .h5, .h5ad, .safetensors, IDX, and folders of pictures.'

const IDX_TYPES = [0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e]
const isIdx = (start: Uint8Array): boolean =>
  start[0] === 0 && start[1] === 0 && IDX_TYPES.includes(start[2]) && start[3] >= 1 && start[3] <= 8

/** Eight bytes with the length of a header, which is a JSON object. */
function isSafetensors(start: Uint8Array, size: number): boolean {
  if (start.length < 10 || start[8] !== 0x7b || start[9] !== 0x22) return false
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true)
  return length <= BigInt(size)
}

/** A MATLAB 4 variable: its type MOPT, of which O is 0, rows, columns, a flag, and the length of a short name. */
function isMat4(start: Uint8Array, size: number): boolean {
  if (start.length < 20) return false
  const view = new DataView(start.buffer, start.byteOffset)
  return [true, false].some((little) => {
    const [type, rows, columns, complex, name] = [0, 4, 8, 12, 16].map((at) => view.getUint32(at, little))
    const order = little ? 0 : 1000
    return (
      type >= order &&
      type <= order + 52 &&
      type % 10 <= 2 &&
      complex <= 1 &&
      name >= 2 &&
      name <= 64 &&
      rows * columns <= size
    )
  })
}

function isText(start: Uint8Array): boolean {
  return start.every((byte) => byte >= 32 || (byte >= 7 && byte <= 13) || byte === 27)
}
