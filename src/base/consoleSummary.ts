/** The method by which console.log of Node prints an object: `util.inspect.custom`. */
export const INSPECT = Symbol.for('nodejs.util.inspect.custom')

/** Columns of a line: JupyterLab breaks longer ones in the middle of a word. */
const COLUMNS = 110

/** Between words; not around a sign, so that `F = 9.00 ± 0.01` stays together. */
const GAP = /(?<![=±]) +(?![=±])/

/** A text whose lines are broken between words where they are longer than 110 columns. */
export const inColumns = (text: string): string =>
  text
    .split('\n')
    .map((line) => (line.length > COLUMNS ? broken(line) : line))
    .join('\n')

/** What is indented goes on further in. */
function broken(line: string): string {
  const indent = /^ */.exec(line)![0]
  const further = indent === '' ? '' : `${indent}  `
  const lines: string[] = []
  let begun = indent
  for (const [i, word] of line.trim().split(GAP).entries())
    if (i > 0 && begun.length + 1 + word.length > COLUMNS) {
      lines.push(begun)
      begun = further + word
    } else begun += (i > 0 ? ' ' : '') + word
  return [...lines, begun].join('\n')
}

/**
 * Makes console.log, and a cell that ends in the value, print a short summary instead of all its numbers.
 * JSON, comparisons and copies are not affected. `console.dir(value, { customInspect: false })` still prints
 * everything.
 *
 * @param target the value, or the prototype of a class.
 * @param summary the text that is printed, one line or a few; long ones are broken between words.
 * @returns the target.
 */
export function withConsoleSummary<T extends object>(target: T, summary: (value: T) => string): T {
  return Object.defineProperty(target, INSPECT, {
    value(this: T) {
      return inColumns(summary(this))
    },
  })
}

/** `1 row`, `20,000 rows`. */
export const counted = (count: number, what: string): string =>
  `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`
