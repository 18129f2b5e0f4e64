// Which mutants there are, and a seeded sample of them, spread over the rooms in proportion to their lines.
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { Instrumenter } from '@stryker-mutator/instrumenter'

const quiet = new Proxy({}, { get: (_, name) => (/^is/.test(String(name)) ? () => false : () => undefined) })

/** The source files of a room, in order. */
const sources = (root, room) =>
  readdirSync(path.join(root, 'src', room), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => path.join('src', room, name))

/**
 * Every mutant of a room, and its files with all of them in, switched off, so that they count which of them a test reaches.
 *
 * @returns mutants `{ id, room, file, line, from, to, operator, original, replacement }`, `from` and `to` places in the text.
 */
export async function mutantsOf(root, room) {
  const files = sources(root, room).map((name) => ({
    name,
    content: readFileSync(path.join(root, name), 'utf8'),
    mutate: true,
  }))
  const made = await new Instrumenter(quiet).instrument(files, {
    plugins: null,
    excludedMutations: [],
    ignorers: [],
  })
  const texts = new Map(files.map(({ name, content }) => [name, content]))
  const mutants = made.mutants.map(({ id, fileName, location, mutatorName, replacement }) => {
    const text = texts.get(fileName)
    const [from, to] = [location.start, location.end].map((place) => offset(text, place))
    const file = fileName.split(path.sep).join('/')
    const original = text.slice(from, to)
    return {
      id,
      room,
      file,
      line: location.start.line + 1,
      from,
      to,
      operator: mutatorName,
      original,
      replacement,
    }
  })
  return { mutants, files: made.files, lines: [...texts.values()].join('').split('\n').length }
}

/** Lines and columns are counted from 0. */
function offset(text, { line, column }) {
  let at = 0
  for (let i = 0; i < line; i++) at = text.indexOf('\n', at) + 1
  return at + column
}

/** The text with one mutant in. A statement stands as it is; an expression keeps its place in what is around it. */
export function mutated(text, { from, to, operator, replacement, original }) {
  const statement = operator === 'BlockStatement' || /^(case|default)\b/.test(original)
  return text.slice(0, from) + (statement ? replacement : `(${replacement})`) + text.slice(to)
}

/** @returns how many of `count` fall to each room: in proportion, the largest remainders rounded up. */
export function shares(rooms, count) {
  const lines = rooms.reduce((sum, one) => sum + one.lines, 0)
  const exact = rooms.map((one) => (count * one.lines) / lines)
  const whole = exact.map(Math.floor)
  const byRemainder = exact.map((value, i) => [value - whole[i], i]).sort((a, b) => b[0] - a[0])
  const left = count - whole.reduce((a, b) => a + b, 0)
  for (const [, i] of byRemainder.slice(0, left)) whole[i]++
  return whole
}

/** @param uniform draws from [0, 1). @returns the list in a drawn order; the beginning of it is a sample. */
export function shuffled(list, uniform) {
  const order = [...list]
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1))
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order
}
