import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { audit } from '../../src/audit/audit'
import { startEngine } from '../../src/compute/engine'
import { DataSet } from '../../src/data/dataset'
import { gaussian } from '../../src/distributions/gaussian'
import { exportOnnx } from '../../src/export/onnx/exportOnnx'
import { gmvae, lidvae } from '../../src/models/builders'
import { decode, encode } from '../../src/models/use'
import { skip as noRuntime } from '../audit/runtime'
import { fit } from '../../src/training/fit'
import { inFolder } from '../data/temporary'
import { root } from '../package/publicApi'
import { tinyPoints } from '../support/models'
import { near } from '../support/near'
import { pythonBlocks, pythonWith, runPython, withoutPython } from './pythonPages'

const skipOf = (python: string | undefined, modules: string) => noRuntime || withoutPython(python, modules)
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
        const all = pythonBlocks('audit.md', 'PyTorch')
        runPython(torch!, folder, all[0], all[at], all[3], ...pythonBlocks('audit.md', 'Arrays'))
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
        runPython(python!, folder, data, ...pythonBlocks('audit.md', heading))
        const { metrics, cannotTell } = await audit(model(folder))
        assert.ok(metrics.kl!.value > 0 && metrics.logLikelihood!.value < 0)
        assert.deepEqual(cannotTell, [])
      }),
    )
  }

  const ort = pythonWith('onnxruntime, numpy')
  it(
    'of Python read what exportOnnx wrote, with the same numbers',
    { skip: withoutPython(ort, 'onnxruntime, numpy') },
    () =>
      inFolder(async (folder) => {
        await startEngine({ engine: 'wasm', quiet: true })
        const model = lidvae({ likelihood: gaussian(2), latent: 2, hidden: 6, seed: 1 })
        exportOnnx(model, path.join(folder, 'out', 'onnx'))
        const page = readFileSync(path.join(root, 'docs', 'audit.md'), 'utf8')
        const [, block] = /^```py\n([^]*?)^```$/m.exec(page)!
        const rows = [0.5, -1, 2, 0.1, -0.3, 0.7, 1.5, -2, 0, 0]
        const print = 'import json\nprint(json.dumps([v.flatten().tolist() for v in (mean, logvar, x_mean)]))'
        const given = block.replace(
          'np.zeros((5, 2), np.float32)',
          `np.array(${JSON.stringify(rows)}, np.float32).reshape(5, 2)`,
        )
        assert.notEqual(given, block)
        const [mean, logvar, xMean] = JSON.parse(runPython(ort!, folder, given, print)) as number[][]
        const x = Float32Array.from(rows)
        const data = new DataSet({ name: 'five', x, shape: [2], values: 'real', source: 'a test' })
        const codes = await encode(model, data)
        near(mean, codes.mean, 1e-5)
        near(
          logvar.map((log) => Math.exp(log / 2)),
          codes.sd,
          1e-5,
        )
        near(xMean, await decode(model, codes.mean), 1e-5)
        model.dispose()
      }),
  )

  const reader = pythonWith('safetensors, numpy')
  it('of Python read the folder of a run', { skip: withoutPython(reader, 'safetensors, numpy') }, () =>
    inFolder(async (folder) => {
      await startEngine({ engine: 'wasm', quiet: true })
      const model = lidvae({ likelihood: gaussian(2), latent: 2, hidden: 6, seed: 1 })
      await fit(model, tinyPoints(40, 2), {
        epochs: 1,
        verbose: false,
        run: path.join(folder, 'runs', 'first'),
      })
      const printed = runPython(reader!, folder, ...pythonBlocks('audit.md', 'Use our models from Python'))
      assert.equal(printed.trim(), `lidvae ${model.steps} 1 decoder/beta/B`)
      model.dispose()
    }),
  )

  it(
    'in Python an exported mixture has the same q(w|x), q(z|x, w) and components',
    { skip: withoutPython(ort, 'onnxruntime, numpy') },
    () =>
      inFolder(async (folder) => {
        await startEngine({ engine: 'wasm', quiet: true })
        const likelihood = gaussian(2)
        const posterior = 'q(w|x) q(z|x,w)'
        const model = gmvae({ likelihood, latent: 2, components: 3, hidden: 6, posterior, seed: 1 })
        exportOnnx(model, folder)
        const rows = [0.5, -1, 2, 0.1]
        const script = `
import json
import numpy as np
import onnxruntime
x = np.array(${JSON.stringify(rows)}, np.float32).reshape(2, 2)
found = onnxruntime.InferenceSession("encoder.onnx").run(["mean", "logvar", "w_logits"], {"x": x})
prior = onnxruntime.InferenceSession("prior.onnx").run(["mean", "sd"], {})
print(json.dumps([v.flatten().tolist() for v in found + prior]))`
        const found = JSON.parse(runPython(ort!, folder, script)) as number[][]
        const expected = tf.tidy(() => {
          const { mean, sd, logW } = model.posterior.encode(tf.tensor2d(rows, [2, 2]))
          const prior = model.prior.moments()
          const logvar = tf.mul(2, tf.log(sd))
          return [mean, logvar, logW, prior.mean, prior.sd].map((part) => part.dataSync<'float32'>())
        })
        expected.forEach((values, i) => near(found[i], values, 1e-5))
        model.dispose()
      }),
  )
})
