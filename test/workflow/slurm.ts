import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { accountingOf, configurationOf, NODES, type Kind } from './slurmConfiguration'

/** Where Slurm's commands look where nothing else is said; jobs hear of no other place. */
const CONFIG = '/etc/slurm'
const MEMORY_GROUP = '/sys/fs/cgroup/memory'

const missingOf = (...commands: string[]): string[] =>
  commands.filter((command) => spawnSync('which', [command]).status !== 0)

/** Why no Slurm can be started here; undefined where one can. */
export function whyNoSlurm({ accounting, memory }: Kind = {}): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'Slurm is started by root on Linux alone'
  const missing = missingOf('slurmctld', 'slurmd', 'munged', 'sbatch')
  if (missing.length > 0)
    return `Slurm is not installed: apt-get install slurm-wlm munge (${missing.join(', ')})`
  if (accounting && missingOf('slurmdbd', 'mariadbd', 'mariadb-install-db').length > 0)
    return 'accounting is not installed: apt-get install slurmdbd mariadb-server'
  if (memory && !mayLimitMemory()) return 'this machine lets nobody limit memory by control groups'
  for (const name of ['slurm.conf', 'cgroup.conf'])
    if (existsSync(path.join(CONFIG, name))) return `${CONFIG}/${name} belongs to another Slurm`
  return undefined
}

/** Whether a control group with a limit of memory can be made. */
function mayLimitMemory(): boolean {
  const group = path.join(MEMORY_GROUP, `lidvae-${process.pid}`)
  try {
    mkdirSync(group)
    writeFileSync(path.join(group, 'memory.limit_in_bytes'), '100000000')
    return true
  } catch {
    return false
  } finally {
    if (existsSync(group)) rmdirSync(group)
  }
}

/** A Slurm of one machine. */
export interface Slurm {
  /** Runs one of its commands and returns what it prints. */
  ask(command: string, ...args: string[]): string
  stop(): Promise<void>
}

/**
 * Starts munge, a controller and two nodes of one core on the loopback address; with a database where
 * accounting is wanted.
 */
export async function startSlurm(folder: string, kind: Kind = {}): Promise<Slurm> {
  const at = (...names: string[]): string => path.join(folder, ...names)
  for (const name of ['state', 'munge', ...NODES]) mkdirSync(at(name), { mode: 0o755, recursive: true })
  writeFileSync(at('key'), randomBytes(1024), { mode: 0o600 })
  for (const [name, text] of Object.entries(configurationOf(at, kind)))
    writeFileSync(at(name), text, { mode: 0o600 })
  const children: ChildProcess[] = []
  const start = (command: string, ...args: string[]): void => {
    children.push(spawn(command, args, { stdio: 'ignore' }))
  }
  const ask = (command: string, ...args: string[]): string =>
    spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 }).stdout
  const links = ['slurm.conf', ...(kind.memory ? ['cgroup.conf'] : [])]
  // A test that is ended leaves no Slurm behind, which the next one would take for someone else's.
  const endAll = (): void => {
    for (const child of children) child.kill('SIGTERM')
    for (const name of links) rmSync(path.join(CONFIG, name), { force: true })
    process.kill(process.pid, 'SIGTERM')
  }
  process.once('SIGTERM', endAll)
  const stop = async (): Promise<void> => {
    process.removeListener('SIGTERM', endAll)
    ask('scancel', '--user=root')
    for (const child of [...children].reverse()) await ended(child)
    for (const name of links) rmSync(path.join(CONFIG, name), { force: true })
  }
  try {
    const socket = at('munge', 'socket')
    start(
      'munged',
      '--foreground',
      '--force',
      `--key-file=${at('key')}`,
      `--socket=${socket}`,
      `--pid-file=${at('munge', 'pid')}`,
      `--log-file=${at('munge', 'log')}`,
      `--seed-file=${at('munge', 'seed')}`,
    )
    mkdirSync(CONFIG, { recursive: true })
    for (const name of links) symlinkSync(at(name), path.join(CONFIG, name))
    await until('munge', () => existsSync(socket))
    if (kind.accounting) await accountingOf(at, start, until)
    start('slurmctld', '-D')
    for (const node of NODES) start('slurmd', '-D', '-N', node)
    await until(
      'the nodes',
      () => ask('sinfo', '-h', '-t', 'idle', '-o', '%D').trim() === String(NODES.length),
    )
    return { ask, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function until(what: string, isReady: () => boolean): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (isReady()) return
    await wait(200)
  }
  throw new Error(`${what} did not start`)
}

/** Ends a daemon: the last to start first, so that the database hears the others to their end. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const end = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await Promise.race([end, wait(10_000)])
  child.kill('SIGKILL')
}
