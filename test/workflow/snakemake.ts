import { spawnSync, type ChildProcess } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { cacheFolder, packageRoot } from '../../src/platform/places'

const workflow = path.join(packageRoot(), 'workflow')
const venv = path.join(cacheFolder(), 'workflow')
/** The command of the version that the workflow names. */
export const snakemake = path.join(venv, 'bin', 'snakemake')

/**
 * Snakemake of `workflow/requirements.txt` in the cache, made once a machine; in words why not, where it cannot be had.
 */
export function prepareSnakemake(): string | undefined {
  const run = (command: string, args: string[]) =>
    spawnSync(command, args, { encoding: 'utf8', timeout: 400_000 })
  if (run(snakemake, ['--version']).status === 0) return undefined
  mkdirSync(path.dirname(venv), { recursive: true })
  const steps: [string, string[]][] = [
    ['python3', ['-m', 'venv', venv]],
    [
      path.join(venv, 'bin', 'python'),
      ['-m', 'pip', 'install', '-q', '-r', path.join(workflow, 'requirements.txt')],
    ],
  ]
  for (const [command, args] of steps) {
    const { status, stderr, error } = run(command, args)
    if (status !== 0)
      return `Snakemake cannot be had here: ${(error?.message ?? stderr).trim().split('\n').pop()}`
  }
  return undefined
}

/** Its arguments: where it works, a profile of the project's, and settings. */
export const argumentsOf = (directory: string, profile: string, config: readonly string[]): string[] => [
  ...['-s', path.join(workflow, 'Snakefile'), '--directory', directory],
  ...['--profile', path.join(workflow, 'profiles', profile), '--config', ...config],
]

/** What a process says, so far. */
export function listen(one: ChildProcess): () => string {
  let text = ''
  for (const stream of [one.stdout, one.stderr])
    stream?.on('data', (part: Buffer) => (text += part.toString()))
  return () => text
}
