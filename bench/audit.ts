/**
 * `npm run bench:audit`: time and memory of an audit of 1,000 data points with 64 units of z, from ONNX
 * files, beside the same estimators in PyTorch on the same weights, data and numbers of draws; then audits of
 * more data points, for the memory. Each audit runs in a process of its own, so that its peak is its own.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { Command } from 'commander'
import * as lid from '../src'
import { normals, uniforms } from '../src/compute/philox'
import { writeWhole } from '../src/platform/files'
import { fromStart } from '../src/platform/places'
import { encodeSafetensors } from '../src/storage/safetensors'
import { ownVersions, thisMachine } from './machine'
import { median } from './measure'
import { preparePytorch } from './pytorch'

/** What both measure. */
const FIGURES = ['logLikelihood', 'elbo', 'kl', 'mutualInformation', 'flatness'] as const

const [DIM, LATENT, SIZE] = [784, 64, 1000]

/** What one audit, or PyTorch, took. `ms` is of the clock, `cpuMs` of all its threads, both without start-up. */
interface Turn {
  ms: number
  cpuMs: number
  /** Peak resident memory of the process. */
  peakMb: number
  figures: Record<string, number>
}

interface AuditTurn extends Turn {
  samples: number
  priorSamples: number
  points: number
  blocks: number
}

/** Rows of a linear model with 20 factors, zeros and ones, so that the bench needs no files. */
function rowsOf(size: number, seed: number): lid.DataSet {
  const W = normals(7, 0, 20 * DIM)
  const z = normals(11 + seed, 0, size * 20)
  const u = uniforms(13 + seed, 0, size * DIM)
  const x = Float32Array.from({ length: size * DIM }, (_, at) => {
    const [row, d] = [Math.floor(at / DIM), at % DIM]
    let eta = -1
    for (let k = 0; k < 20; k++) eta += z[row * 20 + k] * W[k * DIM + d]
    return u[at] < 1 / (1 + Math.exp(-eta)) ? 1 : 0
  })
  return new lid.DataSet({ name: 'factors', x, shape: [DIM], values: 'binary', source: 'the benchmark' })
}

/** One audit, in this process. */
async function one(folder: string, size: number, witness: boolean): Promise<void> {
  const file = (name: string) => path.join(folder, name)
  const [began, cpu] = [performance.now(), process.cpuUsage()]
  const found = await lid.audit(
    {
      encoder: file('encoder.onnx'),
      decoder: file('decoder.onnx'),
      data: file(`x${size}.safetensors`),
      likelihood: 'bernoulli',
    },
    { size, witness },
  )
  const { user, system } = process.cpuUsage(cpu)
  const { samples, priorSamples, more } = found.evaluation
  const turn: AuditTurn = {
    ms: performance.now() - began,
    cpuMs: (user + system) / 1000,
    peakMb: process.resourceUsage().maxRSS / 1024,
    figures: Object.fromEntries(FIGURES.map((name) => [name, found.metrics[name]!.value])),
    samples,
    priorSamples,
    points: more?.points.length ?? 0,
    blocks: (more?.blocks.length ?? 1) - 1,
  }
  console.log(JSON.stringify(turn))
}

const child = (folder: string, size: number, witness = false): Promise<AuditTurn> =>
  new Promise((resolve, reject) => {
    const args = ['--import', 'tsx', __filename, '--one', folder, '--size', String(size)]
    const run = spawn(process.execPath, [...args, ...(witness ? ['--witness'] : [])], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    run.stdout.on('data', (part: Buffer) => (text += part.toString()))
    run.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(text.trim().split('\n').at(-1)!) as AuditTurn)
      else reject(new Error(`an audit of ${size} data points ended with ${code}`))
    })
  })

