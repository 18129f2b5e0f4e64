/**
 * `npm run bench:files -- --python FILE`: `lid.data.from` side by side with NumPy and pandas on the same
 * files, each load in a process of its own. Times leave the start of the process and the loading of libraries
 * out: both sides read a small file of the kind first. Both read float32 and labels. Processor time is that
 * of all threads.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { Command } from 'commander'
import { runTool } from '../../src/platform/runTool'
import { failureLine } from '../../src/setup/tools'
import { writeWhole } from '../../src/platform/files'
import { fromStart } from '../../src/platform/places'
import { ownVersions, thisMachine } from '../machine'
import { median } from '../measure'

interface Load {
  ms: number
  cpuMs: number
  peakBytes: number
  decodedBytes: number
  sum: number
  labels: number
}

const FILES = [
  'images.npz',
  'numbers.npz',
  'numbers.npy',
  'numbers.parquet',
  'numbers.feather',
  'numbers.csv',
]
// As the built library runs: no compiler in the process.
const compiled = ['--require', path.resolve(__dirname, '..', '..', 'scripts', 'testing', 'compiled.cjs')]
const here = (file: string) => path.join(__dirname, file)

async function main(): Promise<void> {
  const { rounds, python, json } = new Command('npm run bench:files --')
    .option('--rounds <count>', 'loads of each side, in turn', '5')
    .option('--python <file>', 'a Python that has NumPy, pandas and PyArrow', 'python3')
    .option('--json <file>', 'write the results there', fromStart)
    .allowExcessArguments(false)
    .parse()
    .opts<{ rounds: string; python: string; json?: string }>()
  const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-files-'))
  try {
    await run(python, [here('files.py'), 'make', folder])
    console.log(
      'file             ours ms  peer ms  ratio  ours cpu  peer cpu  ratio  ours MB  peer MB  ratio  decoded MB',
    )
    const results: object[] = []
    for (const name of FILES) {
      const file = path.join(folder, name)
      const [ours, peer]: [Load[], Load[]] = [[], []]
      for (let round = 0; round < Number(rounds); round++) {
        ours.push(JSON.parse(await run(process.execPath, [...compiled, here('filesOurs.ts'), file])) as Load)
        peer.push(JSON.parse(await run(python, [here('files.py'), file])) as Load)
      }
      const [a, b] = [ours[0], peer[0]]
      if (Math.abs(a.sum - b.sum) > 1e-6 * (1 + Math.abs(b.sum)) || a.labels !== b.labels)
        throw new Error(`${name}: the two sides read different things`)
      const figures = figuresOf(ours, peer)
      results.push({ file: name, decodedMb: a.decodedBytes / 1e6, ...figures })
      console.log(rowOf(name, figures, a.decodedBytes))
    }
    console.log(`load ${loadavg()[0].toFixed(1)}`)
    const { matmulGflops: _, ...machine } = thisMachine()
    if (json)
      console.log(
        `written: ${writeWhole(json, `${JSON.stringify({ machine, versions: ownVersions(), rounds: Number(rounds), results }, null, 2)}\n`)}`,
      )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Medians of times, in ms, and the largest memory, in MB, of both sides. */
function figuresOf(ours: readonly Load[], peer: readonly Load[]) {
  const of = (list: readonly Load[]) => ({
    ms: median(list.map(({ ms }) => ms)),
    cpuMs: median(list.map(({ cpuMs }) => cpuMs)),
    mb: Math.max(...list.map(({ peakBytes }) => peakBytes)) / 1e6,
  })
  return { ours: of(ours), peer: of(peer) }
}

function rowOf(name: string, { ours, peer }: ReturnType<typeof figuresOf>, decodedBytes: number): string {
  const cells = (['ms', 'cpuMs', 'mb'] as const).flatMap((key) => [
    ours[key].toFixed(0).padStart(9),
    peer[key].toFixed(0).padStart(10),
    (ours[key] / peer[key]).toFixed(2).padStart(7),
  ])
  return `${name.padEnd(15)}${cells.join('')}${(decodedBytes / 1e6).toFixed(0).padStart(12)}`
}

async function run(command: string, args: string[]): Promise<string> {
  const result = await runTool(command, args, { seconds: 300 })
  if (result.code !== 0) throw new Error(failureLine(result))
  return result.stdout
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
