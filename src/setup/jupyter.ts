import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import * as lockfile from 'proper-lockfile'
import { replaceFile } from '../platform/files'
import { cacheFolder, isClone, packageRoot } from '../platform/places'
import { Obstacle, runTool } from '../platform/runTool'
import { asObstacle, failureLine, findPython } from './tools'

/** What the project's Jupyter consists of. */
export const jupyterPackages: Record<string, string> = {
  jupyterlab: '4.6.6',
  nbclient: '0.11.0',
  nbconvert: '7.17.2',
}

const least: [number, number] = [3, 10]
const marker = 'lidvae.json'

/** Receives progress messages. */
export type OnLine = (line: string, minor?: boolean) => void

interface Marker {
  complete: boolean
  python?: string
  packages?: Record<string, string>
}

/** The project's Jupyter as it is now. */
export interface JupyterState {
  ready: boolean
  /** The folder of its virtual environment. */
  folder: string
  /** Its Python. */
  python: string
  versions: Record<string, string>
  /** What is missing, if it is not ready. */
  why?: string
}

/** The tslab kernel as Jupyter knows it. */
export interface KernelState {
  installed: boolean
  /** tslab's version; undefined where npm left that optional package out. */
  tslab?: string
  /** The kernel specification's file. */
  spec: string
  why?: string
}

/**
 * Folder of the project's Jupyter: `.venv` in a clone, otherwise in the cache. A foreign `.venv` is left
 * alone.
 */
export function jupyterFolder(): string {
  const own = path.join(packageRoot(), '.venv')
  const foreign = existsSync(own) && !existsSync(path.join(own, marker))
  return isClone() && !foreign ? own : path.join(cacheFolder(), 'jupyter')
}

/** The Python of a virtual environment. */
export function pythonIn(folder: string): string {
  return process.platform === 'win32'
    ? path.join(folder, 'Scripts', 'python.exe')
    : path.join(folder, 'bin', 'python')
}

/** Checks the project's Jupyter without running it. */
export function jupyterState(folder: string = jupyterFolder()): JupyterState {
  const python = pythonIn(folder)
  const state = { ready: false, folder, python, versions: {} }
  const found = readMarker(folder)
  if (found === undefined) return { ...state, why: 'it is not prepared yet' }
  if (!found.complete) return { ...state, why: 'its preparation was interrupted' }
  const versions = { python: found.python ?? '?', ...found.packages }
  if (JSON.stringify(found.packages) !== JSON.stringify(jupyterPackages))
    return { ...state, versions, why: 'it holds other versions than this lidvae needs' }
  if (!existsSync(python)) return { ...state, versions, why: `its Python is gone (${python})` }
  return { ...state, versions, ready: true }
}

function readMarker(folder: string): Marker | undefined {
  try {
    return JSON.parse(readFileSync(path.join(folder, marker), 'utf8')) as Marker
  } catch {
    return undefined
  }
}

/**
 * Prepares the project's Jupyter once: a virtual environment with pinned versions. Safe to repeat; an
 * interrupted preparation starts over, because an environment contains its own path and cannot be moved.
 *
 * @param onLine receives progress; `minor` marks lines for terminals only
 * @param folder the target; the project's own by default
 * @throws Obstacle if Python or the network is missing
 */
export async function prepareJupyter(
  onLine: OnLine = () => undefined,
  folder: string = jupyterFolder(),
): Promise<JupyterState> {
  if (jupyterState(folder).ready) return jupyterState(folder)
  try {
    const { command } = await findPython(least)
    mkdirSync(folder, { recursive: true })
    if (readMarker(folder) === undefined) replaceFile(path.join(folder, marker), '{ "complete": false }\n')
    const options = { stale: 20_000, update: 4_000, lockfilePath: path.join(folder, '.lock') }
    const release = await lockfile.lock(folder, { ...options, retries: { forever: true, maxTimeout: 1_000 } })
    try {
      // Another process may have finished while this one waited.
      if (!jupyterState(folder).ready) await build(folder, command, onLine)
    } finally {
      await release().catch(() => undefined)
    }
  } catch (error) {
    throw asObstacle(error, folder)
  }
  return jupyterState(folder)
}

