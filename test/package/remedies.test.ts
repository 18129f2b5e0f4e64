import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import ts from 'typescript'
import * as lid from '../../src'
import { compile, publicNames, root } from './publicApi'

const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(
      (name) => name.endsWith(ending) && !/(^|[\\/])(out|node_modules|\.ipynb_checkpoints)[\\/]/.test(name),
    )
    .map((name) => path.join(folder, name))

/** What stands in a file's strings: errors, remedies, advice. */
function stringsOf(file: string): string[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(path.join(root, file), 'utf8'),
    ts.ScriptTarget.Latest,
  )
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    const isText =
      ts.isStringLiteralLike(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddle(node) ||
      ts.isTemplateTail(node)
    if (isText) found.push(node.text)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

const program = compile()
const types = new Set(publicNames(program).map(({ name }) => name))
const ofModel = new Set(
  [...types].flatMap((name) => (name.startsWith('Model.') ? [name.slice('Model.'.length)] : [])),
)
/** TensorFlow.js's own models, and a file. */
const others = ['metadata', 'execute', 'json']
const ofData = new Set(
  [...types].flatMap((name) => {
    const [set, member] = name.split('.')
    return set === 'DataSet' || set === 'TextSet' ? [member] : []
  }),
)

const front: Readonly<Record<string, unknown>> = lid
/** What the edition for browsers has beside them. */
const inBrowsers = new Set(
  ['start', 'stop', 'files', 'loadPacks', 'loadCharts', 'drawChart', 'decoderNotes'].filter((name) =>
    new RegExp(`^export (async function|const) ${name}\\b|^export \\{[^}]*\\b${name}\\b`, 'm').test(
      readFileSync(path.join(root, 'src/browser.ts'), 'utf8'),
    ),
  ),
)
const isGroup = (name: string): boolean => name !== 'tf' && typeof front[name] === 'object'

/** Whether `lid.name`, or the name of a group `lid.group.name`, is a value or a type of the front door. */
function exists(name: string): boolean {
  const [first, second] = name.split('.')
  if (inBrowsers.has(first)) return true
  if (!isGroup(first) || second === undefined) return first in front || types.has(first)
  return second in (front[first] as object) || types.has(`${first}.${second}`)
}

const unknownIn = (text: string): string[] =>
  [...text.matchAll(/\blid\.(\w+(?:\.[a-zA-Z]\w*)*)/g)]
    .map(([, name]) => name)
    .filter((name) => !exists(name))

/** The doc comments of a source. */
const commentsOf = (file: string): string =>
  [...readFileSync(path.join(root, file), 'utf8').matchAll(/\/\*\*[^]*?\*\//g)].join('\n')

describe('what errors, documentation and notebooks advise', () => {
  it('is there: every lid.name in a string of the sources', () => {
    const wrong = filesIn('src', '.ts').flatMap((file) =>
      stringsOf(file).flatMap((text) => unknownIn(text).map((name) => `${file}: lid.${name}`)),
    )
    assert.deepEqual(wrong, [])
  })

  it('is there: every member of a model or of data in a string of the sources', () => {
    const wrong = filesIn('src', '.ts').flatMap((file) =>
      stringsOf(file).flatMap((text) => [
        ...[...text.matchAll(/\bmodel\.([a-zA-Z]\w*)/g)]
          .filter(([, name]) => !others.includes(name) && !ofModel.has(name))
          .map(([name]) => `${file}: ${name}`),
        ...[...text.matchAll(/\b(?:train|test)\.([a-zA-Z]\w*)/g)]
          .filter(([, name]) => !ofData.has(name))
          .map(([name]) => `${file}: ${name}`),
      ]),
    )
    assert.deepEqual(wrong, [])
  })

  it('is there: every lid.name in doc comments, pages and notebooks', () => {
    const files = [
      'README.md',
      'CONTRIBUTING.md',
      ...filesIn('docs', '.md'),
      ...filesIn('notebooks', '.ipynb'),
      ...filesIn('notebooks', '.md'),
    ].map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') }))
    const comments = filesIn('src', '.ts').map((file) => ({ file, text: commentsOf(file) }))
    const wrong = [...files, ...comments].flatMap(({ file, text }) =>
      unknownIn(text).map((name) => `${file}: lid.${name}`),
    )
    // CONTRIBUTING adds these.
    const added = ['logisticPca', 'fixes.capacity', 'data.moons'].map(
      (name) => `CONTRIBUTING.md: lid.${name}`,
    )
    assert.deepEqual(
      wrong.filter((one) => !added.includes(one)),
      [],
    )
  })

  it('finds what is not there', () => {
    assert.deepEqual(unknownIn('Give lid.fits(model), lid.data.moon() or lid.fit(model).'), [
      'fits',
      'data.moon',
    ])
  })
})
