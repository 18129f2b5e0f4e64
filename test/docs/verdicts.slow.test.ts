import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import ts from 'typescript'
import { packageRoot } from '../../src/platform/places'
import { inFolder } from '../data/temporary'

const root = packageRoot()
const pages = ['README.md', ...readdirSync(path.join(root, 'docs')).map((name) => `docs/${name}`)]
/** Pages about files of the reader's own, whose tests write such files. */
const ELSEWHERE = ['docs/audit.md', 'docs/your-own-data.md']
const snippets = pages
  .filter((page) => page.endsWith('.md') && !ELSEWHERE.includes(page))
  .flatMap((page) =>
    [...readFileSync(path.join(root, page), 'utf8').matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, text]) => ({
      page,
      text,
      // What the page says that it prints: // "z: healthy", "w: non-identifiable model"
      claimed: [...text.matchAll(/"([zw]: [\w -]+)"/g)].map(([, claim]) => claim),
    })),
  )
  .filter(({ text }) => /\bverdict\b/.test(text))

/** As many images as the sample that is part of the package, so that it needs no network. */
const offline = (text: string): string =>
  text
    .replace('fashionMnist()', 'fashionMnist({ train: 1000, test: 500 })')
    .replace('diagnose(model, test)\nconsole', 'diagnose(model, test, { size: 200 })\nconsole')
    .replace(
      'fashionMnist({ train: 1000, test: 500 })',
      'fashionMnist({ train: 1000, test: 500, download: false })',
    )

const isCollapsed = (verdict: string): boolean => /non-identifiable|failed|same for all|cannot/.test(verdict)

/** Runs a snippet as a new user does: unchanged, in an empty folder. @returns the kinds of its verdicts, in order. */
async function verdictsOf(snippet: string): Promise<string[]> {
  let verdicts: string[] = []
  await inFolder(async (folder) => {
    mkdirSync(path.join(folder, 'node_modules'))
    symlinkSync(root, path.join(folder, 'node_modules', 'lidvae'), 'junction')
    const [head, ...body] = offline(snippet).split('\n')
    const cell = `${head}\nasync function cell() {\n${body.join('\n')}\n}\ncell().catch((error) => { console.error(error); process.exit(1) })`
    const { module, target } = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2021 }
    const compilerOptions = { module, target, esModuleInterop: true }
    writeFileSync(path.join(folder, 'cell.js'), ts.transpileModule(cell, { compilerOptions }).outputText)
    const env = { ...process.env, LIDVAE_DATA: '' }
    const { stdout } = await promisify(execFile)(process.execPath, ['cell.js'], { cwd: folder, env })
    verdicts = [...stdout.matchAll(/(?:^|\s)([zw]: [^.]+)\. .*?nats\)/gm)].map(([, kind]) => kind)
  })
  return verdicts
}

describe('the verdicts of the guides’ snippets', () => {
  before(() =>
    execFileSync(process.execPath, [path.join(root, 'bin', 'lidvae.js'), '--only-build'], { stdio: 'pipe' }),
  )

  it('are claimed on every page that prints some', () => {
    assert.ok(snippets.length >= 6, `${snippets.length}`)
    const silent = snippets.filter(({ claimed }) => claimed.length === 0).map(({ page }) => page)
    // There it depends on how much of Fashion-MNIST there is.
    assert.deepEqual(silent, ['README.md'])
  })

  for (const [i, { page, text, claimed }] of snippets.entries())
    it(`are those that the page claims: ${page}, snippet ${i + 1}`, async () => {
      const verdicts = await verdictsOf(text)
      if (claimed.length > 0) return assert.deepEqual(verdicts, claimed)
      assert.match(text, /lid\.lid\w+\(/)
      assert.deepEqual([verdicts.length, verdicts.filter(isCollapsed)], [2, []], verdicts.join())
    })
})
