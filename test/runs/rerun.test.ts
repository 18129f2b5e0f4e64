import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { it } from 'node:test'
import { rerun as rerunCommand } from '../../src/apps/cli/rerun'
import { pinwheel, syntheticText } from '../../src/data'
import { gaussian } from '../../src/distributions/gaussian'
import { rmsprop } from '../../src/compute/optimizers'
import { rerun } from '../../src/runs/rerun/rerun'
import { freeBits } from '../../src/fixes/freeBits'
import { lagging } from '../../src/fixes/lagging'
import { lidmvae, vae } from '../../src/models/builders'
import { svae } from '../../src/models/text/builders'
import { seal, unseal } from '../../src/storage/checksummedJson'
import { fit } from '../../src/training/fit'
import { linearAnnealing } from '../../src/fixes/linearAnnealing'
import { cosineDecay } from '../../src/training/schedule'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { tinyPoints } from '../support/models'

const common = { likelihood: gaussian(2), latent: 2, hidden: 8, seed: 3 }
const usual = { epochs: 2, batchSize: 20, verbose: false }

const inFolder = async (use: (folder: string) => Promise<void>): Promise<void> => {
  const folder = fs.mkdtempSync(path.join(tmpdir(), 'lidvae-rerun-test-'))
  try {
    await use(path.join(folder, 'run'))
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

/** Writes run.json with other content, sealed as if it had been so. */
function change(folder: string, how: (run: Record<string, never>) => void): void {
  const file = path.join(folder, 'run.json')
  const run = unseal(fs.readFileSync(file, 'utf8')) as Record<string, never>
  how(run)
  fs.writeFileSync(file, seal(run))
}

onEachEngine('rerun', (engine) => {
  it('makes a mixture with fixes, validation and schedules again, bit for bit, from its folder alone', () =>
    expectNoLeaks(() =>
      inFolder(async (run) => {
        const { train, test } = pinwheel({ train: 200, test: 60, seed: 5 })
        const model = lidmvae({ ...common, components: 3 })
        await fit(model, train.split({ test: 0.25, seed: 1 }).train.take(100), {
          ...usual,
          validation: test,
          keepBest: true,
          seed: 4,
          klWeight: linearAnnealing({ until: 0.5 }),
          optimizer: rmsprop({ rate: cosineDecay(1e-3, { warmUp: 0.1 }), momentum: 0.5 }),
          objective: freeBits({ perUnit: 0.2 }),
          clipNorm: 5,
          run,
        })
        model.dispose()
        const { same, differences, conditions, history } = await rerun(run)
        assert.deepEqual({ same, differences, conditions }, { same: true, differences: [], conditions: [] })
        assert.equal(history.rows.length, 2)
      }),
    ))

  it('makes texts with lagging inference again', () =>
    inFolder(async (run) => {
      const { train, validation } = syntheticText({
        train: 30,
        validation: 10,
        test: 5,
        tokens: 20,
        length: 5,
        units: 8,
      })
      const model = svae({ vocabulary: train.vocabulary, latent: 2, embedding: 4, hidden: 5, seed: 1 })
      await fit(model, train, {
        ...usual,
        batchSize: 10,
        epochs: 1,
        validation,
        schedule: lagging({ most: 11 }),
        run,
      })
      model.dispose()
      assert.equal((await rerun(run)).same, true)
    }))

  it('ends one step after the recorded end, however many epochs the folder says', () =>
    inFolder(async (run) => {
      const model = vae(common)
      const { train } = pinwheel({ train: 60, test: 20, seed: 5 })
      await fit(model, train, { ...usual, run })
      for (const epochs of [3, 1e9, 1e308]) {
        change(run, ({ settings }) => Object.assign(settings, { epochs }))
        const { same, differences, history } = await rerun(run)
        assert.equal(same, false)
        assert.deepEqual(differences, ['it goes on after step 6, where the recorded training ended'])
        assert.equal(history.stopped, true)
      }
      model.dispose()
    }))

  it('can be stopped, before it begins and on the way', () =>
    inFolder(async (run) => {
      const model = vae(common)
      const { train } = pinwheel({ train: 60, test: 20, seed: 5 })
      await fit(model, train, { ...usual, run })
      for (const signal of [AbortSignal.abort(), AbortSignal.timeout(1)])
        await assert.rejects(rerun(run, { signal }), { name: 'StoppedError' })
      model.dispose()
    }))

  it('says what is not the same, and which conditions were others', () =>
    inFolder(async (run) => {
      const model = vae(common)
      const { train } = pinwheel({ train: 60, test: 20, seed: 5 })
      await fit(model, train, { ...usual, epochs: 3, run })
      // As if the folder had recorded the third epoch of another seed: its checkpoint is another training's.
      const other = `${run}-other`
      const another = vae(common)
      await fit(another, train, { ...usual, epochs: 3, seed: 9, run: other })
      const [name] = fs.readdirSync(path.join(run, 'checkpoints'))
      fs.copyFileSync(path.join(other, 'checkpoints', name), path.join(run, 'checkpoints', name))
      change(run, (record) =>
        Object.assign(record, { versions: { ...(record.versions as object), node: '18.0.0' } }),
      )
      const { same, differences, conditions } = await rerun(run)
      assert.equal(same, false)
      assert.match(
        differences[0],
        /^history: other numbers from epoch 1, whose loss was [\d.]+ and is [\d.]+$/,
      )
      assert.match(differences[1], /^weights: \d+ of \d+ are others, by [\d.e-]+ at most$/)
      assert.deepEqual(conditions, [`node was 18.0.0, is ${process.versions.node}`])
      for (const one of [model, another]) one.dispose()
    }))

  it('is refused, with the reason, where the folder does not hold all of it', async () => {
    const { train } = pinwheel({ train: 60, test: 20, seed: 5 })
    const refused = (options: object, data = train, expected?: RegExp, steps = 0) =>
      inFolder(async (run) => {
        const model = vae(common)
        model.steps = steps
        await fit(model, data, { ...usual, ...options, run })
        await assert.rejects(rerun(run), { name: 'DataError', message: expected })
        model.dispose()
      })
    await refused({}, tinyPoints(60, 2), /^the data of that run was made by hand/)
    await refused(
      { klWeight: (progress: number) => progress },
      train,
      /^the klWeight of that run was made by hand/,
    )
    await refused({}, train, /had 7 steps behind it/, 7)
    await inFolder(async (run) => {
      const model = vae(common)
      const stop = new AbortController()
      await fit(model, train, { ...usual, run, signal: stop.signal, onStep: () => stop.abort() })
      await assert.rejects(rerun(run), /is not finished/)
      await assert.rejects(rerun(path.dirname(run)), /has no run.json/)
      model.dispose()
    })
    // Other data than recorded are noticed before they are trained on.
    await inFolder(async (run) => {
      const model = vae(common)
      await fit(model, train, { ...usual, run })
      change(run, ({ recipes }) => {
        const { train: recipe } = recipes as { train: { with: { seed: number }[] } }
        recipe.with[0].seed = 6
      })
      await assert.rejects(rerun(run), /\(train\.sha256\) are others now: recorded "/)
      change(run, ({ recipes }) =>
        Object.assign(recipes, { train: { part: 'data.constructor', with: [{}] } }),
      )
      await assert.rejects(rerun(run), /is a 'data.constructor', which this version does not know/)
      model.dispose()
    })
  })

  it('is a command', () =>
    inFolder(async (run) => {
      const model = vae(common)
      const { train } = pinwheel({ train: 60, test: 20, seed: 5 })
      await fit(model, train, { ...usual, run })
      model.dispose()
      const lines: string[] = []
      const { log } = console
      console.log = (line: string) => void lines.push(line)
      try {
        assert.equal(await rerunCommand(run, {}), 0)
      } finally {
        console.log = log
      }
      assert.match(
        lines.join('\n'),
        new RegExp(`again, on the ${engine} engine\\n.*the same weights and history, bit for bit`),
      )
    }))
})
