import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { bernoulli } from '../../src/distributions/bernoulli'
import { normalInit } from '../../src/compute/parameters'
import { LidvaeError } from '../../src/base/errors'
import { vae } from '../../src/models/builders'
import { load } from '../../src/runs/load'
import { readWeights } from '../../src/models/weights'
import { seal, unseal } from '../../src/storage/checksummedJson'
import { fit } from '../../src/training/fit'
import { decodeSafetensors, encodeSafetensors } from '../../src/storage/safetensors'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyImages } from '../support/models'
import { Random } from '../support/random'

const MUTATIONS = process.env.LIDVAE_TEST_FULL ? 1000 : 60
const DIM = 12
const common = { likelihood: bernoulli(DIM), latent: 2, hidden: 8, seed: 1 }
const train = tinyImages(20, DIM)
const options = { epochs: 2, batchSize: 10, seed: 2, checkpointEvery: 0, verbose: false }

/** Bytes with a bit turned, a piece cut off, left out, doubled or put at the end, or overwritten. */
function mutated(bytes: Buffer, random: Random): Buffer {
  const below = (n: number): number => Math.floor(random.uniform() * n)
  const at = below(bytes.length)
  const to = at + 1 + below(Math.min(64, bytes.length - at))
  const piece = bytes.subarray(at, to)
  const copy = Buffer.from(bytes)
  switch (below(6)) {
    case 0:
      copy[at] ^= 1 << below(8)
      return copy
    case 1:
      return copy.subarray(0, at)
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)])
    case 3:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)])
    case 4:
      return Buffer.concat([bytes, piece])
    default:
      return copy.fill(below(256), at, to)
  }
}

/** What was warned of while this ran. */
async function warnings(work: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = []
  const { warn } = console
  console.warn = (line: string) => void lines.push(line)
  try {
    await work()
  } finally {
    console.warn = warn
  }
  return lines
}

