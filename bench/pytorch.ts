import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as lockfile from 'proper-lockfile'
import { cacheFolder } from '../src/platform/places'
import { Obstacle, runTool } from '../src/platform/runTool'
import { asObstacle, failureLine, findPython, requireSpace } from '../src/setup/tools'
import { pythonIn } from '../src/setup/jupyter'

/** PyTorch's version on PyPI that the benchmark compares with. */
export const TORCH = '2.15.0'

/** Told what is being done. */
export type Say = (line: string) => void

const MARKER = 'complete.json'
const RETRY =
  'Check the network, or set PIP_INDEX_URL to an index you can reach, or name a Python that has it: --python FILE'

/** Where the benchmark keeps its PyTorch. */
export const pytorchFolder = (): string => path.join(cacheFolder(), 'bench', `pytorch-${TORCH}`)

/** Where torch.compile keeps what it compiled. */
export const compiledFolder = (): string => path.join(cacheFolder(), 'bench', 'compiled')

const isComplete = (folder: string): boolean => {
  try {
    const { torch } = JSON.parse(readFileSync(path.join(folder, MARKER), 'utf8')) as { torch?: string }
    return torch === TORCH && existsSync(pythonIn(folder))
  } catch {
    return false
  }
}

/** True where the benchmark's PyTorch is there and whole. */
export const pytorchIsPrepared = (): boolean => isComplete(pytorchFolder())

/**
 * Prepares PyTorch from PyPI once, in the cache: a virtual environment of its own. Safe to repeat; what an
 * interrupted preparation left is begun anew.
 *
 * @returns its Python.
 * @throws Obstacle in one line where it cannot be had.
 */
export async function preparePytorch(say: Say, folder = pytorchFolder()): Promise<string> {
  if (isComplete(folder)) return pythonIn(folder)
  try {
    mkdirSync(path.dirname(folder), { recursive: true })
    const lock = { stale: 20_000, update: 4_000, lockfilePath: `${folder}.lock`, realpath: false }
    const release = await lockfile.lock(folder, { ...lock, retries: { forever: true, maxTimeout: 1_000 } })
    try {
      // Another process may have finished while this one waited.
      if (!isComplete(folder)) await build(folder, say)
    } finally {
      await release().catch(() => undefined)
    }
  } catch (error) {
    throw asObstacle(error, folder)
  }
  return pythonIn(folder)
}

async function build(folder: string, say: Say): Promise<void> {
  const { command } = await findPython([3, 10])
  requireSpace(path.dirname(folder), 4000)
  // An environment holds its own path, so it is built in place; only its marker makes it whole.
  rmSync(folder, { recursive: true, force: true })
  say('making a Python environment')
  const made = await runTool(command, ['-m', 'venv', folder])
  if (made.code !== 0)
    throw new Obstacle(`${command} -m venv failed: ${failureLine(made)}`, 'Install python3-venv')
  const python = pythonIn(folder)
  say(`fetching PyTorch ${TORCH} from PyPI (some 540 MB on Linux)`)
  await pip(python, ['--no-deps', '--only-binary=:all:', `torch==${TORCH}`])
  await pip(python, await smallNeeds(python))
  if (!(await works(python))) {
    say('giving it stand-ins for the CUDA libraries that a CPU does not need')
    const lib = await runTool(python, ['-c', WHERE])
    await runTool(python, [path.join(__dirname, 'pytorch', 'stand_ins.py'), lib.stdout.trim()])
  }
  if (!(await works(python))) {
    say('that did not do: fetching the CUDA libraries too (some 2.5 GB)')
    await pip(python, ['--only-binary=:all:', '--force-reinstall', `torch==${TORCH}`])
  }
  const tried = await runTool(python, ['-c', TRY])
  if (tried.code !== 0) throw new Obstacle(`PyTorch ${TORCH} does not run: ${failureLine(tried)}`, RETRY)
  const marker = path.join(folder, MARKER)
  writeFileSync(`${marker}.new`, JSON.stringify({ torch: TORCH }))
  renameSync(`${marker}.new`, marker)
}

/** Where PyTorch's libraries lie, found without importing it. */
const WHERE =
  "import importlib.util, os; print(os.path.join(os.path.dirname(importlib.util.find_spec('torch').origin), 'lib'))"
const TRY =
  'import torch; x = torch.ones(2, 2, requires_grad=True); (x @ x).sum().backward(); torch.linalg.svd(x)'

const works = async (python: string): Promise<boolean> => (await runTool(python, ['-c', TRY])).code === 0

/** What PyTorch needs beside the libraries for GPUs, by its own record; numpy, or it warns. */
async function smallNeeds(python: string): Promise<string[]> {
  const listed = await runTool(python, [
    '-c',
    "import importlib.metadata as m; print('\\n'.join(m.requires('torch')))",
  ])
  const needs = listed.stdout
    .split('\n')
    .filter((line) => line !== '' && !/extra ==|platform_system ==/.test(line))
    .map((line) => line.replace(/ *;.*/, ''))
  return [...needs, 'numpy']
}

/** Installs into a Python. @throws Obstacle in one line */
export async function pip(python: string, args: string[]): Promise<void> {
  const options = ['--disable-pip-version-check', '--no-input', '--progress-bar', 'off', '-q']
  const done = await runTool(python, ['-m', 'pip', 'install', ...options, ...args])
  if (done.code !== 0) throw new Obstacle(`pip could not install ${args.at(-1)}: ${failureLine(done)}`, RETRY)
}

/** True where torch.compile has what it needs: a C++ compiler and Python's headers. */
export async function canCompile(python: string): Promise<boolean> {
  const test =
    'import torch; print(torch.compile(lambda x: (x.sin() + 1).sum(), dynamic=False)(torch.ones(64)).item())'
  const env = { ...process.env, TORCHINDUCTOR_CACHE_DIR: compiledFolder() }
  return (await runTool(python, ['-c', test], { env, seconds: 180 })).code === 0
}
