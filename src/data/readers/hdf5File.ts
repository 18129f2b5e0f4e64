import { importAgain, importModule } from '../../platform/importModule'
import type { OpenFile } from '../../platform/openFile'
import { OutOfTimeError, withinTime } from '../../platform/withinTime'
import {
  countOf,
  failing,
  MOST_BYTES,
  reasonOf,
  shapeText,
  type Fail,
  type FileArray,
  type Stored,
} from './fileArray'
import { bytesOf, isNumberType, NumberSink, typeName, type NumberType } from './numberSink'

/** What is used of h5wasm, the HDF5 library of C compiled to WebAssembly. */
interface H5wasm {
  ready: Promise<Module>
  File: new (name: string, mode: 'r') => H5Group & { file_id: bigint; close(): void }
}

interface Module {
  FS: {
    create(name: string, mode: number): { usedBytes: number; stream_ops: object }
    unlink(name: string): void
  }
  HEAPU8: Uint8Array
  activate_throwing_error_handler(): void
  get_dataset_data(
    file: bigint,
    path: string,
    count: bigint[],
    offset: bigint[],
    strides: bigint[],
    pointer: bigint,
  ): void
  _malloc(bytes: number): number
  _free(pointer: number): void
}

interface Attributes {
  attrs: Record<string, { value: unknown } | undefined>
}

/** A group of an HDF5 file. */
export interface H5Group extends Attributes {
  type: 'Group'
  path: string
  keys(): string[]
  get(name: string): H5Group | H5Dataset | { type: 'other' } | null
  dereference(reference: unknown): H5Group | H5Dataset | null
}

/** A data set of an HDF5 file. */
export interface H5Dataset extends Attributes {
  type: 'Dataset'
  path: string
  value: unknown
  metadata: {
    /** 0 integers, 1 floats, 3 text, 6 records, 7 references, 8 enumerations. */
    type: number
    size: number
    signed: boolean
    shape: number[] | null
    chunks: number[] | null
    enum_type?: { type: number }
  }
}

const MOST_SMALL = 2 ** 26
const SLICE = 2 ** 23
// More bytes than this per byte of the file are not taken on trust.
const MOST_EXPANSION = 1032

let serial = 0
/** How often a call was ended: what the library knows of itself is not to be trusted then. */
let ended = 0

/** Limits, for tests to change. */
export const hdf5Limits = {
  /** Milliseconds of one call of the library: of some damaged files it goes round in a circle for ever. */
  call: 30_000,
}

/** An HDF5 file, read where it is needed. */
export class Hdf5File {
  private constructor(
    readonly root: H5Group,
    private readonly id: bigint,
    private readonly module: Module,
    readonly size: number,
    readonly fail: Fail,
    /** Frees what the library holds of it. */
    readonly close: () => void,
  ) {}

  static async open(file: OpenFile): Promise<Hdf5File> {
    const fail = failing(file.name)
    const library = await (ended === 0
      ? importModule<H5wasm>('h5wasm')
      : importAgain<H5wasm>('h5wasm', 'dist/esm/hdf5_hl.js', ended))
    const module = await library.ready
    // Otherwise it prints its errors.
    module.activate_throwing_error_handler()
    // A new name each time: the library would show what it remembers of a file of the same name.
    const name = `/${serial++}.h5`
    const node = module.FS.create(name, 0o444)
    Object.defineProperty(node, 'usedBytes', { get: () => file.size })
    node.stream_ops = { ...node.stream_ops, read: readerOf(file) }
    try {
      const opened = limited(() => new library.File(name, 'r'))
      const close = (): void => {
        quietly(() => limited(() => opened.close()))
        quietly(() => module.FS.unlink(name))
      }
      return new Hdf5File(opened, opened.file_id, module, file.size, fail, close)
    } catch (error) {
      quietly(() => module.FS.unlink(name))
      return fail(`is damaged or no HDF5 file (${reasonOf(error)})`)
    }
  }

  /** Runs what reads the file; its errors become those of this file. */
  reading<T>(what: string, use: () => T): T {
    try {
      return limited(use)
    } catch (error) {
      if (error instanceof Error && error.name === 'DataError') throw error
      if (error instanceof OutOfTimeError) return this.fail(`is damaged in ${what}: reading it does not end`)
      const reason = reasonOf(error)
      const filter = /filter.*(not registered|not available)/i.test(reason)
      return this.fail(
        `is damaged in ${what} (${reason})`,
        filter
          ? 'Data compressed by other filters than gzip must be written again, without or with gzip.'
          : undefined,
      )
    }
  }

  private metadata(dataset: H5Dataset, name = dataset.path): H5Dataset['metadata'] {
    return this.reading(name, () => dataset.metadata)
  }

  /** The type of numbers of a data set; undefined for what is none. */
  typeOf(dataset: H5Dataset): NumberType | undefined {
    const { type, size, signed, enum_type: values } = this.metadata(dataset)
    const letter =
      type === 1 ? 'f' : type === 0 || (type === 8 && values?.type === 0) ? (signed ? 'i' : 'u') : ''
    const name = `${letter}${size}`
    return isNumberType(name) ? name : undefined
  }

