// What Stryker's instrumenter makes of the sources of a room.
import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { Instrumenter } from '@stryker-mutator/instrumenter'

const require = createRequire(import.meta.url)
require('../testing/compiled.cjs')
const { offset } = require('./sample.ts')

const quiet = new Proxy({}, { get: (_, name) => (/^is/.test(String(name)) ? () => false : () => undefined) })

/** The source files of a room, in order, with their texts. */
const sources = (root, room) =>
  readdirSync(path.join(root, 'src', room), { recursive: true })
    .map((name) => path.join('src', room, String(name)))
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => ({ name, content: readFileSync(path.join(root, name), 'utf8') }))

async function instrument(room, files) {
  const options = { plugins: null, excludedMutations: [], ignorers: [] }
  const made = await new Instrumenter(quiet).instrument(files, options)
  const texts = new Map(files.map(({ name, content }) => [name, content]))
  const mutants = made.mutants.map(({ id, fileName, location, mutatorName, replacement }) => {
    const text = texts.get(fileName)
    const [from, to] = [location.start, location.end].map((place) => offset(text, place))
    const file = fileName.split(path.sep).join('/')
    const place = { id, room, file, line: location.start.line + 1, location, from, to }
    return { ...place, operator: mutatorName, original: text.slice(from, to), replacement }
  })
  return { mutants, files: made.files }
}

/** Every mutant of a room, and how many lines the room has. */
export async function mutantsOf(root, room) {
  const files = sources(root, room)
  const { mutants } = await instrument(
    room,
    files.map((file) => ({ ...file, mutate: true })),
  )
  return { room, mutants, lines: files.reduce((sum, { content }) => sum + content.split('\n').length, 0) }
}

/**
 * The files of a room with chosen mutants in, all switched off, so that they count which tests reach them;
 * and the mutants with the names by which they are counted.
 */
export async function withMutants(root, room, chosen) {
  const own = chosen.filter((mutant) => mutant.room === room)
  const files = sources(root, room).flatMap(({ name, content }) => {
    const within = own.filter(({ file }) => file === name.split(path.sep).join('/'))
    return within.length > 0 ? [{ name, content, mutate: within.map(({ location }) => location) }] : []
  })
  const made = await instrument(room, files)
  const named = own.map((mutant) => {
    const same = made.mutants.find((one) =>
      ['file', 'from', 'to', 'operator', 'replacement'].every((key) => one[key] === mutant[key]),
    )
    return { ...mutant, id: same.id }
  })
  return { files: made.files, mutants: named }
}
