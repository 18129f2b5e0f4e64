/** Numbers of a fixed tensor, as a file holds them. */
interface Stored {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/** Those of the model that is being built just now, by full name; building is synchronous. */
let current: Readonly<Record<string, Stored>> | undefined

/**
 * Builds something whose fixed tensors get these numbers, where name and shape agree, in place of those that their
 * builders draw.
 *
 * The stored numbers win over the drawn ones: weights have meaning only beside the fixed tensors they were trained
 * with. A check that both agree would refuse every model saved before a change in how they are drawn, and it would
 * never find anything else, since the file has a checksum.
 */
export function withStoredConstants<T>(stored: Readonly<Record<string, Stored>>, build: () => T): T {
  const before = current
  current = stored
  try {
    return build()
  } finally {
    current = before
  }
}

/** The stored numbers of a fixed tensor; undefined where there are none of that name and shape. */
export function storedConstant(name: string, shape: readonly number[]): Float32Array | undefined {
  const found = current && Object.hasOwn(current, name) ? current[name] : undefined
  return found && found.shape.join() === shape.join() ? found.values : undefined
}
