import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { audit } from '../../src/audit/audit'
import { skip as noRuntime } from '../audit/runtime'
import { inFolder } from '../data/temporary'
import { root } from '../package/publicApi'

/** A Python that can import all of these: named by LIDVAE_TEST_PYTHON, or on the PATH. */
function pythonWith(modules: string): string | undefined {
  const { LIDVAE_TEST_PYTHON: named } = process.env
  const places = named === undefined ? ['python3', 'python'] : [named]
  return places.find(
    (place) =>
      spawnSync(place, ['-c', `import ${modules}`], { env: { ...process.env, KERAS_BACKEND: 'torch' } })
        .status === 0,
  )
}

/** The blocks of Python below a heading of docs/audit.md. */
function blocks(heading: string): string[] {
  const page = readFileSync(path.join(root, 'docs', 'audit.md'), 'utf8')
  const part = page.split(/^## /m).find((section) => section.startsWith(`${heading}\n`))
  assert.ok(part, heading)
  return [...part.matchAll(/^```python\n([^]*?)^```$/gm)].map(([, text]) => text)
}

function run(python: string, folder: string, ...parts: string[]): void {
  const script = path.join(folder, 'script.py')
  writeFileSync(script, parts.join('\n'))
  const { status, stderr } = spawnSync(python, [script], { cwd: folder, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
}

const skipOf = (python: string | undefined, modules: string) =>
  noRuntime ||
  (python === undefined &&
    `NOT CHECKED: no Python has ${modules}; install them, or name one in LIDVAE_TEST_PYTHON`)
const NEEDED = 'torch, onnx, onnxscript, numpy'
const torch = pythonWith(NEEDED)
const skip = skipOf(torch, NEEDED)
const model = (folder: string) => ({
  encoder: path.join(folder, 'enc.onnx'),
  decoder: path.join(folder, 'dec.onnx'),
  data: path.join(folder, 'x.npy'),
  likelihood: 'bernoulli' as const,
})

describe('the snippets of docs/audit.md', () => {
  for (const [exporter, at] of [
    ['the newer exporter', 1],
    ['the older exporter', 2],
  ] as const)
    it(`of PyTorch with ${exporter} give files and arrays that are audited alike`, { skip }, () =>
      inFolder(async (folder) => {
        const all = blocks('PyTorch')
        run(torch!, folder, all[0], all[at], all[3], ...blocks('Arrays'))
        const files = await audit(model(folder))
        assert.ok(existsSync(path.join(folder, 'posterior.npz')))
        const arrays = await audit(path.join(folder, 'posterior.npz'))
        for (const metric of ['kl', 'logLikelihood', 'flatness'] as const) {
          const [a, b] = [files.metrics[metric]!, arrays.metrics[metric]!]
          assert.ok(Math.abs(a.value - b.value) <= 2 * (a.standardError + b.standardError) + 1e-3, metric)
        }
      }),
    )

  for (const [heading, modules] of [
    ['JAX', 'jax2onnx, numpy'],
    ['Keras', 'torch, keras, numpy'],
  ]) {
    const python = pythonWith(modules)
    it(`of ${heading} give files that are audited`, { skip: skipOf(python, modules) }, () =>
      inFolder(async (folder) => {
        const data =
          "import numpy as np\nnp.save('x.npy', np.random.default_rng(0).integers(2, size=(200, 24)))"
        run(python!, folder, data, ...blocks(heading))
        const { metrics, cannotTell } = await audit(model(folder))
        assert.ok(metrics.kl!.value > 0 && metrics.logLikelihood!.value < 0)
        assert.deepEqual(cannotTell, [])
      }),
    )
  }
})
