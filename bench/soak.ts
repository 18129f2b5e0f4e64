/**
 * `npm run bench:soak`: an hour of training as a person does it: checkpoints, stops and goings-on from the
 * folder, evaluation, charts, models saved and loaded. Memory and tensors are sampled between steps every few
 * seconds.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { Command } from 'commander'
import * as lid from '../src'
import { writeWhole } from '../src/platform/files'
import { fromStart } from '../src/platform/places'
import { ownVersions, thisMachine } from './machine'
import { judge, type Sample } from './soakReport'

interface Options {
  minutes: string
  session: string
  engine?: lid.EngineName
  json?: string
}

const MB = 2 ** 20
/** Seconds between two samples, and between two checkpoints. */
const EVERY = 5
const CHECKPOINT = 10
const WARM_UP = 5

const say = (line: string): void => console.log(line)

async function main(): Promise<void> {
  const options = new Command('npm run bench:soak --')
    .description('an hour of training with evaluation, charts and checkpoints: tensors and memory sampled')
    .option('--minutes <count>', 'how long', '60')
    .option('--session <seconds>', 'training between two stops', '120')
    .option('--engine <name>', 'native or wasm; the best there is without')
    .option('--json <file>', 'write the samples there', fromStart)
    .allowExcessArguments(false)
    .parse()
    .opts<Options>()
  const minutes = positive('--minutes', options.minutes)
  const session = positive('--session', options.session)
  const warmUp = Math.min(WARM_UP, minutes / 4)
  const { engine, version, threads } = await lid.ready({ engine: options.engine })
  const scratch = mkdtempSync(path.join(tmpdir(), 'lidvae-soak-'))
  try {
    const soak = new Soak(scratch, minutes, session)
    await soak.run()
    const found = judge(soak.samples, warmUp, warmUp)
    const { first, last, peak } = found.residentMb
    const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
    say(`${soak.sessions} sessions, ${soak.samples.at(-1)!.step} steps`)
    say(`tensors between steps: ${found.tensors.join(', ')}; pieces of data: ${found.pieces.join(', ')}`)
    say(
      `resident memory ${first.toFixed(0)} MB after ${warmUp} minutes, ${last.toFixed(0)} MB at the end, ${peak.toFixed(0)} MB at most: ` +
        `${percent(found.growth)} more, drift ${percent(found.drift)}`,
    )
    const { matmulGflops: _, ...machine } = thisMachine()
    machine.load.push(loadavg()[0])
    const report = {
      machine,
      versions: ownVersions(),
      engine: { engine, version, threads },
      minutes,
      warmUp,
      sessions: soak.sessions,
      ...found,
      samples: soak.samples,
    }
    if (options.json) say(`written: ${writeWhole(options.json, `${JSON.stringify(report, null, 1)}\n`)}`)
    if (!found.passed) process.exitCode = 1
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** One training, stopped and gone on with until the time is up. */
class Soak {
  readonly samples: Sample[] = []
  sessions = 0
  private readonly began = performance.now()
  private sampled = 0

  constructor(
    private readonly scratch: string,
    private readonly forMinutes: number,
    private readonly session: number,
  ) {}

  private get minutes(): number {
    return (performance.now() - this.began) / 60_000
  }

  async run(): Promise<void> {
    const { train, test } = await lid.data.fashionMnist({ train: 20_000, test: 1000 })
    while (this.minutes < this.forMinutes) {
      await this.once(train, test)
      this.sessions++
      const last = this.samples.at(-1)
      if (!last) continue
      const { residentMb, tensors, step } = last
      say(`${this.minutes.toFixed(1)} min  step ${step}  ${tensors} tensors  ${residentMb.toFixed(0)} MB`)
    }
  }

  /** Goes on from the folder for a while, stops, looks at the model in every way, and lets it go. */
  private async once(train: lid.DataSet, test: lid.DataSet): Promise<void> {
    const model = lid.lidmvae({
      likelihood: lid.bernoulli(784),
      latent: 16,
      components: 10,
      hidden: 128,
      seed: 1,
    })
    const began = performance.now()
    const stop = new AbortController()
    let evaluated = false
    const history = await lid.fit(model, train, {
      // More than there is time for.
      epochs: 100_000,
      validation: test,
      run: path.join(this.scratch, 'run'),
      checkpointEvery: CHECKPOINT,
      verbose: false,
      signal: stop.signal,
      onEpoch: () => void (evaluated = true),
      onStep: (step) => {
        // The first validation of a session makes tensors that stay until its end.
        if (evaluated) this.sample(step)
        if (performance.now() - began > this.session * 1000 || this.minutes > this.forMinutes) stop.abort()
      },
    })
    const diagnosis = await lid.diagnose(model, test, { size: 500, samples: 20 })
    const charts = { training: lid.plots.training(history), collapse: lid.plots.collapse(diagnosis) }
    for (const [name, chart] of Object.entries(charts))
      for (const ending of ['svg', 'png', 'html'])
        lid.save(chart, path.join(this.scratch, `${name}.${ending}`))
    const again = lid.load(lid.save(model, path.join(this.scratch, 'model')))
    const { mean } = await lid.sample(again, { count: 16, seed: 1 })
    lid.save(lid.plots.samples({ images: mean, shape: [28, 28] }), path.join(this.scratch, 'samples.png'))
    again.dispose()
    model.dispose()
  }

  private sample(step: number): void {
    const now = performance.now()
    if (now - this.sampled < EVERY * 1000) return
    this.sampled = now
    const { rss, heapUsed } = process.memoryUsage()
    this.samples.push({
      minutes: this.minutes,
      step,
      residentMb: rss / MB,
      heapMb: heapUsed / MB,
      tensors: tf.memory().numTensors,
      pieces: tf.backend().numDataIds(),
    })
  }
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new Error(`${name}: got '${text}', expected a number above 0.`)
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