  /** Fails for more bytes than the file can hold. */
  requireSize(dataset: H5Dataset, most = MOST_BYTES): readonly number[] {
    const { shape: declared, size } = this.metadata(dataset)
    const shape = declared ?? []
    const bytes = countOf(shape) * size
    if (!(bytes <= most && bytes <= MOST_EXPANSION * this.size))
      this.fail(
        `declares ${shapeText(shape)} elements in ${dataset.path}, more than it can hold or than are read`,
      )
    return shape
  }

  /** Stores the numbers of a data set, some rows at a time; the library turns them little-endian. */
  numbers(dataset: H5Dataset, out: Float32Array | Float64Array): Stored {
    const shape = this.requireSize(dataset)
    const type = this.typeOf(dataset)!
    const sink = new NumberSink(type, true, out)
    const [rows, ...row] = shape.length > 0 ? shape : [1]
    const perRow = countOf(row) * bytesOf(type)
    const chunk = this.metadata(dataset).chunks?.[0] ?? 1
    const step = Math.max(1, Math.floor(SLICE / Math.max(1, perRow * chunk))) * chunk
    for (let first = 0; first < rows; first += step) {
      const count = Math.min(step, rows - first)
      this.slice(dataset, shape.length > 0 ? [count, ...row] : [], first, count * perRow, (bytes) =>
        sink.add(bytes),
      )
    }
    return sink
  }

  private slice(
    { path }: H5Dataset,
    count: readonly number[],
    first: number,
    bytes: number,
    use: (bytes: Uint8Array) => void,
  ): void {
    const { module } = this
    const pointer = module._malloc(bytes)
    if (pointer === 0) this.fail(`needs ${bytes} bytes at once for ${path}`, 'Save it in smaller chunks.')
    try {
      const offset = count.map((_, axis) => (axis === 0 ? BigInt(first) : 0n))
      this.reading(path, () =>
        module.get_dataset_data(
          this.id,
          path,
          count.map(BigInt),
          offset,
          count.map(() => 1n),
          BigInt(pointer),
        ),
      )
      use(module.HEAPU8.subarray(pointer, pointer + bytes))
    } finally {
      module._free(pointer)
    }
  }

  /** All numbers of a data set of one axis. */
  list(dataset: H5Dataset): Float64Array {
    const shape = this.requireSize(dataset)
    if (this.typeOf(dataset) === undefined) this.fail(`has no numbers in ${dataset.path}`)
    const out = new Float64Array(countOf(shape))
    this.numbers(dataset, out)
    return out
  }

  /** The texts of a data set. */
  texts(dataset: H5Dataset): string[] {
    const shape = this.requireSize(dataset, MOST_SMALL)
    const found = this.reading(dataset.path, () => dataset.value)
    if (!Array.isArray(found) || found.length !== countOf(shape))
      return this.fail(`has no texts in ${dataset.path}`)
    return found.map(String)
  }

  /** The value of an attribute. */
  attribute(object: Attributes & { path: string }, name: string): unknown {
    return this.reading(object.path, () => object.attrs[name]?.value)
  }

  /** An array of a data set, whatever it holds. @param name what to call it. */
  array(dataset: H5Dataset, name: string): FileArray {
    const { type: kind, shape: declared, size } = this.metadata(dataset, name)
    const shape = declared ?? [0]
    const type = this.typeOf(dataset)
    if (type !== undefined)
      return {
        name,
        shape,
        dtype: kind === 8 && size === 1 ? 'bool' : typeName(type),
        read: (out) => this.numbers(dataset, out),
      }
    if (kind === 3) return { name, shape, dtype: 'text', texts: () => this.texts(dataset) }
    const what = KINDS[kind] ?? 'elements that are no numbers'
    return {
      name,
      shape,
      dtype: what,
      refused: { what, remedy: 'Save numbers or texts, each in a data set of its own.' },
    }
  }
}

const KINDS: Readonly<Record<number, string>> = {
  1: 'numbers of an unusual size',
  6: 'records (or complex numbers)',
  7: 'references',
  9: 'lists of several lengths',
  10: 'arrays as elements',
}

/** @throws OutOfTimeError where the library does not come back. */
function limited<T>(use: () => T): T {
  try {
    return withinTime(hdf5Limits.call, use)
  } catch (error) {
    if (error instanceof OutOfTimeError) ended++
    throw error
  }
}

const quietly = (use: () => void): void => {
  try {
    use()
  } catch {
    // What a damaged file left open ends with it.
  }
}

/** Reads the file where the library asks for its bytes. */
const readerOf =
  (file: OpenFile) =>
  (_stream: unknown, into: Uint8Array | Int8Array, at: number, length: number, position: number): number => {
    const bytes = file.read(position, length)
    new Uint8Array(into.buffer, into.byteOffset).set(bytes, at)
    return bytes.length
  }
