/**
 * `npm run bench:convolution`: a training step of a convolutional VAE on colour pictures beside PyTorch's.
 * Both take turns, one thread each.
 */
import { spawn } from 'node:child_process'
import { loadavg } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { Command } from 'commander'
import * as lid from '../src'
import { writeWhole } from '../src/platform/files'
import { fromStart } from '../src/platform/places'
import { ownVersions, thisMachine } from './machine'
import { median } from './measure'
import { preparePytorch } from './pytorch'

const BATCH = 100

/** The same model in PyTorch. */
async function peer(python: string) {
  const child = spawn(python, [path.join(__dirname, 'pytorch', 'convolution.py'), '1'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async (): Promise<string> => {
    const next = (await lines.next()) as IteratorResult<string, undefined>
    if (next.done) throw new Error('PyTorch ended before it answered')
    return next.value
  }
  await line()
  return {
    timed: async (side: number, steps: number): Promise<number> => {
      child.stdin.write(`${side} ${steps}\n`)
      return Number(await line())
    },
    end: () => child.stdin.end(),
  }
}

function ours(side: number) {
  const shape = [side, side, 3]
  const dim = side * side * 3
  const x = Float32Array.from({ length: BATCH * dim }, (_, i) => (i * 0.618) % 1)
  const train = new lid.DataSet({ name: 'noise', x, shape, values: 'intensity', source: 'a benchmark' })
  const model = lid.vae({
    likelihood: lid.gaussian(dim, { sigma: 0.1 }),
    latent: 16,
    encoder: lid.parts.convolutionalEncoder({ shape }),
    decoder: lid.parts.convolutionalDecoder({ shape }),
    seed: 1,
  })
  return async (steps: number): Promise<number> =>
    (await lid.fit(model, train, { epochs: steps, batchSize: BATCH, verbose: false })).stepMs
}

interface Options {
  rounds: string
  engine: 'native' | 'wasm'
  steps: string
  json?: string
}

async function main({ rounds, engine, steps, json }: Options): Promise<void> {
  process.env.TF_NUM_INTRAOP_THREADS = '1'
  process.env.TF_NUM_INTEROP_THREADS = '1'
  await lid.ready({ engine, quiet: true })
  const pytorch = await peer(await preparePytorch(console.log))
  const found: Record<string, { ours: number[]; pytorch: number[]; ratio: number }> = {}
  const load = loadavg()[0]
  for (const side of [32, 64]) {
    const step = ours(side)
    const times = { ours: [] as number[], pytorch: [] as number[] }
    await step(2)
    await pytorch.timed(side, 2)
    for (let round = 0; round < Number(rounds); round++) {
      times.ours.push(await step(Number(steps)))
      times.pytorch.push(await pytorch.timed(side, Number(steps)))
    }
    const ratio = median(times.ours) / median(times.pytorch)
    found[`${side} × ${side}`] = { ...times, ratio }
    console.log(
      `${side} × ${side}: ${median(times.ours).toFixed(1)} ms, PyTorch ${median(times.pytorch).toFixed(1)} ms, ratio ${ratio.toFixed(2)}`,
    )
  }
  pytorch.end()
  if (!json) return
  const record = { engine, rounds: Number(rounds), steps: Number(steps), load, found }
  const whole = { ...record, machine: thisMachine(), versions: ownVersions() }
  writeWhole(fromStart(json), JSON.stringify(whole, undefined, 2) + '\n')
}

void new Command()
  .option('--rounds <n>', 'how often both take a turn', '5')
  .option('--steps <n>', 'steps of a turn', '5')
  .option('--engine <name>', 'native or wasm', 'native')
  .option('--json <file>', 'where the record is written')
  .action(main)
  .parseAsync()
