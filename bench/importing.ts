/**
 * `npm run bench:import`: the first cell of a notebook, `import * as lid from 'lidvae'`, side by side with
 * that of TensorFlow.js alone, each in fresh kernels, in turn. What a person waits for is the compiler
 * reading types as well as Node loading code.
 */
import { spawnSync } from 'node:child_process'
import { loadavg } from 'node:os'
import path from 'node:path'
import { Command } from 'commander'
import { writeWhole } from '../src/platform/files'
import { fromStart, packageRoot } from '../src/platform/places'
import { jupyterEnvironment, jupyterState, kernelState } from '../src/setup/jupyter'
import { kernelEnvironment } from '../src/runner/run'
import { ownVersions, thisMachine } from './machine'
import { median, quantile } from './measure'

const CELLS = {
  lidvae: `import * as lid from 'lidvae'`,
  tfjs: `import * as tf from '@tensorflow/tfjs'`,
}

/** Seconds that a first cell takes. */
function secondsOf(code: string): number {
  const { status, stdout, stderr } = spawnSync(
    jupyterState().python,
    [path.join(__dirname, 'first_cell.py'), path.join(packageRoot(), 'notebooks')],
    { input: code, encoding: 'utf8', env: { ...jupyterEnvironment(), ...kernelEnvironment() } },
  )
  if (status !== 0) throw new Error(stderr.trim().split('\n').at(-1))
  return (JSON.parse(stdout) as { seconds: number }).seconds
}

function main(): void {
  const { rounds: wanted, json } = new Command('npm run bench:import --')
    .description('the first cell of a notebook side by side with that of TensorFlow.js alone')
    .option('--rounds <count>', 'fresh kernels of each side, in turn', '9')
    .option('--json <file>', 'write the results there', fromStart)
    .allowExcessArguments(false)
    .parse()
    .opts<{ rounds: string; json?: string }>()
  const rounds = Number(wanted)
  if (!(Number.isInteger(rounds) && rounds >= 1))
    throw new Error(`--rounds: got '${wanted}', expected a whole number ≥ 1.`)
  const why = jupyterState().why ?? kernelState().why
  if (why !== undefined) throw new Error(`${why}. Run npx lidvae setup first.`)

  const { matmulGflops: _, ...machine } = thisMachine()
  const seconds: Record<keyof typeof CELLS, number[]> = { lidvae: [], tfjs: [] }
  // A first kernel of each only fills the system's file cache.
  for (let round = 0; round <= rounds; round++)
    for (const side of ['lidvae', 'tfjs'] as const) {
      const found = secondsOf(CELLS[side])
      if (round > 0) seconds[side].push(found)
    }
  machine.load.push(loadavg()[0])
  const results = (['lidvae', 'tfjs'] as const).map((side) => ({
    cell: CELLS[side],
    seconds: median(seconds[side]),
    quartiles: [quantile(seconds[side], 0.25), quantile(seconds[side], 0.75)],
  }))
  for (const one of results)
    console.log(
      `${one.cell}  ${one.seconds.toFixed(2)} s (${one.quartiles.map((s) => s.toFixed(2)).join(' to ')})`,
    )
  const ratio = results[0].seconds / results[1].seconds
  console.log(`ratio ${ratio.toFixed(2)}`)
  if (json)
    console.log(
      `written: ${writeWhole(json, `${JSON.stringify({ machine, versions: ownVersions(), rounds, results, ratio }, null, 2)}\n`)}`,
    )
}

try {
  main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
