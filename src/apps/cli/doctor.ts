import path from 'node:path'
import pc from 'picocolors'
import { type DataRow, listData } from '../../data/catalog'
import { type FoundNative, type NoNative, findNative } from '../../compute/native/native'
import { threadsInForce } from '../../compute/native/threads'
import { askedEngine } from '../../platform/environment'
import { cacheFolder } from '../../platform/places'
import { Obstacle } from '../../platform/runTool'
import { findCompiler, findPip, findPython } from '../../setup/tools'
import { type JupyterState, type KernelState, jupyterState, kernelState } from '../../setup/jupyter'

/** Something that is missing or unusual, and what to do about it. */
export interface Problem {
  what: string
  remedy: string
}

/** What `lidvae doctor --json` prints. */
export interface Diagnosis {
  node: { version: string; platform: string; tested: boolean; note?: string }
  engine: {
    /** The engine that would run. */
    name: string
    why: string
    /** TensorFlow's version for native, TensorFlow.js's otherwise. */
    version: string
    native: FoundNative | NoNative
    threads: { intra: string; inter: string }
    cache: string
  }
  kernel: KernelState
  jupyter: JupyterState
  data: DataRow[]
  problems: Problem[]
}

/** The page on what can keep it from starting, part of every copy of the project. */
export const helpPage = path.join('docs', 'if-it-does-not-start.md')

/** Checks everything, changes nothing. */
export async function diagnoseMachine(): Promise<Diagnosis> {
  const problems: Problem[] = []
  const node = nodeState(problems)
  const engine = engineState(problems)
  const jupyter = jupyterState()
  const kernel = kernelState(jupyter.folder)
  if (!jupyter.ready) problems.push({ what: `Jupyter: ${jupyter.why}`, remedy: 'Run: npx lidvae setup' })
  if (!kernel.installed)
    problems.push({
      what: `kernel: ${kernel.why}`,
      remedy: kernel.tslab ? 'Run: npx lidvae setup' : 'Run: npm install tslab@1.0.22 --ignore-scripts',
    })
  await missingTools(problems, engine.native.found, jupyter.ready)
  const data = await dataState(problems)
  return { node, engine, kernel, jupyter, data, problems }
}

async function dataState(problems: Problem[]): Promise<DataRow[]> {
  try {
    const rows = await listData()
    for (const { name, found, note, remedy, optional } of rows)
      if (!found && !optional)
        problems.push({
          what: `data: ${name}: ${note}`,
          remedy: remedy ?? `Run: npx lidvae data fetch ${name}`,
        })
    return rows
  } catch (error) {
    // An unreadable folder is a finding, not a failure of the doctor.
    problems.push({
      what: `data: ${(error as Error).message}`,
      remedy: 'Set LIDVAE_DATA to a folder you may read',
    })
    return []
  }
}

function nodeState(problems: Problem[]): Diagnosis['node'] {
  const { version, platform, arch } = process
  const major = Number(version.slice(1).split('.')[0])
  if (major < 20) problems.push({ what: `Node ${version} is too old`, remedy: 'Install Node 20 or newer' })
  const tested = platform === 'linux' && arch === 'x64'
  const note = tested ? undefined : `untested: lidvae was never run on ${platform} ${arch}`
  if (note !== undefined)
    problems.push({
      what: `system: ${note}`,
      remedy: 'Should something fail, LIDVAE_ENGINE=wasm is the safe choice',
    })
  return { version, platform: `${platform} ${arch}`, tested, ...(note && { note }) }
}

function engineState(problems: Problem[]): Diagnosis['engine'] {
  const native = findNative()
  const asked = askedEngine()
  const { intra, inter } = threadsInForce()
  const common = { native, threads: { intra, inter }, cache: cacheFolder() }
  const known = !asked || ['native', 'wasm', 'cpu'].includes(asked)
  if (!known)
    problems.push({
      what: `LIDVAE_ENGINE is '${asked}'`,
      remedy: 'Set it to native, wasm or cpu, or unset it',
    })
  if (!native.found) problems.push({ what: `engine: ${native.why}`, remedy: native.remedy })
  const because = asked && known ? `LIDVAE_ENGINE is ${asked}` : undefined
  if (native.found && (because === undefined || asked === 'native'))
    return { name: 'native', why: because ?? 'the fastest one found', version: native.tensorflow, ...common }
  if (asked === 'native')
    return {
      name: 'none',
      why: `LIDVAE_ENGINE is native, but ${native.found ? '' : native.why}`,
      version: '-',
      ...common,
    }
  const name = asked === 'cpu' ? 'cpu' : 'wasm'
  return { name, why: because ?? (native.found ? '' : native.why), version: tfjsVersion(), ...common }
}

function tfjsVersion(): string {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- only its version is wanted, not 20 MB of it
    return (require('@tensorflow/tfjs/package.json') as { version: string }).version
  } catch {
    return 'not installed'
  }
}

/** What would stop setup; checked only if setup still has something to do. */
async function missingTools(problems: Problem[], native: boolean, jupyter: boolean): Promise<void> {
  const needed = [
    ...(jupyter ? [] : [() => findPython([3, 10])]),
    ...(native ? [] : [() => findPip(), () => findCompiler()]),
  ]
  for (const look of needed) {
    const [problem] = await Promise.allSettled([look()])
    if (problem.status === 'rejected' && problem.reason instanceof Obstacle) {
      const { why, remedy } = problem.reason
      if (!problems.some(({ what }) => what.endsWith(why))) problems.push({ what: `setup: ${why}`, remedy })
    }
  }
}

/** `lidvae doctor`: prints what was found; never fails. */
export async function doctor(json: boolean): Promise<number> {
  const found = await diagnoseMachine()
  console.log(json ? JSON.stringify(found, null, 2) : inWords(found))
  return 0
}

/** Where a data set is; one that must be put there by hand may be nowhere. */
const describePlace = ({ name, found, byHand, source, folder }: DataRow): string =>
  !found && byHand
    ? `${name}: not on this machine (how to put it there by hand: npx lidvae data list)`
    : `${name}: ${source} (${folder})`

function inWords({ node, engine, kernel, jupyter, data, problems }: Diagnosis): string {
  const row = (name: string, good: boolean, text: string) =>
    `${good ? pc.green('✓') : pc.yellow('!')} ${pc.bold(name.padEnd(8))} ${text}`
  const { intra, inter } = engine.threads
  const lines = [
    row(
      'node',
      problems.every(({ what }) => !what.startsWith('Node')),
      `${node.version}, ${node.note ?? node.platform}`,
    ),
    row(
      'engine',
      engine.name === 'native',
      `${engine.name} ${engine.version} (${engine.why}); threads ${intra}/${inter}`,
    ),
    row(
      'jupyter',
      jupyter.ready,
      jupyter.ready ? `JupyterLab ${jupyter.versions.jupyterlab}: ${jupyter.folder}` : jupyter.why!,
    ),
    row('kernel', kernel.installed, `tslab ${kernel.tslab ?? '-'}${kernel.why ? `: ${kernel.why}` : ''}`),
    ...data.map((each) => row('data', each.found, describePlace(each))),
  ]
  if (problems.length === 0) return [...lines, '', 'Nothing is missing.'].join('\n')
  const said = problems.map(({ what, remedy }) => `${pc.yellow('!')} ${what}. ${remedy}`)
  return [...lines, '', ...said, '', `More on each: ${helpPage}`].join('\n')
}
