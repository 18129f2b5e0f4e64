import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { readNumbers, type Layout } from '../../bench/layout'
import { PlainModel } from '../../bench/plainModel'
import { writeReference } from '../../bench/reference'
import { requireSameWork } from '../../bench/same'
import { specOf, workNames, type Spec } from '../../bench/spec'
import { onEachEngine } from '../support/engines'

const tiny = (spec: Spec): Spec => ({
  ...spec,
  hidden: 12,
  hiddenLatent: 6,
  latent: 11,
  batch: 8,
  images: 20,
  samples: 6,
})

/** Loss and gradients of plain tfjs at a reference. */
function computePlain(spec: Spec, folder: string, layout: Layout) {
  const all = new Map<string, tf.Tensor>()
  const trained = new Map<string, tf.Variable>()
  for (const { name, shape, offset, kind } of layout.weights) {
    if (kind === 'free') continue
    const tensor = tf.tensor(readNumbers(folder, 'weights.bin', shape, offset), shape)
    if (kind === 'fixed') all.set(name, tensor)
    else {
      const variable = tf.variable(tensor)
      trained.set(name, variable)
      all.set(name, variable)
    }
  }
  const model = new PlainModel(spec, all)
  const x = tf.tensor(readNumbers(folder, 'check-x.bin', layout.check!.x), layout.check!.x)
  const noise = tf.tensor(readNumbers(folder, 'check-noise.bin', layout.check!.noise), layout.check!.noise)
  const parameters = [...trained.values()].reduce((sum, { size }) => sum + size, 0)
  if (spec.task === 'likelihood')
    return { parameters, value: tf.mean(model.importance(x, tf.squeeze(noise, [2]))).dataSync()[0] }
  const { value, grads } = tf.variableGrads(
    () => model.loss(x, tf.squeeze(noise, [1])),
    [...trained.values()],
  )
  const norms = [...trained].map(([name, w]) => [name, tf.norm(grads[w.name]).dataSync()[0]])
  return {
    parameters,
    value: value.dataSync()[0],
    norms: Object.fromEntries(norms) as Record<string, number>,
  }
}

onEachEngine('the same models in plain tfjs', () => {
  // Works on texts stand beside PyTorch only.
  const ofImages = workNames.filter((name) => specOf(name, 'recipe', 'small').text === undefined)
  for (const name of ofImages)
    it(`do the work of ${name}`, async () => {
      const spec = tiny(specOf(name, 'recipe', 'small'))
      const folder = await mkdtemp(path.join(tmpdir(), 'lidvae-test-'))
      try {
        const layout = await writeReference(spec, folder, true)
        assert.equal(layout.x[0], 20)
        tf.engine().startScope()
        const got = computePlain(spec, folder, layout)
        tf.engine().endScope()
        const wanted = {
          ...layout.check!,
          parameters: layout.weights
            .filter(({ kind }) => kind === 'trained' || kind === 'anchored')
            .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
        }
        requireSameWork('plain tfjs', got, wanted)
        if (wanted.norms) assert.deepEqual(Object.keys(got.norms ?? {}), Object.keys(wanted.norms))
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    })
})
