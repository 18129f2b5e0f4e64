/**
 * Runs what makes arrays by `Array.from({ length })`, and lets it fail where a length is larger than `most`.
 *
 * Written for flechette 2.3.0, which reads the lengths of the lists in an Arrow file's headers without checking
 * them: from a damaged file it would make an array of 2^31 elements, which ends the process. All of it is
 * synchronous, so that nothing else sees the change.
 */
export function withBoundedArrays<T>(most: number, use: () => T): T {
  const { from } = Array
  Array.from = function bounded(this: unknown, source: ArrayLike<unknown>, ...rest: unknown[]) {
    if (source?.length > most) throw new Error(`a list of ${source.length} elements`)
    return Reflect.apply(from, Array, [source, ...rest]) as unknown[]
  } as typeof Array.from
  try {
    return use()
  } finally {
    Array.from = from
  }
}
