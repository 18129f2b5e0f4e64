/**
 * `npm run bench:loading`: lidvae's loaders side by side with NumPy and SciPy on the same files. Every load
 * is in a process of its own, since that is how people load data: once. Times leave the start of the process
 * and its imports out; ours verify every file's MD5 besides.
 */
import { existsSync } from 'node:fs'
import { loadavg } from 'node:os'
import path from 'node:path'
import { Command } from 'commander'
import { dataFolder, fromStart } from '../../src/platform/places'
import { writeWhole } from '../../src/platform/files'
import { runTool } from '../../src/platform/runTool'
import { failureLine } from '../../src/setup/tools'
import { ownVersions, thisMachine } from '../machine'
import { median, quantile } from '../measure'
import { agree, setNames, type Load, type SetName } from './load'
import { prepareNumpy } from './numpy'
import { tableOf, type LoadRow } from './table'

const say = (line: string): void => console.log(line)

interface Options {
  rounds: string
  json?: string
  python?: string
}

async function main(): Promise<void> {
  const options = new Command('npm run bench:loading --')
    .description(
      'lidvae’s loaders side by side with NumPy and SciPy on the same files, which LIDVAE_DATA has',
    )
    .option('--rounds <count>', 'loads of each side, in turn', '9')
    .option('--json <file>', 'write the results there', fromStart)
    .option(
      '--python <file>',
      'a Python that has NumPy and SciPy, instead of one prepared in the cache',
      fromStart,
    )
    .allowExcessArguments(false)
    .parse()
    .opts<Options>()
  const data = dataFolder()
  if (data === undefined)
    throw new Error('LIDVAE_DATA is not set. Set it to the folder that has the data sets.')
  const rounds = Number(options.rounds)
  if (!(Number.isInteger(rounds) && rounds >= 1))
    throw new Error(`--rounds: got '${options.rounds}', expected a whole number ≥ 1.`)
  const python = options.python ?? (await prepareNumpy(say))
  const { matmulGflops: _, ...machine } = thisMachine()
  const rows: LoadRow[] = []
  let versions = ownVersions()
  for (const name of setNames) {
    const folder = path.join(data, name)
    if (!existsSync(folder)) {
      say(`${name}: not in LIDVAE_DATA, left out`)
      continue
    }
    const [ours, peer] = await loads(name, folder, rounds, python)
    versions = { ...versions, ...peer[0].versions }
    rows.push(rowOf(name, ours, peer))
    say(`${name}: done`)
  }
  machine.load.push(loadavg()[0])
  say(tableOf(rows))
  say(`load ${machine.load.map((load) => load.toFixed(1)).join(' before, ')} after`)
  if (options.json) {
    const { tfjs: _tfjs, 'tfjs-node': _node, ...used } = versions
    say(
      `written: ${writeWhole(options.json, `${JSON.stringify({ machine, versions: used, rounds, results: rows }, null, 2)}\n`)}`,
    )
  }
}

/** Loads in turn, ours first and the peer first by turns; a first load of each only fills the system's file cache. */
async function loads(
  name: SetName,
  folder: string,
  rounds: number,
  python: string,
): Promise<[Load[], Load[]]> {
  const here = (file: string) => path.join(__dirname, file)
  const sides = [
    () => run(process.execPath, ['--import', 'tsx', here('ours.ts'), name]),
    () => run(python, [here('peer.py'), name, folder]),
  ]
  const found: [Load[], Load[]] = [[], []]
  for (let round = 0; round <= rounds; round++)
    for (const side of round % 2 ? [1, 0] : [0, 1]) {
      const load = await sides[side]()
      if (round > 0) found[side].push(load)
    }
  const [[ours], [peer]] = found
  if (ours.source !== 'LIDVAE_DATA')
    throw new Error(`${name} in LIDVAE_DATA is not whole: see npx lidvae data list`)
  if (!agree(ours, peer))
    throw new Error(
      `${name}: the two sides read different things: ${JSON.stringify(ours)}, ${JSON.stringify(peer)}`,
    )
  return found
}

async function run(command: string, args: string[]): Promise<Load> {
  const result = await runTool(command, args, { seconds: 120 })
  if (result.code !== 0) throw new Error(`${path.basename(args.at(-1) ?? command)}: ${failureLine(result)}`)
  return JSON.parse(result.stdout) as Load
}

function rowOf(name: SetName, ours: readonly Load[], peer: readonly Load[]): LoadRow {
  const ms = (list: readonly Load[]) => list.map((load) => load.ms)
  const [oursMs, peerMs] = [median(ms(ours)), median(ms(peer))]
  const decodedBytes = ours[0].decodedBytes ?? 0
  const peak = (list: readonly Load[]) => Math.max(...list.map(({ peakBytes }) => peakBytes))
  return {
    data: name,
    oursMs,
    oursQuartiles: [quantile(ms(ours), 0.25), quantile(ms(ours), 0.75)],
    peerMs,
    peerQuartiles: [quantile(ms(peer), 0.25), quantile(ms(peer), 0.75)],
    peerBareMs: median(peer.map(({ bareMs }) => bareMs ?? NaN)),
    ratio: oursMs / peerMs,
    decodedBytes,
    oursPeakBytes: peak(ours),
    peerPeakBytes: peak(peer),
    peakOverDecoded: peak(ours) / decodedBytes,
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
