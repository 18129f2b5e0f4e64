import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import ts from 'typescript'
import { deadLinks, deadSiteLinks, markdownLinks } from '../../scripts/links'
import { inFolder } from '../data/temporary'
import { root } from '../package/publicApi'

const below = (folder: string, ending: string) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(
      (name) => name.endsWith(ending) && !/(^|[\\/])(out|node_modules|\.ipynb_checkpoints)[\\/]/.test(name),
    )
    .map((name) => path.join(folder, name))
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...below('docs', '.md'),
  ...below('data', '.md'),
  ...below('notebooks', '.ipynb'),
]

describe('local links', () => {
  it('of documents and notebooks lead somewhere', () => {
    assert.ok(pages.length > 15)
    assert.deepEqual(deadLinks(root, pages), [])
    assert.ok(readFileSync(path.join(root, 'README.md'), 'utf8').includes('](docs/collapse.png)'))
  })

  const site = path.join(root, 'site')
  it(
    'of the site lead somewhere',
    { skip: !existsSync(site) && 'there is no site: npm run docs makes it' },
    () => {
      assert.deepEqual(deadSiteLinks(site), [])
    },
  )

  it('are found, and told from others, dead ones too', () =>
    inFolder((folder) => {
      const text =
        '[a](b.md) `[c](d.md)` [e](#here-too) ![f](g.png "h")\n\n## Here, too\n\n```\n[i](j.md)\n```\n[k](https://l.org) [m](b.md#no) [o](p%20q.md#n)\n'
      assert.deepEqual(markdownLinks(text), [
        'b.md',
        '#here-too',
        'g.png',
        'https://l.org',
        'b.md#no',
        'p%20q.md#n',
      ])
      writeFileSync(path.join(folder, 'a.md'), text)
      writeFileSync(path.join(folder, 'b.md'), '# Yes')
      writeFileSync(path.join(folder, 'p q.md'), '# n')
      assert.deepEqual(
        deadLinks(folder, ['a.md']).map(({ link }) => link),
        ['g.png', 'b.md#no'],
      )
      mkdirSync(path.join(folder, 'in'))
      writeFileSync(
        path.join(folder, 'in', 'x.html'),
        '<a class="y" href="../z.html#there">1</a><a href="../z.html#not">2</a><img src="w.png"><a href="#">3</a>',
      )
      writeFileSync(path.join(folder, 'z.html'), '<h1 id="there">z</h1><script>"<a href=\'v\'>"</script>')
      assert.deepEqual(
        deadSiteLinks(folder).map(({ link }) => link),
        ['../z.html#not', 'w.png'],
      )
      return Promise.resolve()
    }))
})

describe('the page “if it does not start”', () => {
  const straight = (text: string) => text.replace(/’/g, "'").replace(/\\/g, '')
  const page = straight(readFileSync(path.join(root, 'docs', 'if-it-does-not-start.md'), 'utf8'))
  const files = [
    ...['native.ts', 'check.ts'].map((name) => `compute/native/${name}`),
    ...['tools.ts', 'wheel.ts', 'download.ts', 'jupyter.ts'].map((name) => `setup/${name}`),
    'apps/cli/doctor.ts',
  ]

  it('has every reason that doctor and setup give, as they print it', () => {
    const reasons = files.flatMap(reasonsIn).map(straight)
    assert.ok(reasons.length > 20, reasons.join('\n'))
    const good = 'the fastest one found'
    const unsaid = reasons.filter((reason) => reason !== good && !page.includes(reason))
    assert.deepEqual(unsaid, [])
  })
})

/**
 * The words of what a file gives as a reason: `why: …`, `what: …`, `new Obstacle(…)`; pieces of a sentence one by one.
 */
function reasonsIn(file: string): string[] {
  const text = readFileSync(path.join(root, 'src', file), 'utf8')
  const pieces: string[] = []
  const collect = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) || ts.isTemplateLiteralToken(node)) pieces.push(node.text)
    ts.forEachChild(node, collect)
  }
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && /^(why|what)$/.test(node.name.getText())) collect(node.initializer)
    if (ts.isNewExpression(node) && node.expression.getText() === 'Obstacle') collect(node.arguments![0])
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true))
  return pieces
    .map((piece) => piece.replace(/^ *\w+: | ?[:,.(]* *$|^ /g, '').trim())
    .filter((piece) => piece.length > 12)
}
