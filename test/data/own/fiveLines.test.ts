import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { it } from 'node:test'
import * as aq from 'arquero'
import * as lid from '../../../src'
import { onEachEngine } from '../../support/engines'
import { Random } from '../../support/random'
import { inFolder } from '../temporary'
import { writePng } from './pngWriter'

const options = { epochs: 1, batchSize: 32, verbose: false }

/** 200 images of 20 × 24 in two sub-folders: vertical and horizontal bars with noise. */
async function putImages(folder: string): Promise<void> {
  const random = new Random(1)
  for (const label of ['across', 'down']) {
    await mkdir(path.join(folder, label))
    for (let i = 0; i < 100; i++) {
      const samples = Array.from({ length: 20 * 24 }, (_, at) => {
        const [y, x] = [Math.floor(at / 24), at % 24]
        return Math.floor(
          255 * Math.min(1, ((label === 'down' ? x : y) % 8 < 4 ? 0.8 : 0) + 0.2 * random.uniform()),
        )
      })
      const bytes = writePng({ width: 24, height: 20, depth: 8, type: 0, samples })
      await writeFile(path.join(folder, label, `${i}.png`), bytes)
    }
  }
}

onEachEngine('own data, from file to codes in five lines', (engine) => {
  it('200 PNG files of another size', (t) =>
    inFolder(async (folder) => {
      t.mock.method(console, 'log', () => undefined)
      await putImages(folder)
      const { train, test } = (await lid.data.from(folder, { size: [14, 14] })).split({ test: 0.2, seed: 1 })
      const model = lid.lidvae({ likelihood: lid.bernoulli(196), latent: 2, hidden: 16, seed: 1 })
      const history = await lid.fit(model, train, options)
      const codes = await lid.encode(model, test)
      assert.deepEqual([train.size, test.size, ...train.shape, history.rows[0].step], [160, 40, 14, 14, 5])
      assert.equal(codes.mean.length, 80)
      assert.deepEqual(test.labelNames, ['across', 'down'])
      assert.ok(codes.mean.every(Number.isFinite), engine)
      model.dispose()
    }))

  it('a Float32Array', async (t) => {
    t.mock.method(console, 'log', () => undefined)
    const random = new Random(2)
    const numbers = Float32Array.from({ length: 160 * 3 }, () => 2 * random.normal())
    const data = await lid.data.from(numbers, { shape: [3] })
    const model = lid.vae({
      likelihood: lid.gaussian(3, { sigma: 'learned' }),
      latent: 1,
      hidden: 8,
      seed: 1,
    })
    const history = await lid.fit(model, data, options)
    const codes = await lid.encode(model, data)
    assert.deepEqual([data.values, history.rows[0].step, codes.mean.length], ['real', 5, 160])
    model.dispose()
  })

  it('an arquero table', async (t) => {
    t.mock.method(console, 'log', () => undefined)
    const random = new Random(3)
    const column = () => Array.from({ length: 160 }, () => random.normal())
    const group = Array.from({ length: 160 }, (_, i) => (i % 3 ? 'b' : 'a'))
    const table = aq.table({ height: column(), weight: column(), group })
    const data = await lid.data.from(table, { label: 'group' })
    const model = lid.lidmvae({ likelihood: lid.gaussian(2), latent: 2, components: 2, hidden: 8, seed: 1 })
    await lid.fit(model, data, options)
    const codes = await lid.encode(model, data)
    assert.deepEqual([data.labelNames, codes.component.length], [['a', 'b'], 160])
    model.dispose()
  })
})
