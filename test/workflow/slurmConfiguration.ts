import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * What a Slurm has beside its nodes: a database of jobs; control groups that hold jobs to the memory they asked for.
 */
export interface Kind {
  accounting?: boolean
  memory?: boolean
}

type At = (...names: string[]) => string

export const NODES = ['n1', 'n2']
/** Less than what a second attempt asked for once. */
const MEMORY = 7000
const HOST = hostname().split('.')[0]

const accounts = (at: At): string =>
  `AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=16819
AccountingStoragePass=${at('munge', 'socket')}`

/** The files of a Slurm by name. */
export function configurationOf(at: At, { accounting, memory }: Kind): Record<string, string> {
  return {
    'slurm.conf': `ClusterName=test
SlurmctldHost=${HOST}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=${at('munge', 'socket')}
CryptoType=crypto/munge
MpiDefault=none
ProctrackType=proctrack/pgid
TaskPlugin=${memory ? 'task/cgroup' : 'task/none'}
ReturnToService=1
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
${accounting ? accounts(at) : 'AccountingStorageType=accounting_storage/none'}
JobAcctGatherType=jobacct_gather/none
${NODES.map((name, i) => `NodeName=${name} NodeHostname=${HOST} NodeAddr=127.0.0.1 Port=${16821 + i} CPUs=1 RealMemory=${MEMORY}`).join('\n')}
PartitionName=main Nodes=${NODES.join(',')} Default=YES MaxTime=INFINITE State=UP
`,
    'cgroup.conf': 'CgroupPlugin=cgroup/v1\nCgroupAutomount=yes\nConstrainRAMSpace=yes\n',
    'slurmdbd.conf': `AuthType=auth/munge
AuthInfo=socket=${at('munge', 'socket')}
DbdHost=${HOST}
DbdAddr=127.0.0.1
DbdPort=16819
SlurmUser=root
LogFile=${at('slurmdbd.log')}
PidFile=${at('slurmdbd.pid')}
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=16820
StorageUser=root
StorageLoc=slurm
`,
  }
}

/** Starts a database of its own, empty and on the loopback address alone, and Slurm's accounting on it. */
export async function accountingOf(
  at: At,
  start: (command: string, ...args: string[]) => void,
  until: (what: string, isReady: () => boolean) => Promise<void>,
): Promise<void> {
  const run = (command: string, args: string[], env = process.env) =>
    spawnSync(command, args, { encoding: 'utf8', timeout: 120_000, env })
  const data = `--datadir=${at('database')}`
  const made = run('mariadb-install-db', ['--no-defaults', data, '--user=root', '--skip-test-db'])
  if (made.status !== 0) throw new Error(`no database: ${made.stdout}${made.stderr}`)
  start(
    'mariadbd',
    '--no-defaults',
    '--user=root',
    data,
    `--socket=${at('database.socket')}`,
    '--bind-address=127.0.0.1',
    '--port=16820',
    '--skip-grant-tables',
    '--skip-networking=0',
    `--pid-file=${at('database.pid')}`,
    `--log-error=${at('database.log')}`,
  )
  await until('the database', () => existsSync(at('database.socket')))
  start('sh', '-c', `SLURM_CONF=${at('slurm.conf')} exec slurmdbd -D`)
  await until('accounting', () => run('sacctmgr', ['-n', 'show', 'cluster']).status === 0)
  run('sacctmgr', ['-i', 'add', 'cluster', 'test'])
}
