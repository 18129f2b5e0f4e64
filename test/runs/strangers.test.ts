import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { it } from 'node:test'
import { adam } from '../../src/compute/optimizers'
import { pinwheel } from '../../src/data/generated/pinwheel'
import { gaussian } from '../../src/distributions/gaussian'
import { LidvaeError } from '../../src/base/errors'
import { lidmvae } from '../../src/models/builders'
import type { Model } from '../../src/models/model'
import { anchoredMeans } from '../../src/models/prior'
import { load } from '../../src/runs/load'
import { differencesOf } from '../../src/runs/rerun/differences'
import { rerun } from '../../src/runs/rerun/rerun'
import { seal, unseal } from '../../src/storage/checksummedJson'
import { decodeSafetensors, encodeSafetensors } from '../../src/storage/safetensors'
import { decodeCheckpoint } from '../../src/training/checkpoint'
import { fit } from '../../src/training/fit'
import { historyTable } from '../../src/training/history'
import { listCheckpoints, readRun } from '../../src/training/runFolder'
import { meansOf } from '../../src/training/state'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { strangely } from '../support/mutations'
import { Random } from '../support/random'

const FULL = Boolean(process.env.LIDVAE_TEST_FULL)
const COUNT = FULL ? 10_000 : 200
/** So many of the changed trainings are not only read, but made again. */
const RERUNS = FULL ? COUNT : 40

const build = (): Model =>
  lidmvae({
    likelihood: gaussian(2, { sigma: 'learned' }),
    latent: 2,
    hidden: 4,
    components: 3,
    injective: { hiddenLatent: 4, layers: 1 },
    prior: anchoredMeans({ gamma: 'shared' }),
    seed: 1,
  })