async function prepared(folder: string, sizes: readonly number[]): Promise<void> {
  await lid.ready()
  const model = lid.vae({ likelihood: lid.bernoulli(DIM), latent: LATENT, hidden: 256, seed: 1 })
  await lid.fit(model, rowsOf(2000, 1), { epochs: 5, verbose: false, seed: 1 })
  lid.save(model, folder)
  lid.exportOnnx(model, folder)
  model.dispose()
  for (const size of new Set([SIZE, ...sizes])) {
    const { x } = rowsOf(size, 2)
    const bytes = encodeSafetensors({ x: { shape: [size, DIM], values: Float32Array.from(x) } })
    writeFileSync(path.join(folder, `x${size}.safetensors`), bytes)
    if (size === SIZE) writeFileSync(path.join(folder, 'x.bin'), new Uint8Array(Float32Array.from(x).buffer))
  }
}

async function compare(options: { rounds: string; sizes: string; json?: string; python?: string }) {
  const sizes = options.sizes.split(',').map(Number)
  const { matmulGflops: _, ...machine } = thisMachine()
  const python = options.python ?? (await preparePytorch(console.log))
  const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-bench-'))
  const peer = spawn(
    python,
    [path.join(__dirname, 'pytorch', 'diagnose.py'), String(availableParallelism())],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]()
  try {
    await prepared(folder, sizes)
    const turns: { lidvae: AuditTurn[]; PyTorch: Turn[] } = { lidvae: [], PyTorch: [] }
    let torch = ''
    for (let round = 0; round < Number(options.rounds); round++) {
      const own = await child(folder, SIZE)
      const { samples, priorSamples, points, blocks } = own
      const plan = { size: SIZE, samples, priorSamples, chunk: 100, points, blocks }
      writeFileSync(path.join(folder, 'plan.json'), JSON.stringify(plan))
      peer.stdin.write(`${folder}\n`)
      const { value, done } = (await lines.next()) as IteratorResult<string, undefined>
      if (done) throw new Error('PyTorch ended before it answered')
      const { ms, cpuMs, peakMb, torch: version, ...figures } = JSON.parse(value) as Record<string, number>
      torch = String(version)
      turns.lidvae.push(own)
      turns.PyTorch.push({ ms, cpuMs, peakMb, figures })
    }
    const ratioOf = (key: 'ms' | 'cpuMs' | 'peakMb') =>
      median(turns.lidvae.map((own, i) => own[key] / turns.PyTorch[i][key]))
    const ratios = { ms: ratioOf('ms'), cpuMs: ratioOf('cpuMs'), peakMb: ratioOf('peakMb') }
    console.log(`audit beside PyTorch, ${SIZE} data points, ${LATENT} units: ${JSON.stringify(ratios)}`)
    const witness = await child(folder, SIZE, true)
    const growth = []
    for (const size of sizes) {
      const { ms, cpuMs, peakMb } = await child(folder, size)
      growth.push({ size, ms, cpuMs, peakMb })
      console.log(`${size} data points: ${(ms / 1000).toFixed(1)} s, peak ${peakMb.toFixed(0)} MB`)
    }
    machine.load.push(loadavg()[0])
    const versions = { ...ownVersions(), torch }
    const record = { machine, versions, dim: DIM, latent: LATENT, size: SIZE, ratios, turns, witness, growth }
    if (options.json)
      console.log(`written: ${writeWhole(options.json, `${JSON.stringify(record, null, 2)}\n`)}`)
  } finally {
    peer.stdin.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function main(): Promise<void> {
  const options = new Command('npm run bench:audit --')
    .description('time and memory of an audit beside the same estimators in PyTorch')
    .option('--rounds <count>', 'turns of each', '3')
    .option('--sizes <list>', 'data points of the audits whose memory is measured', '1000,10000')
    .option('--python <file>', 'a Python that has PyTorch', fromStart)
    .option('--json <file>', 'write the results there', fromStart)
    .option('--one <folder>', 'one audit, in this process')
    .option('--size <count>', 'its data points', '1000')
    .option('--witness', 'search for two codes with the same likelihood too')
    .allowExcessArguments(false)
    .parse()
    .opts<{
      rounds: string
      sizes: string
      python?: string
      json?: string
      one?: string
      size: string
      witness?: true
    }>()
  if (options.one === undefined) await compare(options)
  else await one(options.one, Number(options.size), options.witness === true)
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
