/** `npm run bench`: lidvae side by side with PyTorch and with TensorFlow.js as it comes, on the same work. */
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import pc from 'picocolors'
import { findNative } from '../src/compute/native/native'
import { compareEngine, compareWork, type Row, type Setting } from './compare'
import { endAll, startLidvae, startPytorch, type Engine } from './engine'
import { measureGrowth, measurePrice } from './growth'
import { ownVersions, thisMachine, type Machine } from './machine'
import { PACES } from './measure'
import { readOptions, UsageError, type Options } from './options'
import { canCompile, compiledFolder, preparePytorch } from './pytorch'
import { addShares, growthLines, priceLines, tableOf, writeReport, type Report } from './report'
import { specOf } from './spec'

const say = (line: string): void => console.log(line)
const head = (line: string): void => say(`\n${pc.bold(line)}`)

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') return
  const began = performance.now()
  const problems: string[] = []
  const problem = (line: string): void => {
    problems.push(line)
    say(pc.yellow(`  ${line}`))
  }
  const machine = thisMachine()
  say(`${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}`)
  if (machine.load[0] > 0.5)
    say(pc.yellow(`The machine is busy (load ${machine.load[0].toFixed(1)}): figures are only indicative.`))
  const setting = await prepare(options, machine, problem)
  const versions = { ...ownVersions(), ...(await engines(setting, machine)) }
  say(
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  )
  const peak = Math.max(...Object.values(machine.matmulGflops))
  say(
    `best 1024³ matrix product: ${Object.entries(machine.matmulGflops)
      .map(([name, rate]) => `${name} ${rate.toFixed(0)}`)
      .join(', ')} GFLOPS`,
  )

  const report: Report = {
    machine,
    versions,
    results: [],
    sameInference: [],
    price: [],
    growth: [],
    full: !options.quick,
    problems,
    seconds: 0,
  }
  for (const work of options.work)
    for (const size of options.size) {
      if (work === 'epoch' && size === 'authors' && options.size.length > 1) continue
      head(`${work}, ${size === 'authors' ? "authors' size" : "recipe's size"}`)
      const rows = await compareWork(work, size, setting)
      addShares(rows, peak)
      report.results.push(...rows)
      for (const row of rows) say(`  ${brief(row)}`)
    }
  if (options.work.includes('lidmvae-step') && setting.native && setting.pytorch && !options.quick)
    report.sameInference = await sameInference(setting, peak)
  if (options.work.includes('lidvae-step')) {
    head('lidvae step beside vae step, equal hidden width and layers')
    report.price = await attempt(() => measurePrice(setting), [], problem)
    for (const line of priceLines(report.price)) say(`  ${line}`)
    head('growth')
    report.growth = await attempt(() => measureGrowth(setting), [], problem)
  }
  machine.load.push(loadavg()[0])
  report.seconds = (performance.now() - began) / 1000
  show(report)
  if (options.json) {
    writeReport(options.json, report)
    say(`\nwritten: ${options.json}`)
  }
  if (problems.length > 0) process.exitCode = 1
}

const brief = (row: Row): string =>
  `${row.engine} ${row.oursMs.toFixed(2)} ms, ${row.peer}${row.peer === 'pytorch' ? ` (${row.formulation})` : ''} ${row.peerMs.toFixed(2)} ms: ` +
  `${row.ratio.toFixed(2)}   [${row.parameters} parameters, loss ${row.loss.ours.toFixed(3)} and ${row.loss.peer.toFixed(3)}]`

/** Peers and engines that can be had here. */
async function prepare(
  options: Options,
  machine: Machine,
  problem: (line: string) => void,
): Promise<Setting> {
  const { quick, peers } = options
  const native = findNative()
  if (!native.found) say(pc.yellow(`No native engine: ${native.why}. ${native.remedy}`))
  const pytorch = peers.includes('pytorch') ? await findPytorch(options) : undefined
  return {
    pace: PACES[quick ? 'quick' : 'full'],
    quick,
    peers: peers.filter((peer) => (peer !== 'pytorch' || pytorch) && (peer !== 'tfjs-node' || native.found)),
    pytorch,
    native: native.found,
    cores: machine.cores,
    say,
    problem,
  }
}

async function findPytorch({ python: named, quick }: Options): Promise<Setting['pytorch']> {
  try {
    const python = named ?? (await preparePytorch((line) => say(`PyTorch: ${line}`)))
    const compiles = !quick && (await canCompile(python))
    if (!quick && !compiles)
      say(
        pc.yellow(
          'torch.compile does not work here (it needs a C++ compiler and the headers of Python): PyTorch runs eagerly only.',
        ),
      )
    return { python, compiles, cache: compiledFolder() }
  } catch (error) {
    say(pc.yellow(`No PyTorch, so it is left out: ${(error as Error).message}`))
    return undefined
  }
}

/** Versions and best matrix products of every engine of the run. */
async function engines(
  { pytorch, native, cores }: Setting,
  machine: Machine,
): Promise<Record<string, string>> {
  const versions: Record<string, string> = {}
  const rate = async (name: string, engine: Engine, threads: number[] = [1]): Promise<void> => {
    try {
      Object.assign(versions, await engine.ask<'versions'>({ do: 'versions' }))
      const rates = []
      for (const count of threads)
        rates.push((await engine.ask<'matmul'>({ do: 'matmul', threads: count })).gflops)
      machine.matmulGflops[name] = Math.max(...rates)
    } finally {
      engine.end()
    }
  }
  if (native) await rate('native', startLidvae('native'))
  await rate('wasm', startLidvae('wasm'))
  if (pytorch) await rate('pytorch', startPytorch(pytorch.python, pytorch.cache), [1, cores])
  return versions
}

async function sameInference(setting: Setting, peak: number): Promise<Row[]> {
  head("lidmvae step with the authors' q(w|x) q(z|x,w) on both sides")
  const scratch = mkdtempSync(path.join(tmpdir(), 'lidvae-bench-'))
  try {
    const spec = { ...specOf('lidmvae-step', 'authors'), inference: 'K passes' as const }
    const only = { ...setting, peers: ['pytorch' as const] }
    const rows = await compareEngine('native', 'lidmvae-step', 'authors', spec, scratch, only)
    addShares(rows, peak)
    for (const row of rows) say(`  ${brief(row)}`)
    return rows
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function attempt<T>(task: () => Promise<T>, otherwise: T, problem: (line: string) => void): Promise<T> {
  try {
    return await task()
  } catch (error) {
    problem((error as Error).message)
    return otherwise
  }
}

function show({ results, sameInference: same, price, growth, machine, seconds }: Report): void {
  head('Times in ms, medians; ratio = ours / peer, memory likewise (peak of the whole process)')
  say(tableOf(results))
  if (same.length > 0) {
    head("lidmvae with the authors' inference on both sides: K decoder passes, all in one product for us")
    say(tableOf(same))
  }
  if (price.length > 0) {
    head('A lidvae step in vae steps')
    for (const line of priceLines(price)) say(line)
  }
  if (growth.length > 0) {
    head('How a step grows')
    for (const line of growthLines(growth)) say(line)
  }
  say(
    `\nload ${machine.load.map((load) => load.toFixed(1)).join(' before, ')} after; ${(seconds / 60).toFixed(1)} minutes`,
  )
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    endAll()
    process.exit(130)
  })

main()
  .catch((error: unknown) => {
    console.error(error instanceof UsageError || error instanceof Error ? error.message : error)
    process.exitCode = 1
  })
  .finally(endAll)
