import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { it } from 'node:test'
import { pinwheel } from '../../src/data/generated/pinwheel'
import { gaussian } from '../../src/distributions/gaussian'
import { LidvaeError } from '../../src/base/errors'
import { lidmvae } from '../../src/models/builders'
import { anchoredMeans } from '../../src/models/prior'
import { load } from '../../src/runs/load'
import { rerun } from '../../src/runs/rerun/rerun'
import { seal, unseal } from '../../src/storage/checksummedJson'
import { fit } from '../../src/training/fit'
import { readRun } from '../../src/training/runFolder'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { strangely } from '../support/mutations'
import { Random } from '../support/random'

const FULL = Boolean(process.env.LIDVAE_TEST_FULL)
const COUNT = FULL ? 10_000 : 200
/** So many of the changed trainings are not only read, but made again. */
const RERUNS = FULL ? COUNT : 40

/** A finished run of a model of many parts, in a folder that is deleted. */
async function inRun(use: (run: string, folder: string) => Promise<void> | void): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-strangers-'))
  const run = path.join(folder, 'run')
  try {
    const model = lidmvae({
      likelihood: gaussian(2, { sigma: 'learned' }),
      latent: 2,
      hidden: 4,
      components: 3,
      injective: { hiddenLatent: 4, layers: 1 },
      prior: anchoredMeans({ gamma: 'shared' }),
      seed: 1,
    })
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

  it('that is a pipe is refused, not waited for', { skip: process.platform === 'win32' }, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-pipes-'))
    for (const name of ['model.json', 'run.json', 'weights.safetensors'])
      assert.equal(spawnSync('mkfifo', [path.join(folder, name)]).status, 0)
    assert.throws(() => load(folder), /model\.json is a pipe, a device or a socket, not a file/)
    await assert.rejects(rerun(folder), /run\.json is a pipe, a device or a socket, not a file/)
    rmSync(folder, { recursive: true })
  })
})
