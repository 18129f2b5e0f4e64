import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { hostname } from 'node:os'

/** Who holds a lock, as its file says. */
export interface Owner {
  readonly pid: number
  readonly host: string
  /**
   * Where the process number counts: a boot of the system and a namespace of process numbers, which every
   * container has of its own. Empty where the system does not tell, and in locks of earlier versions.
   */
  readonly space: string
  /** When the process began, in ticks since the boot: a number that was used again has another. May be empty. */
  readonly start: string
  /** A random word, different for every time a lock is taken. */
  readonly token: string
}

/** This process as the owner of a lock that it takes now. */
export const newOwner = (): Owner => ({
  pid: process.pid,
  host: hostname(),
  space: space(),
  start: startOf(process.pid),
  token: randomBytes(8).toString('hex'),
})

/** What stands in a lock file. */
export const ownerText = ({ pid, host, space, start, token }: Owner): string =>
  [pid, host, space || '-', start || '-', token].join(' ')

/** Reads it; of earlier versions there are only number and host. */
export function parseOwner(text: string): Owner {
  const [pid = '', host = '', space = '', start = '', token = ''] = text
    .trim()
    .split(' ')
    .map((word) => (word === '-' ? '' : word))
  return { pid: Number(pid), host, space, start, token }
}

/** How messages name it. */
export const ownerName = ({ pid, host }: Owner): string =>
  Number.isSafeInteger(pid) && host !== '' ? `${pid} ${host.slice(0, 100)}` : 'unknown'

/** True if the owner is a process whose number counts here, so that the system can be asked about it. */
export const isNear = ({ host, space: its }: Owner): boolean =>
  host === hostname() && (its === '' || its === space())

/** What the system knows of a process: that it lives, that it ended, or nothing certain. */
export type Life = 'alive' | 'ended' | 'unknown'

/**
 * Whether the owner still runs. A living process with its number may be another one: only the time of its
 * beginning tells.
 */
export function lifeOf(owner: Owner): Life {
  if (!isNear(owner)) return 'unknown'
  const { pid, start } = owner
  if (!(Number.isInteger(pid) && pid > 0) || !exists(pid)) return 'ended'
  const found = startOf(pid)
  if (start === '' || found === '') return 'unknown'
  return found === start ? 'alive' : 'ended'
}

/** True if the owner is this process. */
export const isThisProcess = (owner: Owner): boolean =>
  isNear(owner) && owner.pid === process.pid && lifeOf(owner) === 'alive'

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Linux tells all of it in /proc; elsewhere heartbeats alone decide. */
function space(): string {
  try {
    const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8)
    return `${boot}/${fs.readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')}`
  } catch {
    return ''
  }
}

function startOf(pid: number): string {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name of the program, in brackets, may contain anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