async function build(folder: string, command: string, onLine: OnLine): Promise<void> {
  replaceFile(path.join(folder, marker), '{ "complete": false }\n')
  for (const name of readdirSync(folder))
    if (name !== marker && name !== '.lock') rmSync(path.join(folder, name), { recursive: true, force: true })
  onLine('making a Python environment')
  const made = await runTool(command, ['-m', 'venv', folder])
  if (made.code !== 0) throw venvObstacle(command, failureLine(made), `${made.stdout}${made.stderr}`)
  const wanted = Object.entries(jupyterPackages).map(([name, version]) => `${name}==${version}`)
  const python = pythonIn(folder)
  onLine(`installing ${wanted.join(', ')}`)
  const args = [
    '-m',
    'pip',
    'install',
    '--disable-pip-version-check',
    '--no-input',
    '--progress-bar',
    'off',
    ...wanted,
  ]
  const installed = await runTool(python, args, { onLine: (line) => reportPackage(line, onLine) })
  if (installed.code !== 0)
    throw new Obstacle(
      `pip could not install ${wanted.join(', ')}: ${failureLine(installed)}`,
      'Check the network, or set PIP_INDEX_URL to an index you can reach, then run `npx lidvae setup` again',
    )
  const version = await runTool(python, [
    '-c',
    'import platform, nbclient, nbconvert; print(platform.python_version())',
  ])
  if (version.code !== 0)
    throw new Obstacle(`the new Jupyter does not run: ${failureLine(version)}`, 'Report this line')
  const done: Marker = { complete: true, python: version.stdout.trim(), packages: jupyterPackages }
  replaceFile(path.join(folder, marker), `${JSON.stringify(done, null, 2)}\n`)
}

function reportPackage(line: string, onLine: OnLine): void {
  const name = /^Collecting ([\w.-]+)/.exec(line)?.[1]
  if (name !== undefined) onLine(`fetching ${name}`, true)
  if (line.startsWith('Installing')) onLine('unpacking')
}

function venvObstacle(command: string, line: string, output: string): Obstacle {
  const debian = 'Install it (Debian and Ubuntu: sudo apt install python3-venv)'
  return /ensurepip|No module named venv/.test(output)
    ? new Obstacle(
        `${command} cannot make virtual environments: its venv or ensurepip module is missing`,
        debian,
      )
    : new Obstacle(`${command} -m venv failed: ${line}`, debian)
}

/** Checks the kernel specification in the project's Jupyter. */
export function kernelState(folder: string = jupyterFolder()): KernelState {
  const spec = path.join(folder, 'share', 'jupyter', 'kernels', 'tslab', 'kernel.json')
  const tslab = tslabVersion()
  if (tslab === undefined)
    return { installed: false, spec, why: 'the optional package tslab is not installed' }
  const written = existsSync(spec) ? readFileSync(spec, 'utf8') : undefined
  if (written === undefined)
    return { installed: false, tslab, spec, why: 'it is not installed in the project’s Jupyter' }
  if (written !== specification())
    return { installed: false, tslab, spec, why: 'it points to another Node or folder' }
  return { installed: true, tslab, spec }
}

function tslabVersion(): string | undefined {
  try {
    const require_ = createRequire(path.join(packageRoot(), 'x.js'))
    return (require_('tslab/package.json') as { version: string }).version
  } catch {
    return undefined
  }
}

function specification(): string {
  const kernel = path.join(packageRoot(), 'dist', 'kernel', 'kernel.js')
  const argv = [process.execPath, kernel, '{connection_file}']
  // Tells Jupyter that it may encrypt TCP channels.
  const metadata = { supported_encryption: 'curve' }
  const names = { display_name: 'TypeScript', language: 'typescript' }
  return `${JSON.stringify({ argv, ...names, metadata }, null, 2)}\n`
}

/** Makes the tslab kernel known to the project's Jupyter; safe to repeat. */
export function installKernel(folder: string = jupyterFolder()): KernelState {
  const before = kernelState(folder)
  if (before.installed) return before
  if (before.tslab === undefined)
    throw new Obstacle(before.why!, 'Install it: npm install tslab@1.0.22 --ignore-scripts')
  replaceFile(before.spec, specification())
  return kernelState(folder)
}

/**
 * The environment in which Jupyter finds the project's kernel before any other of that name, and how to start
 * it.
 */
export function jupyterEnvironment(): NodeJS.ProcessEnv {
  const ours = path.join(packageRoot(), 'src', 'kernel')
  const { PYTHONPATH: theirs } = process.env
  return {
    ...process.env,
    PYTHONPATH: theirs ? `${ours}${path.delimiter}${theirs}` : ours,
    JUPYTER_PREFER_ENV_PATH: '1',
    JUPYTER_PLATFORM_DIRS: '1',
    PYTHONWARNINGS: 'ignore',
  }
}
