// A seeded sample of mutants, spread over the rooms in proportion to their lines.

/** A small fault that may be put into a source. */
export interface Mutant {
  id: string
  room: string
  file: string
  /** From 1. */
  line: number
  /** Where the original stands in the text. */
  from: number
  to: number
  operator: string
  original: string
  replacement: string
}

/** Where a line and a column, both from 0, are in a text. */
export function offset(text: string, { line, column }: { line: number; column: number }): number {
  let at = 0
  for (let i = 0; i < line; i++) at = text.indexOf('\n', at) + 1
  return at + column
}

/** The text with one mutant in. A statement stands as it is; an expression keeps its place in what is around it. */
export function mutated(
  text: string,
  { from, to, operator, replacement, original }: Omit<Mutant, 'id' | 'room' | 'file' | 'line'>,
): string {
  const statement = operator === 'BlockStatement' || /^(case|default)\b/.test(original)
  return text.slice(0, from) + (statement ? replacement : `(${replacement})`) + text.slice(to)
}

/** How many of `count` fall to each room: in proportion to its lines, the largest remainders rounded up. */
export function shares(lines: readonly number[], count: number): number[] {
  const total = lines.reduce((a, b) => a + b, 0)
  const exact = lines.map((one) => (count * one) / total)
  const whole = exact.map(Math.floor)
  const byRemainder = exact.map((value, i) => [value - whole[i], i]).sort((a, b) => b[0] - a[0])
  const left = count - whole.reduce((a, b) => a + b, 0)
  for (const [, i] of byRemainder.slice(0, left)) whole[i]++
  return whole
}

/** The list in a drawn order, whose beginning is a sample. @param uniform draws from [0, 1) */
export function shuffled<T>(list: readonly T[], uniform: () => number): T[] {
  const order = [...list]
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1))
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order
}
