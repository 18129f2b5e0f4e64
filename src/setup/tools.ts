import { statfsSync } from 'node:fs'
import { Obstacle, runTool, type ToolResult } from '../platform/runTool'

/** Progress of the preparation: one step at a time, with a fraction if known. */
export interface Progress {
  step: 'wait' | 'download' | 'verify' | 'unpack' | 'compile' | 'check'
  detail: string
  fraction?: number
}

export type OnProgress = (progress: Progress) => void

const install = (debian: string, mac: string) =>
  process.platform === 'darwin'
    ? `Install it: ${mac}`
    : `Install it (Debian and Ubuntu: sudo apt install ${debian})`

/** A Python of at least `least`, e.g. [3, 10], as a command and its version. */
export async function findPython(
  least: [number, number] = [3, 8],
): Promise<{ command: string; version: string }> {
  let old: string | undefined
  for (const command of process.platform === 'win32' ? ['python', 'python3'] : ['python3', 'python']) {
    const { code, stdout } = await runTool(command, [
      '-c',
      'import platform; print(platform.python_version())',
    ])
    if (code !== 0) continue
    const version = stdout.trim()
    const [major, minor] = version.split('.').map(Number)
    if (major > least[0] || (major === least[0] && minor >= least[1])) return { command, version }
    old = `${command} is ${version}`
  }
  throw new Obstacle(
    old === undefined
      ? 'no Python was found on PATH'
      : `Python ${least.join('.')} or newer is needed, ${old}`,
    install('python3 python3-pip python3-venv', 'brew install python'),
  )
}

/** A Python with a working pip; `others` are tried after the one on PATH. */
export async function findPip(others: string[] = []): Promise<string> {
  const found = await findPython().catch((error: unknown) => error as Obstacle)
  const commands = found instanceof Obstacle ? others : [found.command, ...others]
  for (const command of commands)
    if ((await runTool(command, ['-m', 'pip', '--version'])).code === 0) return command
  if (found instanceof Obstacle) throw found
  throw new Obstacle(
    `${found.command} ${found.version} has no pip`,
    install('python3-pip', `${found.command} -m ensurepip --user`),
  )
}

/** A C++ compiler: CXX, else c++, g++ or clang++ on PATH. */
export async function findCompiler(): Promise<string> {
  for (const command of [process.env.CXX, 'c++', 'g++', 'clang++'])
    if (command && (await runTool(command, ['--version'])).code === 0) return command
  throw new Obstacle('no C++ compiler was found on PATH', install('g++', 'xcode-select --install'))
}

/** Throws if the disk under `folder` has less than `megabytes` free. */
export function requireSpace(folder: string, megabytes: number): void {
  const { bavail, bsize } = statfsSync(folder)
  const free = Math.floor((bavail * bsize) / 1e6)
  if (free < megabytes)
    throw new Obstacle(
      `the disk under ${folder} has ${free} MB free, ${megabytes} MB are needed`,
      'Make room, or set LIDVAE_CACHE to a folder on a larger disk',
    )
}

const codes: Record<string, (where: string) => Obstacle> = {
  EACCES: (where) =>
    new Obstacle(`${where} may not be written`, 'Set LIDVAE_CACHE to a folder you may write to'),
  EROFS: (where) => new Obstacle(`${where} is read-only`, 'Set LIDVAE_CACHE to a folder you may write to'),
  ENOTDIR: (where) => new Obstacle(`${where} is not a folder`, 'Set LIDVAE_CACHE to a folder'),
  EEXIST: (where) => new Obstacle(`${where} is not a folder`, 'Set LIDVAE_CACHE to a folder'),
  ENOSPC: (where) =>
    new Obstacle(`the disk under ${where} is full`, 'Make room, or set LIDVAE_CACHE elsewhere'),
}
codes.EPERM = codes.EACCES

/** Any error as an obstacle in one line: the system's reason and the folder. */
export function asObstacle(error: unknown, folder: string): Obstacle {
  if (error instanceof Obstacle) return error
  const { code, message } = error as NodeJS.ErrnoException
  const known = codes[code ?? '']
  const [line] = String(message ?? error).split('\n')
  return known
    ? known(folder)
    : new Obstacle(line, 'Run `npx lidvae setup` again; if it stays so, report this line')
}

/** The line of a tool's output that names the failure. */
export function failureLine({ stdout, stderr }: ToolResult): string {
  const lines = `${stdout}\n${stderr}`
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const named = lines.filter((line) => /error|fatal|failed/i.test(line))
  const line =
    named.at(named.some((one) => /^ERROR: No matching/.test(one)) ? -1 : 0) ?? lines.at(-1) ?? 'no message'
  return line.length > 240 ? `${line.slice(0, 237)}…` : line
}
