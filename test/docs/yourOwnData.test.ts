import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'
import { runInThisContext } from 'node:vm'
import ts from 'typescript'
import * as lid from '../../src'
import { inFolder } from '../data/temporary'
import { writePng } from '../data/own/pngWriter'
import { onEachEngine } from '../support/engines'
import { root } from '../package/publicApi'

const page = readFileSync(path.join(root, 'docs', 'your-own-data.md'), 'utf8')
const snippets = [...page.matchAll(/^```ts\n([^]*?)^```$/gm)]
  .map(([, snippet]) => snippet)
  .filter((snippet) => snippet.includes("'my"))
const head = "import * as lid from 'lidvae'\nawait lid.ready()\n\n"

/** The files that the page speaks of. */
function putFiles(folder: string): void {
  const cars = Array.from({ length: 40 }, (_, i) => `${i % 7},${(i % 5) / 2},${i % 2 ? 'a' : 'b'}`)
  writeFileSync(path.join(folder, 'my.csv'), `height,weight,species\n${cars.join('\n')}\n`)
  for (const kind of ['cat', 'dog']) {
    mkdirSync(path.join(folder, 'my-images', kind), { recursive: true })
    for (let i = 0; i < 20; i++) {
      const samples = Array.from({ length: 64 }, (_, at) => ((at * (i + 1)) % 7) * 40)
      const bytes = writePng({ width: 8, height: 8, depth: 8, type: 0, samples })
      writeFileSync(path.join(folder, 'my-images', kind, `${i}.png`), bytes)
    }
  }
  const words = Array.from({ length: 70 }, (_, i) => `w${i}`)
  const texts = Array.from({ length: 60 }, (_, i) => [0, 1, 2].map((j) => words[(i + 7 * j) % 70]).join(' '))
  writeFileSync(path.join(folder, 'my-texts.txt'), texts.join('\n'))
}

onEachEngine('the page on own data', () => {
  for (const [i, snippet] of snippets.entries())
    it(`comes from a file to a verdict in five lines: number ${i + 1}`, (t) =>
      inFolder(async (folder) => {
        const lines: string[] = []
        t.mock.method(console, 'log', (line: string) => lines.push(line))
        putFiles(folder)
        assert.ok(snippet.startsWith(head), snippet)
        const body = snippet.slice(head.length)
        assert.equal(body.trim().split('\n').length, 5)
        const small = body
          .replace('epochs: 20', 'epochs: 1, verbose: false')
          .replace('diagnose(model, test)', 'diagnose(model, test, { samples: 2, priorSamples: 2, size: 8 })')
          .replace('hidden: 64', 'hidden: 8')
          .replace('latent: 8', 'latent: 2, hidden: 8')
          .replace('hidden: 8, hidden: 8', 'hidden: 8')
          .replaceAll("'my", `'${folder}/my`)
        const { outputText } = ts.transpileModule(`(async (lid) => {${small}\nmodel.dispose()})`, {
          compilerOptions: { target: ts.ScriptTarget.ES2021 },
        })
        const run = runInThisContext(outputText) as (library: typeof lid) => Promise<void>
        await run(lid)
        assert.match(lines.join('\n'), /^z: /m)
      }))

  it('has one snippet for each kind of file', () => assert.equal(snippets.length, 3))
})
