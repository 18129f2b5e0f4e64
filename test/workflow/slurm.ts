import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/** Where Slurm's commands look where nothing else is said; jobs hear of no other place. */
const CONFIG = '/etc/slurm/slurm.conf'
const NODES = ['n1', 'n2']
/** Less than what a second attempt asked for once. */
const MEMORY = 7000

const has = (command: string): boolean => spawnSync('which', [command]).status === 0

/** Why no Slurm can be started here; undefined where one can. */
export function whyNoSlurm(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'Slurm is started by root on Linux alone'
  const missing = ['slurmctld', 'slurmd', 'munged', 'sbatch'].filter((command) => !has(command))
  if (missing.length > 0)
    return `Slurm is not installed: apt-get install slurm-wlm munge (${missing.join(', ')})`
  return existsSync(CONFIG) ? `${CONFIG} belongs to another Slurm` : undefined
}

/** A Slurm of one machine. */
export interface Slurm {
  /** Runs one of its commands and returns what it prints. */
  ask(command: string, ...args: string[]): string
  stop(): Promise<void>
}

/** Starts munge, a controller and two nodes of one core on the loopback address, without accounting. */
export async function startSlurm(folder: string): Promise<Slurm> {
  const at = (...names: string[]): string => path.join(folder, ...names)
  for (const name of ['state', 'munge', ...NODES]) mkdirSync(at(name), { mode: 0o755, recursive: true })
  writeFileSync(at('key'), randomBytes(1024), { mode: 0o600 })
  writeFileSync(at('slurm.conf'), configuration(at))
  const children: ChildProcess[] = []
  const start = (command: string, ...args: string[]): void => {
    children.push(spawn(command, args, { stdio: 'ignore' }))
  }
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
  mkdirSync(path.dirname(CONFIG), { recursive: true })
  symlinkSync(at('slurm.conf'), CONFIG)
  for (let i = 0; i < 100 && !existsSync(socket); i++) await wait(100)
  start('slurmctld', '-D')
  for (const node of NODES) start('slurmd', '-D', '-N', node)
  const ask = (command: string, ...args: string[]): string =>
    spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 }).stdout
  const stop = async (): Promise<void> => {
    ask('scancel', '--state=RUNNING', '--user=root')
    const ended = children.map((child) => new Promise((resolve) => child.once('exit', resolve)))
    for (const child of [...children].reverse()) child.kill('SIGTERM')
    await Promise.race([Promise.all(ended), wait(10_000)])
    for (const child of children) child.kill('SIGKILL')
    rmSync(CONFIG, { force: true })
  }
  for (let i = 0; i < 100; i++) {
    if (ask('sinfo', '-h', '-t', 'idle', '-o', '%D').trim() === String(NODES.length)) return { ask, stop }
    await wait(200)
  }
  const why = ask('sinfo')
  await stop()
  throw new Error(`Slurm did not start: ${why}`)
}

const configuration = (at: (...names: string[]) => string): string => `ClusterName=test
SlurmctldHost=${hostname().split('.')[0]}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=${at('munge', 'socket')}
CryptoType=crypto/munge
MpiDefault=none
ProctrackType=proctrack/pgid
TaskPlugin=task/none
ReturnToService=2
SlurmctldPort=16817
SlurmctldPidFile=${at('slurmctld.pid')}
SlurmdPidFile=${at('%n.pid')}
SlurmdSpoolDir=${at('%n')}
StateSaveLocation=${at('state')}
SlurmctldLogFile=${at('slurmctld.log')}
SlurmdLogFile=${at('%n.log')}
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
KillWait=5
JobRequeue=1
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
${NODES.map((name, i) => `NodeName=${name} NodeHostname=${hostname().split('.')[0]} NodeAddr=127.0.0.1 Port=${16821 + i} CPUs=1 RealMemory=${MEMORY}`).join('\n')}
PartitionName=main Nodes=${NODES.join(',')} Default=YES MaxTime=INFINITE State=UP
`
