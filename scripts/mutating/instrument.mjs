// Every mutant that Stryker's instrumenter makes of a room.
import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { Instrumenter } from '@stryker-mutator/instrumenter'

const require = createRequire(import.meta.url)
require('../testing/compiled.cjs')
const { offset } = require('./sample.ts')

const quiet = new Proxy({}, { get: (_, name) => (/^is/.test(String(name)) ? () => false : () => undefined) })

/** The source files of a room, in order. */
const sources = (root, room) =>
  readdirSync(path.join(root, 'src', room), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => path.join('src', room, name))

/** The mutants of a room, its files with all of them in, switched off, so that they count which of them a test reaches, and its lines. */
export async function mutantsOf(root, room) {
  const files = sources(root, room).map((name) => ({
    name,
    content: readFileSync(path.join(root, name), 'utf8'),
    mutate: true,
  }))
  const options = { plugins: null, excludedMutations: [], ignorers: [] }
  const made = await new Instrumenter(quiet).instrument(files, options)
  const texts = new Map(files.map(({ name, content }) => [name, content]))
  const mutants = made.mutants.map(({ id, fileName, location, mutatorName, replacement }) => {
    const text = texts.get(fileName)
    const [from, to] = [location.start, location.end].map((place) => offset(text, place))
    const file = fileName.split(path.sep).join('/')
    const place = { id, room, file, line: location.start.line + 1, from, to }
    return { ...place, operator: mutatorName, original: text.slice(from, to), replacement }
  })
  return { mutants, files: made.files, lines: [...texts.values()].join('').split('\n').length }
}
