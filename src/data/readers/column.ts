type Numbers = Float64Array | Float32Array | Int32Array | Uint8Array

/** The values of a column of a table, as a reader delivers them piece by piece. */
export class Column {
  private numbers: Numbers | undefined
  private others: unknown[] | undefined
  private length = 0

  /** @param expected number of values, if it can be trusted. */
  constructor(private readonly expected: number) {}

  /** Takes the next values. Integers of 64 bits become numbers where they are exact, otherwise text. */
  add(values: ArrayLike<unknown>): void {
    const given = plain(values)
    if (this.others === undefined && isNumbers(given)) this.addNumbers(given)
    else {
      this.others ??= this.numbers ? Array.from(this.numbers.subarray(0, this.length)) : []
      this.numbers = undefined
      for (let i = 0; i < given.length; i++) this.others.push(given[i])
    }
    this.length += given.length
  }

  /** All values so far. */
  values(): ArrayLike<unknown> {
    return this.others ?? this.numbers?.subarray(0, this.length) ?? []
  }

  private addNumbers(given: Numbers): void {
    const end = this.length + given.length
    const same = this.numbers === undefined || this.numbers.constructor === given.constructor
    const kind = (same ? given.constructor : Float64Array) as new (length: number) => Numbers
    if (this.numbers === undefined || !same || end > this.numbers.length) {
      const grown = new kind(Math.max(end, end > this.expected ? Math.floor(1.5 * end) : this.expected))
      if (this.numbers) grown.set(this.numbers.subarray(0, this.length))
      this.numbers = grown
    }
    this.numbers.set(given, this.length)
  }
}

const isNumbers = (values: ArrayLike<unknown>): values is Numbers =>
  ArrayBuffer.isView(values) && !(values instanceof BigInt64Array) && !(values instanceof BigUint64Array)

/** Values without integers of 64 bits, and numbers without nulls in a typed array. */
function plain(values: ArrayLike<unknown>): ArrayLike<unknown> {
  if (isNumbers(values)) return values
  const bigints = values instanceof BigInt64Array || values instanceof BigUint64Array
  if (!bigints && !areNumeric(values)) return values
  const list = values as ArrayLike<number | bigint | null>
  const numbers = new Float64Array(list.length)
  let whole = true
  for (let i = 0; i < list.length; i++) {
    const value = list[i]
    numbers[i] = Number(value)
    if (typeof value === 'bigint' && !Number.isSafeInteger(numbers[i])) return Array.from(list, textOf)
    if (value === null) whole = false
  }
  return whole ? numbers : Array.from(list, (value) => (value === null ? null : Number(value)))
}

const textOf = (value: number | bigint | null): string | null => (value === null ? null : String(value))

/** True if all values are numbers or null, and at least one is a number. */
function areNumeric(values: ArrayLike<unknown>): boolean {
  let some = false
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (typeof value === 'number' || typeof value === 'bigint') some = true
    else if (value !== null && value !== undefined) return false
  }
  return some
}

/** A table with these columns, which all have as many values. */
export const tableOf = (columns: ReadonlyMap<string, ArrayLike<unknown>>, rows: number) => ({
  columnNames: () => [...columns.keys()],
  numRows: () => rows,
  array: (name: string) => columns.get(name) ?? [],
})

/** Names of the columns of a pandas table that are its index, by the metadata that pandas writes. */
export function pandasIndex(metadata: string | undefined | null): string[] {
  try {
    const { index_columns: index } = JSON.parse(metadata ?? '{}') as { index_columns?: unknown }
    return Array.isArray(index) ? index.filter((name): name is string => typeof name === 'string') : []
  } catch {
    return []
  }
}