onEachEngine('a run folder', () => {
  const inFolder = async (use: (folder: string) => Promise<void>): Promise<void> => {
    const folder = fs.mkdtempSync(path.join(tmpdir(), 'lidvae-faults-'))
    try {
      await use(folder)
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  }

  // @fault file-damaged
  it(`gives the right weights or one line, with any of its files changed, ${MUTATIONS} times`, () =>
    expectNoLeaks(() =>
      inFolder(async (folder) => {
        const run = path.join(folder, 'run')
        const model = vae(common)
        await fit(model, train, { ...options, run })
        const right = readWeights(model)
        const names = fs.readdirSync(path.join(run, 'checkpoints')).sort()
        const checkpoint = path.join('checkpoints', names.at(-1)!)
        const files = [checkpoint, 'run.json', 'model.json', 'weights.safetensors']
        const random = new Random(7)
        let refused = 0
        for (let i = 0; i < MUTATIONS; i++) {
          const place = path.join(folder, 'changed')
          fs.rmSync(place, { recursive: true, force: true })
          fs.cpSync(run, place, { recursive: true })
          const name = files[i % files.length]
          fs.writeFileSync(path.join(place, name), mutated(fs.readFileSync(path.join(run, name)), random))
          const again = vae(common)
          try {
            if (i % files.length < 2) await warnings(() => fit(again, train, { ...options, run: place }))
            const result = i % files.length < 2 ? again : load(place)
            assert.deepEqual(readWeights(result), right, `${name} changed, case ${i}`)
            if (result !== again) result.dispose()
          } catch (error) {
            if (!(error instanceof LidvaeError)) throw error
            assert.ok(error.message.length < 600 && !error.message.includes('\n'), error.message)
            refused++
          }
          again.dispose()
        }
        // A damaged checkpoint is passed over for the one before; the other three must be whole.
        assert.ok(refused > MUTATIONS / 2 && refused < MUTATIONS, `${refused} refused`)
        model.dispose()
      }),
    ))

  // @fault other-model
  it("refuses another model's checkpoint and another version's", () =>
    inFolder(async (folder) => {
      const [run, other] = ['run', 'other'].map((name) => path.join(folder, name))
      const [model, wider] = [vae(common), vae({ ...common, hidden: 9 })]
      await fit(model, train, { ...options, run })
      await fit(wider, train, { ...options, run: other })
      const places = [run, other].map((one) => path.join(one, 'checkpoints'))
      for (const name of fs.readdirSync(places[0]))
        fs.copyFileSync(path.join(places[1], name), path.join(places[0], name))
      const before = readWeights(model)
      await assert.rejects(fit(model, train, { ...options, run }), /weights of another model/)
      assert.deepEqual(readWeights(model), before)
      const file = path.join(other, 'run.json')
      fs.writeFileSync(file, seal({ ...unseal(fs.readFileSync(file, 'utf8'))!, format: 0 }))
      await assert.rejects(fit(wider, train, { ...options, run: other }), /run\.json is .*another version/)
      for (const one of [model, wider]) one.dispose()
    }))

  // @fault disk-full
  it('continues when a checkpoint cannot be written, and says so; a finished training that cannot be saved is an error', () =>
    inFolder(async (folder) => {
      const run = path.join(folder, 'run')
      const place = path.join(run, 'checkpoints')
      const [model, whole] = [vae(common), vae(common)]
      await fit(whole, train, options)
      // As on a full disk, from the second step on: nothing can be written where a file stands in the folder's place.
      const blocked = {
        ...options,
        run,
        onStep: (step: number) => {
          if (step !== 2) return
          fs.rmSync(place, { recursive: true })
          fs.writeFileSync(place, '')
        },
      }
      const lines = await warnings(() => assert.rejects(fit(model, train, blocked), /cannot be written/))
      assert.match(lines.join('\n'), /no checkpoint of step 2: .*cannot be written/)
      // Trained to its end nevertheless.
      assert.deepEqual(readWeights(model), readWeights(whole))
      for (const one of [model, whole]) one.dispose()
    }))

  // @fault disk-full
  it('survives a disk that is full for a while: it says so, and ends complete when there is room again', () =>
    inFolder(async (folder) => {
      const run = path.join(folder, 'run')
      const [model, whole] = [vae(common), vae(common)]
      await fit(whole, train, options)
      const { writeFileSync } = fs
      let isFull = false
      fs.writeFileSync = (...args: Parameters<typeof writeFileSync>) => {
        if (isFull && typeof args[0] === 'number')
          throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
        return writeFileSync(...args)
      }
      try {
        const onStep = (step: number): unknown => (isFull = step === 2 || step === 3)
        const lines = await warnings(() => fit(model, train, { ...options, run, onStep }))
        assert.match(lines[0], /no checkpoint of step 2: .*cannot be written \(ENOSPC: no space left/)
        assert.equal(lines.length, 2)
      } finally {
        fs.writeFileSync = writeFileSync
      }
      const kept = load(run)
      assert.deepEqual(readWeights(kept), readWeights(whole))
      assert.deepEqual(
        fs.readdirSync(path.join(run, 'checkpoints')).filter((name) => !/^step-\d+\.safetensors$/.test(name)),
        [],
      )
      for (const one of [model, whole, kept]) one.dispose()
    }))

  // @fault other-format
  it('reports which version a checkpoint of another format needs', () =>
    inFolder(async (run) => {
      const model = vae(common)
      await fit(model, train, { ...options, run })
      const place = path.join(run, 'checkpoints')
      for (const name of fs.readdirSync(place)) {
        const file = path.join(place, name)
        const { tensors, metadata } = decodeSafetensors(fs.readFileSync(file), file)
        fs.writeFileSync(file, encodeSafetensors(tensors, { ...metadata, format: 'lidvae checkpoint 0' }))
      }
      await assert.rejects(fit(model, train, { ...options, run }), {
        name: 'DataError',
        message:
          /is of format lidvae checkpoint 0, expected lidvae checkpoint 1\. Resume it with the version/,
      })
      model.dispose()
    }))

  // @fault weights-too-large
  it('reports weights that need more memory than available', () => {
    assert.throws(() => vae({ ...common, hidden: 200_000 }), {
      name: 'EngineError',
      message:
        /^weights of 40,\d{3},\d{3},\d{3} numbers need 600 GiB .*, and there are \d+ GiB\. Take smaller sizes\.$/,
    })
  })

  // @fault not-writable
  it('fails where nothing can be written', async () => {
    const model = vae(common)
    const before = readWeights(model)
    for (const run of ['/proc/self/lidvae', path.join(__filename, 'run')])
      await assert.rejects(fit(model, train, { ...options, run }), { name: 'DataError' })
    assert.deepEqual(readWeights(model), before)
    model.dispose()
  })

  // @fault nan-in-training
  it('reports NaN in a gradient, and keeps the previous weights', async () => {
    const broken = tf.customGrad((x) => ({
      value: (x as tf.Tensor).clone(),
      gradFunc: (dy: tf.Tensor) => tf.mul(dy, NaN),
    }))
    const model = vae({
      ...common,
      decoder: (parameters, latent, dim) => {
        const W = parameters.variable('W', [latent, dim], normalInit(1))
        return { from: latent, to: dim, apply: (z) => broken(tf.matMul(z, W)) }
      },
    })
    const before = readWeights(model)
    await assert.rejects(fit(model, train, { ...options, initializeOutput: false }), {
      name: 'NumericalError',
      message: /arose in the gradient/,
    })
    assert.deepEqual(readWeights(model), before)
    model.dispose()
  })
})
