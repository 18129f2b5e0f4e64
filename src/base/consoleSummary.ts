/** The method by which console.log of Node prints an object: `util.inspect.custom`. */
export const INSPECT = Symbol.for('nodejs.util.inspect.custom')

/**
 * Lets console.log, and a cell that ends in it, print a value as a few words in place of all its numbers. Nothing else sees it: neither JSON nor a comparison nor a copy.
 * `console.dir(value, { customInspect: false })` still prints everything.
 *
 * @param target the value, or the prototype of a class.
 * @param words what is printed of it, a line or a few.
 * @returns the target.
 */
export function printedAs<T extends object>(target: T, words: (value: T) => string): T {
  return Object.defineProperty(target, INSPECT, {
    value(this: T) {
      return words(this)
    },
  })
}

/** `1 row`, `20,000 rows`. */
export const counted = (count: number, what: string): string =>
  `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`
