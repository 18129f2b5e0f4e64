import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { it } from 'node:test'
import { adam } from '../../src/compute/optimizers'
import { ArgumentError, DataError } from '../../src/base/errors'
import { bernoulli } from '../../src/distributions/bernoulli'
import { vae } from '../../src/models/builders'
import { load } from '../../src/runs/load'
import { readWeights } from '../../src/models/weights'
import { fit } from '../../src/training/fit'
import type { FitOptions } from '../../src/training/options'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyImages } from '../support/models'

const common = { likelihood: bernoulli(12), latent: 2, hidden: 8, seed: 1 }
const quiet = { verbose: false, batchSize: 10, seed: 2 }

onEachEngine('resume', () => {
  const scratch = (): string => mkdtempSync(path.join(tmpdir(), 'lidvae-run-'))

  it('resumes after a stop, from the history or the folder, as if it had not stopped', () =>
    expectNoLeaks(async () => {
      const train = tinyImages(35, 12)
      const options: FitOptions = { epochs: 4, optimizer: adam({ rate: 0.01 }), ...quiet }
      const unbroken = vae(common)
      const whole = await fit(unbroken, train, options)
      const expected = readWeights(unbroken)
      const folder = scratch()
      for (const place of [{}, { run: folder }]) {
        const model = vae(common)
        const stop = new AbortController()
        const onStep = (step: number): unknown => step === 6 && stop.abort()
        const first = await fit(model, train, { ...options, ...place, signal: stop.signal, onStep })
        assert.ok(first.stopped && first.checkpoint)
        const second = await fit(model, train, {
          ...options,
          ...place,
          ...('run' in place ? {} : { resume: first }),
        })
        assert.deepEqual(readWeights(model), expected)
        const numbers = (rows: typeof whole.rows) => rows.map(({ seconds, ...row }) => [seconds > 0, row])
        assert.deepEqual(numbers(second.rows), numbers(whole.rows))
        model.dispose()
      }
      // Finished: read, not trained again.
      const again = vae(common)
      const read = await fit(again, train, { ...options, run: folder })
      assert.deepEqual([readWeights(again), read.stopped, read.rows.length], [expected, false, 4])
      // Killed after the last checkpoint, before the model was kept.
      for (const name of ['model.json', 'weights.safetensors']) rmSync(path.join(folder, name))
      await fit(again, train, { ...options, run: folder })
      const kept = load(folder)
      assert.deepEqual(readWeights(kept), expected)
      kept.dispose()
      for (const model of [unbroken, again]) model.dispose()
      rmSync(folder, { recursive: true })
    }))

  // @fault other-settings two-trainings
  it('refuses a folder with other settings, and one in which another process trains', async () => {
    const folder = scratch()
    const train = tinyImages(20, 12)
    const model = vae(common)
    await fit(model, train, { epochs: 1, run: folder, ...quiet })
    const refused = (options: Partial<FitOptions>, name: string) =>
      assert.rejects(
        fit(model, train, { epochs: 1, run: folder, ...quiet, ...options }),
        (error: Error) =>
          error instanceof ArgumentError && error.argument === name && error.message.includes(folder),
      )
    await refused({ epochs: 2 }, 'epochs')
    await refused({ seed: 5 }, 'seed')
    await assert.rejects(
      fit(model, train, { epochs: 1, run: folder, ...quiet, seed: 5 }),
      /`seed` must be 2, as in the run in .*, got 5/,
    )
    await refused({ klWeight: 0.5 }, 'klWeight')
    await refused({ optimizer: adam({ rate: 0.5 }) }, 'optimizer')
    await assert.rejects(
      fit(model, tinyImages(30, 12), { epochs: 1, run: folder, ...quiet }),
      /^ArgumentError: `train` must be /,
    )
    const other = vae({ ...common, latent: 3 })
    await assert.rejects(
      fit(other, train, { epochs: 1, run: folder, ...quiet }),
      /^ArgumentError: `(model|weights)/,
    )
    // Process 1 lives as long as the machine.
    writeFileSync(path.join(folder, 'lock'), `1 ${(await import('node:os')).hostname()}`)
    await assert.rejects(fit(model, train, { epochs: 1, run: folder, ...quiet }), /trained in by process 1/)
    for (const one of [model, other]) one.dispose()
    rmSync(folder, { recursive: true })
  })

  // @fault checkpoint-damaged
  it('skips a damaged checkpoint, and says so', async () => {
    const folder = scratch()
    const train = tinyImages(20, 12)
    const options = { epochs: 3, run: folder, checkpointEvery: 0, ...quiet }
    const first = vae(common)
    await fit(first, train, options)
    const place = path.join(folder, 'checkpoints')
    const newest = path.join(place, readdirSync(place).sort().at(-1)!)
    writeFileSync(newest, readFileSync(newest).subarray(0, 500))
    const lines: string[] = []
    const warn = console.warn
    console.warn = (line: string) => void lines.push(line)
    const second = vae(common)
    try {
      await fit(second, train, options)
    } finally {
      console.warn = warn
    }
    assert.match(lines.join('\n'), /is damaged: .*Resuming from the checkpoint before it/)
    assert.deepEqual(readWeights(second), readWeights(first))
    for (const name of readdirSync(place)) writeFileSync(path.join(place, name), 'nothing')
    await assert.rejects(fit(second, train, options), DataError)
    for (const model of [first, second]) model.dispose()
    rmSync(folder, { recursive: true })
  })

  it('stops early, and leaves the weights of the best epoch', async () => {
    const train = tinyImages(30, 12)
    // The validation loss rises once the rate throws the weights about.
    const optimizer = adam({ rate: (progress) => (progress < 0.2 ? 0.01 : 0.5) })
    const losses: number[] = []
    const kept: Record<string, Float32Array>[] = []
    const model = vae(common)
    const history = await fit(model, train, {
      epochs: 20,
      optimizer,
      validation: tinyImages(20, 12),
      earlyStopping: { patience: 2 },
      keepBest: true,
      onEpoch: (row) => {
        losses.push(row.validationLoss!)
        kept.push(readWeights(model))
      },
      ...quiet,
    })
    const best = losses.indexOf(Math.min(...losses))
    assert.deepEqual(history.best, { epoch: best + 1, loss: losses[best] })
    assert.equal(history.rows.length, best + 3)
    assert.equal(history.stopped, false)
    assert.deepEqual(readWeights(model), kept[best])
    await assert.rejects(
      fit(model, train, { epochs: 1, keepBest: true, ...quiet }),
      /`keepBest` must be .*validation/,
    )
    model.dispose()
  })
})