/** A finished run of a model of many parts, in a folder that is deleted. */
async function inRun(use: (run: string, folder: string) => Promise<void> | void): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-strangers-'))
  const run = path.join(folder, 'run')
  try {
    const model = build()
    const { train } = pinwheel({ train: 20, test: 5, seed: 1 })
    await fit(model, train, { epochs: 1, batchSize: 10, run, verbose: false })
    model.dispose()
    await use(run, folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What a file of the run says, with one thing in it changed, under a checksum that is right. */
function change(run: string, folder: string, name: string, random: Random): string {
  const place = path.join(folder, 'changed')
  rmSync(place, { recursive: true, force: true })
  cpSync(run, place, { recursive: true })
  const file = path.join(place, name)
  writeFileSync(file, seal(strangely(unseal(readFileSync(file, 'utf8'))!, random)))
  return place
}

function requireOneLine(error: unknown, what: string): void {
  if (!(error instanceof LidvaeError)) throw new Error(`${what}: ${String((error as Error).stack)}`)
  assert.ok(error.message.length < 900 && !error.message.includes('\n'), `${error.message}\n${what}`)
}

// @fault strangers-file
onEachEngine('a file made by a stranger', (engine) => {
  it(`that says another model gives a model or one line, ${COUNT} times`, () =>
    expectNoLeaks(() =>
      inRun((run, folder) => {
        const random = new Random(11)
        let refused = 0
        for (let i = 0; i < COUNT; i++) {
          const place = change(run, folder, 'model.json', random)
          try {
            load(place).dispose()
          } catch (error) {
            requireOneLine(error, readFileSync(path.join(place, 'model.json'), 'utf8'))
            refused++
          }
        }
        assert.ok(refused > COUNT / 4 && refused < COUNT, `${refused} refused`)
      }),
    ))

  it(
    `that says another training gives a comparison or one line, ${COUNT} times`,
    { skip: engine === 'wasm' && !FULL },
    () =>
      expectNoLeaks(() =>
        inRun(async (run, folder) => {
          const random = new Random(12)
          let refused = 0
          for (let i = 0; i < COUNT; i++) {
            const place = change(run, folder, 'run.json', random)
            try {
              if (i < RERUNS) await rerun(place, { verbose: false })
              else readRun(path.join(place, 'run.json'))
            } catch (error) {
              requireOneLine(error, readFileSync(path.join(place, 'run.json'), 'utf8'))
              refused++
            }
          }
          assert.ok(refused > RERUNS / 4 && refused < COUNT, `${refused} refused`)
        }),
      ),
  )

  it(
    'that says another position of a training is resumed, compared or one line',
    { skip: engine === 'wasm' },
    () =>
      expectNoLeaks(() =>
        inRun(async (run, folder) => {
          const random = new Random(13)
          const name = path.join('checkpoints', listCheckpoints(run)[0])
          const { tensors, metadata } = decodeSafetensors(readFileSync(path.join(run, name)), name)
          const position = JSON.parse(metadata.position) as Record<string, unknown>
          const file = path.join(folder, 'changed', name)
          cpSync(run, path.join(folder, 'changed'), { recursive: true })
          let refused = 0
          for (let i = 0; i < COUNT; i++) {
            const other = JSON.stringify(strangely(position, random))
            const bytes = encodeSafetensors(tensors, { ...metadata, position: other })
            writeFileSync(file, bytes)
            try {
              const read = decodeCheckpoint(bytes, [], file)
              differencesOf(read, read)
              historyTable(read.position.rows)
              meansOf(read.position.sums, 1)
            } catch (error) {
              requireOneLine(error, other)
              refused++
            }
          }
          assert.ok(refused > COUNT / 4 && refused < COUNT, `${refused} refused`)
          const none = encodeSafetensors(tensors, { ...metadata, position: 'null' })
          writeFileSync(file, none)
          const why = {
            name: 'DataError',
            message: /of its position it must be an object, got null\. Delete it\.$/,
          }
          await assert.rejects(rerun(path.join(folder, 'changed')), why)
        }),
      ),
  )

  it('whose names and values are of any length, or move the cursor, gives a short line', () =>
    inRun((run, folder) => {
      const long = 'x'.repeat(1e6)
      const model = unseal(readFileSync(path.join(run, 'model.json'), 'utf8'))!
      const place = path.join(folder, 'changed')
      cpSync(run, place, { recursive: true })
      const part = (name: unknown): object => ({
        ...model,
        model: { part: 'vae', with: [{ likelihood: { part: name, with: [] }, latent: 2 }] },
      })
      const changed = [
        ...[{}, [long], Array(1e5).fill({}), long].map((format) => ({ ...model, format })),
        ...[{ [long]: 1 }, [long], long, '\u001b[2J\nroot#', { constructor: { name: {} } }].map(part),
      ]
      for (const each of changed) {
        writeFileSync(path.join(place, 'model.json'), seal(each as Record<string, unknown>))
        assert.throws(
          () => load(place),
          (error) => {
            requireOneLine(error, 'names')
            const { message } = error as Error
            assert.ok(!message.includes('\u001b') && !message.includes('[object'), message)
            return true
          },
        )
      }
    }))

  it(
    'that is a folder, a link to itself, or too large is one line, and no folder is left',
    { skip: process.platform === 'win32' },
    () =>
      inRun(async (run, folder) => {
        const place = path.join(folder, 'changed')
        const put: Record<string, (file: string) => void> = {
          folder: (file) => mkdirSync(file),
          link: (file) => symlinkSync(path.basename(file), file),
          huge: (file) => {
            writeFileSync(file, '')
            truncateSync(file, 3e9)
          },
        }
        const before = readdirSync(tmpdir()).filter((name) => name.startsWith('lidvae-rerun-')).length
        for (const name of ['model.json', 'run.json', path.join('checkpoints', listCheckpoints(run)[0])])
          for (const [what, make] of Object.entries(put)) {
            rmSync(place, { recursive: true, force: true })
            cpSync(run, place, { recursive: true })
            rmSync(path.join(place, name))
            make(path.join(place, name))
            const refused = (error: unknown): true => {
              requireOneLine(error, `${name} ${what}`)
              return true
            }
            if (name === 'model.json') assert.throws(() => load(place), refused)
            else await assert.rejects(rerun(place), refused)
          }
        const run2 = unseal(readFileSync(path.join(run, 'run.json'), 'utf8')) as {
          settings: { model: object }
        }
        rmSync(place, { recursive: true, force: true })
        cpSync(run, place, { recursive: true })
        run2.settings.model = { part: 'gaussian', with: [2] }
        writeFileSync(path.join(place, 'run.json'), seal(run2))
        await assert.rejects(rerun(place), /what 'gaussian' makes is no model/)
        const after = readdirSync(tmpdir()).filter((name) => name.startsWith('lidvae-rerun-')).length
        assert.equal(after, before)
      }),
  )

  it('that is a folder called as a checkpoint or a part of a file is left where it is', () =>
    inRun(async (_, folder) => {
      const run = path.join(folder, 'constant')
      const names = ['step-000000000.safetensors', 'step-000000001.safetensors', '.x.part'].map((name) =>
        path.join(run, 'checkpoints', name),
      )
      const { train } = pinwheel({ train: 20, test: 5, seed: 1 })
      for (const epochs of [1, 2, 3]) {
        const model = build()
        const optimizer = adam({ rate: 1e-3 })
        await fit(model, train, { epochs, batchSize: 10, optimizer, run, verbose: false })
        model.dispose()
        if (epochs === 1) for (const name of names) mkdirSync(name)
      }
      for (const name of names) assert.deepEqual(readdirSync(name), [])
    }))

  it(
    'that stands where the trained model goes is written over, or one line',
    { skip: process.platform === 'win32' },
    () =>
      expectNoLeaks(() =>
        inRun(async (run, folder) => {
          const place = path.join(folder, 'changed')
          const again = async (make: (file: string) => void): Promise<void> => {
            rmSync(place, { recursive: true, force: true })
            cpSync(run, place, { recursive: true })
            const file = path.join(place, 'model.json')
            rmSync(file)
            make(file)
            const model = build()
            try {
              const { train } = pinwheel({ train: 20, test: 5, seed: 1 })
              await fit(model, train, { epochs: 1, batchSize: 10, run: place, verbose: false })
            } finally {
              model.dispose()
            }
            load(place).dispose()
          }
          await again((file) => assert.equal(spawnSync('mkfifo', [file]).status, 0))
          await again((file) => symlinkSync('/dev/zero', file))
          await assert.rejects(
            again((file) => mkdirSync(file)),
            { name: 'DataError', message: /model\.json is a folder, not a file .*Move it away: / },
          )
        }),
      ),
  )

  it('that is a pipe is refused, not waited for', { skip: process.platform === 'win32' }, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-pipes-'))
    for (const name of ['model.json', 'run.json', 'weights.safetensors'])
      assert.equal(spawnSync('mkfifo', [path.join(folder, name)]).status, 0)
    assert.throws(() => load(folder), /model\.json is a pipe, a device or a socket, not a file/)
    await assert.rejects(rerun(folder), /run\.json is a pipe, a device or a socket, not a file/)
    rmSync(folder, { recursive: true })
  })
})
