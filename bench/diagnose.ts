/**
 * `npm run bench:diagnose`: the time of `diagnose` on 1,000 Fashion-MNIST images beside the same estimators
 * in PyTorch, which are given the same weights, images and numbers of draws. Both take turns; the figures of
 * both stand beside each other.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { Command } from 'commander'
import * as lid from '../src'
import { writeWhole } from '../src/platform/files'
import { fromStart } from '../src/platform/places'
import { rowsAtOnce } from '../src/models/conditional'
import { ownVersions, thisMachine } from './machine'
import { median } from './measure'
import { preparePytorch } from './pytorch'

/** What both measure. */
const FIGURES = ['logLikelihood', 'elbo', 'kl', 'mutualInformation', 'flatness', 'activeUnits'] as const
type Figures = Record<(typeof FIGURES)[number], number>

const SIZE = 1000

/** A model that has learned something, on disk with what PyTorch needs to measure it. */
async function prepared(kind: 'vae' | 'lidvae', train: lid.DataSet, test: lid.DataSet, folder: string) {
  const model = lid[kind]({ likelihood: lid.bernoulli(784), latent: 16, hidden: 256, seed: 1 })
  await lid.fit(model, train, { epochs: 5, verbose: false, seed: 1 })
  lid.save(model, folder)
  const found = await lid.diagnose(model, test, { size: SIZE })
  const { samples, priorSamples, more } = found.evaluation
  const x = Float32Array.from(test.x)
  writeFileSync(path.join(folder, 'x.bin'), new Uint8Array(x.buffer))
  const rows = Math.max(samples, priorSamples)
  const plan = {
    size: test.size,
    samples,
    priorSamples,
    chunk: rowsAtOnce(model.conditional, [784], rows),
    points: more?.points.length ?? 0,
    // The first block is the draws that every data point has.
    blocks: (more?.blocks.length ?? 1) - 1,
  }
  writeFileSync(path.join(folder, 'plan.json'), JSON.stringify(plan))
  return { model, plan }
}

const figuresOf = (found: lid.Diagnosis): Figures => ({
  logLikelihood: found.logLikelihood.value,
  elbo: found.elbo.value,
  kl: found.z.kl.value,
  mutualInformation: found.z.mutualInformation.value,
  flatness: found.z.flatness.value,
  activeUnits: found.z.activeUnits.value,
})

async function main(): Promise<void> {
  const { rounds, json } = new Command('npm run bench:diagnose --')
    .description('the time of diagnose beside the same estimators in PyTorch')
    .option('--rounds <count>', 'turns of each', '5')
    .option('--json <file>', 'write the results there', fromStart)
    .allowExcessArguments(false)
    .parse()
    .opts<{ rounds: string; json?: string }>()
  const { matmulGflops: _, ...machine } = thisMachine()
  const { threads } = await lid.ready()
  const python = await preparePytorch(console.log)
  const { train, test: all } = await lid.data.fashionMnist({ train: 2000, test: SIZE })
  // PyTorch is given zeros and ones as they are.
  const test = all.binarized(1)
  const child = spawn(python, [path.join(__dirname, 'pytorch', 'diagnose.py'), threads?.intra ?? '1'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const peer = async (folder: string): Promise<Figures & { ms: number; torch: string }> => {
    child.stdin.write(`${folder}\n`)
    const { value, done } = (await lines.next()) as IteratorResult<string, undefined>
    if (done) throw new Error('PyTorch ended before it answered')
    return JSON.parse(value) as Figures & { ms: number; torch: string }
  }
  const results = []
  let torch = ''
  for (const kind of ['vae', 'lidvae'] as const) {
    const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-bench-'))
    try {
      const { model, plan } = await prepared(kind, train, test, folder)
      const ms: Record<'lidvae' | 'PyTorch', number[]> = { lidvae: [], PyTorch: [] }
      let found: Figures | undefined
      let other: Figures | undefined
      for (let round = 0; round <= Number(rounds); round++) {
        const began = performance.now()
        found = figuresOf(await lid.diagnose(model, test, { size: SIZE, seed: round }))
        const own = performance.now() - began
        const answer = await peer(folder)
        other = answer
        torch = answer.torch
        // The first turn warms up.
        if (round > 0) ms.lidvae.push(own)
        if (round > 0) ms.PyTorch.push(answer.ms)
      }
      const one = {
        model: kind,
        plan,
        ms: { lidvae: median(ms.lidvae), PyTorch: median(ms.PyTorch) },
        least: { lidvae: Math.min(...ms.lidvae), PyTorch: Math.min(...ms.PyTorch) },
        ratio: median(ms.lidvae.map((own, i) => own / ms.PyTorch[i])),
        figures: { lidvae: found!, PyTorch: Object.fromEntries(FIGURES.map((name) => [name, other![name]])) },
      }
      results.push(one)
      console.log(
        `${kind}: ${one.ms.lidvae.toFixed(0)} ms, PyTorch ${one.ms.PyTorch.toFixed(0)} ms, ratio ${one.ratio.toFixed(2)}`,
      )
      for (const name of FIGURES)
        console.log(`  ${name}: ${one.figures.lidvae[name].toFixed(3)}, PyTorch ${other![name].toFixed(3)}`)
      model.dispose()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  child.stdin.end()
  machine.load.push(loadavg()[0])
  if (!json) return
  const record = { machine, versions: { ...ownVersions(), torch }, threads, rounds: Number(rounds), results }
  console.log(`written: ${writeWhole(json, `${JSON.stringify(record, null, 2)}\n`)}`)
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
