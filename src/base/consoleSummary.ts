/** The method by which console.log of Node prints an object: `util.inspect.custom`. */
export const INSPECT = Symbol.for('nodejs.util.inspect.custom')

/**
 * Makes console.log, and a cell that ends in the value, print a short summary instead of all its numbers.
 * JSON, comparisons and copies are not affected. `console.dir(value, { customInspect: false })` still prints
 * everything.
 *
 * @param target the value, or the prototype of a class.
 * @param summary the text that is printed, one line or a few.
 * @returns the target.
 */
export function withConsoleSummary<T extends object>(target: T, summary: (value: T) => string): T {
  return Object.defineProperty(target, INSPECT, {
    value(this: T) {
      return summary(this)
    },
  })
}

/** `1 row`, `20,000 rows`. */
export const counted = (count: number, what: string): string =>
  `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`
