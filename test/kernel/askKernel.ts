import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import {
  jupyterEnvironment,
  jupyterFolder,
  jupyterState,
  kernelState,
  pythonIn,
} from '../../src/setup/jupyter'

/** Why tests of the kernel are left out; false where it can be asked. */
export const skip =
  !(jupyterState().ready && kernelState().installed) &&
  'the project’s Jupyter is not prepared: run npx lidvae setup'

/** Runs a Python script of this folder that speaks with the kernel, and reads the JSON of its last line. */
export async function askKernel<T>(script: string, ...args: (string | number)[]): Promise<T> {
  const { stdout } = await promisify(execFile)(
    pythonIn(jupyterFolder()),
    [path.join(__dirname, script), ...args.map(String)],
    { env: jupyterEnvironment(), maxBuffer: 1 << 26 },
  )
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as T
}

/** A new folder whose notebooks find this copy of lidvae, and what removes it. */
export async function notebookFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lidvae-kernel-'))
  await mkdir(path.join(folder, 'node_modules'))
  await symlink(path.join(__dirname, '..', '..'), path.join(folder, 'node_modules', 'lidvae'), 'junction')
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}
