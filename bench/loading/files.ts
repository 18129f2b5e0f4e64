/**
 * `npm run bench:files -- --python FILE`: `lid.data.from` side by side with NumPy and pandas on the same files, each load in a process of its own. Times leave the
 * start of the process out; both sides read float32 and labels.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { Command } from 'commander'
import { runTool } from '../../src/platform/runTool'
import { failureLine } from '../../src/setup/tools'
import { median } from '../measure'

interface Load {
  ms: number
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
  const { rounds, python } = new Command('npm run bench:files --')
    .option('--rounds <count>', 'loads of each side, in turn', '5')
    .option('--python <file>', 'a Python that has NumPy, pandas and PyArrow', 'python3')
    .allowExcessArguments(false)
    .parse()
    .opts<{ rounds: string; python: string }>()
  const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-files-'))
  try {
    await run(python, [here('files.py'), 'make', folder])
    console.log('file             ours ms  peer ms  ratio  ours MB  peer MB  ratio  decoded MB')
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
      console.log(rowOf(name, ours, peer))
    }
    console.log(`load ${loadavg()[0].toFixed(1)}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function rowOf(name: string, ours: readonly Load[], peer: readonly Load[]): string {
  const ms = (list: readonly Load[]) => median(list.map((load) => load.ms))
  const mb = (list: readonly Load[]) => Math.max(...list.map((load) => load.peakBytes)) / 1e6
  const cells = [ms(ours), ms(peer), ms(ours) / ms(peer), mb(ours), mb(peer), mb(ours) / mb(peer)]
  const digits = [0, 0, 2, 0, 0, 2]
  const widths = [8, 9, 7, 9, 9, 7]
  const text = cells.map((cell, i) => cell.toFixed(digits[i]).padStart(widths[i])).join('')
  return `${name.padEnd(16)}${text}${(ours[0].decodedBytes / 1e6).toFixed(0).padStart(12)}`
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
