import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { importModule } from '../../../src/platform/importModule'
import { root } from '../../package/publicApi'

interface Metafile {
  outputs: Record<string, { exports: string[]; inputs: Record<string, object> }>
}
interface Build {
  bundle(out: string, entry?: string): Promise<Metafile>
}

describe('the bundle for browsers', () => {
  let build: Build
  let made: Metafile
  const out = mkdtempSync(path.join(tmpdir(), 'lidvae-bundle-'))
  before(async () => {
    build = await importModule<Build>(pathToFileURL(path.join(root, 'scripts/browser/build.mjs')).href)
    made = await build.bundle(path.join(out, 'browser'))
  })
  after(() => rmSync(out, { recursive: true, force: true }))

  const entry = () => Object.entries(made.outputs).find(([name]) => name.endsWith('lidvae.js'))![1]

  it('has at most 0.75 MB, gzipped, without what is loaded when asked for', () => {
    const { length } = gzipSync(readFileSync(path.join(out, 'browser', 'lidvae.js')), { level: 9 })
    assert.ok(length <= 750_000, `${length} bytes`)
  })

  it('has no trace of the native engine, of Vega, and of what reads files with native code', () => {
    const inside = Object.keys(entry().inputs).join('\n')
    assert.match(inside, /src\/models\/builders\.ts/)
    assert.doesNotMatch(
      inside,
      /compute\/native|node_modules\/(vega|sharp|undici|yauzl|@resvg|hyparquet|h5wasm)/,
    )
  })

  it('has every public name of the library for Node', async () => {
    const names = Object.keys(await import('../../../src'))
    assert.ok(names.length > 50)
    assert.deepEqual(
      names.filter((name) => name !== 'default' && !entry().exports.includes(name)),
      [],
    )
  })

  it('is not built where something asks for a module of Node', async () => {
    const file = path.join(out, 'asks.ts')
    writeFileSync(
      file,
      "import { readFileSync } from 'node:fs'\nexport const text = () => readFileSync('x')\n",
    )
    await assert.rejects(build.bundle(path.join(out, 'fails'), file), /Could not resolve "node:fs"/)
  })

  it('brings one WebAssembly file, and parts of at most a megabyte', () => {
    const folder = path.join(out, 'browser')
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.wasm')),
      ['tfjs-backend-wasm-simd.wasm'],
    )
    for (const name of readdirSync(path.join(folder, 'parts')))
      assert.ok(statSync(path.join(folder, 'parts', name)).size < 1e6, name)
  })
})
