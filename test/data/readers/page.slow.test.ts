import assert from 'node:assert/strict'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { zipSync } from 'fflate'
import ts from 'typescript'
import * as lid from '../../../src'
import { inFolder } from '../temporary'
import { FIXTURES } from './fixtures'

/** A NumPy file of one array of bytes. */
function npy(shape: number[], bytes: Uint8Array): Uint8Array {
  const text =
    `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`.padEnd(117) + '\n'
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'), Buffer.from(text), bytes])
}

/** An IDX file of bytes, compressed. */
const idx = (shape: number[], bytes: Uint8Array): Uint8Array =>
  gzipSync(
    Buffer.concat([Buffer.from([0, 0, 8, shape.length, ...shape.flatMap((n) => [0, 0, 0, n])]), bytes]),
  )

const images = new Uint8Array(20 * 16).map((_, i) => (i * 37) % 256)
const labels = new Uint8Array(20).map((_, i) => i % 3)
/** The files that the page speaks of. */
const COPIES = {
  'measured.npy': 'npy-f8.npy',
  'kinds.npy': 'labels-text.npy',
  'flowers.parquet': 'table-snappy.parquet',
  'study.mat': 'mat5-several.mat',
  'cells.h5ad': 'cells.h5ad',
}

async function putFiles(folder: string): Promise<void> {
  const put = (name: string, bytes: Uint8Array) => writeFile(path.join(folder, name), bytes)
  await put('digits.npz', zipSync({ 'images.npy': npy([20, 4, 4], images), 'labels.npy': npy([20], labels) }))
  await put('train-images-idx3-ubyte.gz', idx([20, 4, 4], images))
  await put('train-labels-idx1-ubyte.gz', idx([20], labels))
  for (const [name, fixture] of Object.entries(COPIES))
    await copyFile(path.join(FIXTURES, fixture), path.join(folder, name))
}

describe('docs/your-own-data.md', () => {
  it('takes each kind of file from its name to a diagnosis in five lines', async (t) => {
    const page = await readFile(path.join(__dirname, '../../../docs/your-own-data.md'), 'utf8')
    const snippets = [...page.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, snippet]) => snippet)
    const ours = snippets.filter((text) =>
      [...Object.keys(COPIES), 'digits.npz', 'train-images-idx3-ubyte.gz'].some((name) =>
        text.includes(`'${name}'`),
      ),
    )
    assert.equal(ours.length, 6)
    const print = t.mock.method(console, 'log', () => undefined)
    await lid.ready()
    const before = process.cwd()
    await inFolder(async (folder) => {
      await putFiles(folder)
      process.chdir(folder)
      try {
        for (const text of ours) {
          const [head, start, ...lines] = text.trimEnd().split('\n')
          assert.deepEqual([head, start], ["import * as lid from 'lidvae'", 'await lid.ready()'])
          assert.ok(lines.length <= 5, text)
          const small = lines
            .join('\n')
            .replace(/latent: \d/, 'latent: 2, hidden: 8')
            .replace('epochs: 20', 'epochs: 1, verbose: false, batchSize: 2')
            .replace('diagnose(model, test)', 'diagnose(model, test, { samples: 2 })')
          const cell = ts.transpile(`(async () => {\n${small}\n})()`, { target: ts.ScriptTarget.ES2021 })
          print.mock.resetCalls()
          // eslint-disable-next-line @typescript-eslint/no-implied-eval
          await (new Function('lid', `return ${cell}`) as (one: typeof lid) => Promise<void>)(lid)
          assert.match(String(print.mock.calls[0].arguments[0]), /: x = .*labels = |\d labels.*; x: /)
        }
      } finally {
        process.chdir(before)
      }
    })
  })
})
