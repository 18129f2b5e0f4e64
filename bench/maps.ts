/**
 * `npm run bench:maps`: the time of a training step by injective map. In the plane a plain mixture, the
 * default with twist layers, and the map as in the paper, each beside PyTorch; on images the paper's map and
 * twist layers on the side of z. All take turns.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { loadavg } from 'node:os'
import path from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { Command } from 'commander'
import * as lid from '../src'
import { pinwheelMethods, pinwheelPair } from '../src/apps/experiments/pinwheelPair'
import { writeWhole } from '../src/platform/files'
import { fromStart } from '../src/platform/places'
import { ownVersions, thisMachine } from './machine'
import { median } from './measure'
import { preparePytorch } from './pytorch'

const METHODS = ['plain', 'lid', 'lid-as-in-the-paper'] as const

/** Milliseconds a step of so many steps. */
type Timed = (steps: number) => Promise<number>

/** The models of the pair in PyTorch. */
class Peer {
  private readonly child: ChildProcess
  private readonly lines: AsyncIterableIterator<string>

  constructor(python: string) {
    // More threads than one make such small matrices slower.
    this.child = spawn(python, [path.join(__dirname, 'pytorch', 'plane.py'), '1'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const reader: Interface = createInterface({ input: this.child.stdout! })
    this.lines = reader[Symbol.asyncIterator]() as AsyncIterableIterator<string>
  }

  async line(): Promise<string> {
    const next = (await this.lines.next()) as IteratorResult<string, undefined>
    if (next.done) throw new Error('PyTorch ended before it answered')
    return next.value
  }

  timed(method: string): Timed {
    return async (steps) => {
      this.child.stdin!.write(`${method} ${steps}\n`)
      return Number(await this.line())
    }
  }

  end(): void {
    this.child.stdin!.end()
  }
}

const inThePlane = (method: (typeof METHODS)[number]): Timed => {
  const { train } = lid.data.pinwheel({ train: pinwheelPair.train })
  const model = pinwheelMethods[method](pinwheelPair.hidden, 1)
  return async (steps) => (await lid.fit(model, train, pinwheelPair.fit(steps, 1))).stepMs
}

/** The recipe's mixture on images: random ones, since their values do not change the time. */
function onImages(map: 'as in the paper' | 'twist'): Timed {
  const x = Float32Array.from({ length: 1000 * 784 }, (_, i) => Number((i * 2654435761) % 7 === 0))
  const images = new lid.DataSet({ name: 'images', x, shape: [784], values: 'binary', source: 'made here' })
  const options = { likelihood: lid.bernoulli(784), latent: 16, components: 10, seed: 1 }
  const model = lid.lidmvae({ ...options, injective: { map } })
  return async (steps) =>
    (await lid.fit(model, images, { epochs: Math.ceil(steps / 10), verbose: false })).stepMs
}

async function main(): Promise<void> {
  const { rounds, json, pytorch } = new Command('npm run bench:maps --')
    .description('the time of a training step by injective map')
    .option('--rounds <count>', 'turns of each', '5')
    .option('--no-pytorch', 'without PyTorch')
    .option('--json <file>', 'write the results there', fromStart)
    .allowExcessArguments(false)
    .parse()
    .opts<{ rounds: string; json?: string; pytorch: boolean }>()
  const { matmulGflops: _, ...machine } = thisMachine()
  await lid.ready()
  const peer = pytorch ? new Peer(await preparePytorch(console.log)) : undefined
  const torch = peer && (await peer.line())
  const all: { what: string; steps: number; timed: Timed; ms: number[] }[] = []
  for (const method of METHODS) {
    all.push({ what: `pinwheel, ${method}, lidvae`, steps: 600, timed: inThePlane(method), ms: [] })
    if (peer)
      all.push({ what: `pinwheel, ${method}, PyTorch`, steps: 600, timed: peer.timed(method), ms: [] })
  }
  for (const map of ['as in the paper', 'twist'] as const)
    all.push({ what: `images, ${map}, lidvae`, steps: 30, timed: onImages(map), ms: [] })
  for (let round = 0; round <= Number(rounds); round++)
    for (const one of all) {
      const ms = await one.timed(one.steps)
      // The first turn warms up.
      if (round > 0) one.ms.push(ms)
    }
  peer?.end()
  machine.load.push(loadavg()[0])
  const results = all.map(({ what, ms }) => ({ what, least: Math.min(...ms), median: median(ms) }))
  const ratioOf = (a: string, b: string): number => {
    const [first, second] = [a, b].map((what) => results.find((one) => one.what === what)!.least)
    return first / second
  }
  const ratios = {
    'pinwheel: lid over the paper’s': ratioOf(
      'pinwheel, lid, lidvae',
      'pinwheel, lid-as-in-the-paper, lidvae',
    ),
    'images: twist over the paper’s': ratioOf('images, twist, lidvae', 'images, as in the paper, lidvae'),
    ...(peer && {
      'pinwheel: lid over PyTorch’s': ratioOf('pinwheel, lid, lidvae', 'pinwheel, lid, PyTorch'),
    }),
  }
  for (const { what, least, median: middle } of results)
    console.log(`${what}  ${least.toFixed(2)} ms at least, ${middle.toFixed(2)} in the middle`)
  for (const [what, ratio] of Object.entries(ratios)) console.log(`${what}: ${ratio.toFixed(2)}`)
  if (!json) return
  const versions = { ...ownVersions(), ...(torch && { torch }) }
  console.log(
    `written: ${writeWhole(json, `${JSON.stringify({ machine, versions, rounds: Number(rounds), results, ratios }, null, 2)}\n`)}`,
  )
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
