import fs from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { errorCode, fileError } from './files'
import { DataError } from '../base/errors'
import { beat, SILENCE, silence } from './heartbeat'

const here = new Set<string>()

/** A run's folder while this process holds its lock. */
export interface RunLock {
  /** @throws DataError if another process took it over because this one stood still for long. */
  require(): void
  /** Releases it. */
  release(): void
}

/**
 * Locks a run's folder for this process, by a file `lock` with its process id and host name. The lock of a
 * process that has ended is taken over: at once if it ran on this machine, otherwise when its heartbeat is
 * missing.
 *
 * @throws DataError if a living process holds it.
 */
export function acquire(folder: string): RunLock {
  const file = path.join(folder, 'lock')
  const mine = `${process.pid} ${hostname()}`
  if (here.has(folder)) throw new DataError(`${folder} is being trained in by this process. ${REMEDY}`)
  for (let attempt = 0; ; attempt++) {
    try {
      place(file, mine)
      break
    } catch (error) {
      if (errorCode(error) !== 'EEXIST')
        throw fileError(error, file, 'Choose a folder that can be written to.')
      if (attempt > 3 || isHeld(file)) throw new DataError(describeHolder(folder, file))
      takeAway(file)
    }
  }
  here.add(folder)
  sweep(folder)
  const end = beat(file, mine)
  return {
    require() {
      const owner = read(file)
      if (owner !== '' && owner !== mine)
        throw new DataError(
          `${folder} was taken over by process ${owner}, because this one gave no heartbeat for ${SILENCE} seconds. Let that one continue.`,
        )
    },
    release() {
      end()
      here.delete(folder)
      if (read(file) === mine) fs.rmSync(file, { force: true })
    },
  }
}

/**
 * If a process on another machine holds a run's folder, waits until its heartbeat shows that it is alive, or
 * has been missing for long enough to take the folder over.
 *
 * @param say receives the reason for waiting, once. @param pause between two checks.
 */
export async function awaitForeignLock(
  folder: string,
  say: (line: string) => void,
  pause: () => Promise<unknown> = () => wait(1000),
): Promise<void> {
  const file = path.join(folder, 'lock')
  const owner = read(file)
  if (!isForeign(owner) || !isHeld(file)) return
  say(`process ${owner} trained in ${folder}: waits for at most ${SILENCE} seconds to see whether it lives`)
  for (let before = 0, now = quietFor(file); now >= before && now < SILENCE;) {
    await pause()
    before = now
    now = quietFor(file)
  }
}

const REMEDY = 'Wait for it, or name another folder.'

function describeHolder(folder: string, file: string): string {
  const owner = read(file)
  const held = `${folder} is being trained in by process ${owner}`
  return isForeign(owner)
    ? `${held} of another machine, as ${file} says. When that process has ended, the folder can be used again ${SILENCE} seconds later, by itself. ${REMEDY}`
    : `${held}. ${REMEDY}`
}

const read = (file: string): string => {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** A file beside the lock for this process alone; processes on two machines may have the same id. */
const asideOf = (file: string): string => `${file}.${process.pid}.${hostname()}`

/** Seconds since the last heartbeat of the lock's owner. */
const quietFor = (file: string): number => silence(file, asideOf(file))

/** Creates the lock with its content atomically, so that nobody reads an empty one; EEXIST if it exists. */
function place(file: string, content: string): void {
  const aside = asideOf(file)
  fs.writeFileSync(aside, content)
  try {
    fs.linkSync(aside, file)
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw error
    // The file system has no links.
    fs.writeFileSync(file, content, { flag: 'wx' })
  } finally {
    fs.rmSync(aside, { force: true })
  }
}

/**
 * Moves the lock of an ended process out of the way, unless another process replaced it first, or its owner
 * gave a heartbeat after all.
 */
function takeAway(file: string): void {
  const aside = `${asideOf(file)}.old`
  try {
    fs.renameSync(file, aside)
    if (isHeld(aside)) fs.linkSync(aside, file)
  } catch {
    // Gone, or taken again: the next attempt tells.
  }
  fs.rmSync(aside, { force: true })
}

/** Deletes the files of processes that were killed while they took the lock. */
function sweep(folder: string): void {
  for (const name of fs.readdirSync(folder)) {
    const [, pid, host] = /^lock\.(\d+)\.(.+?)(?:\.old)?$/.exec(name) ?? []
    const file = path.join(folder, name)
    if (pid !== undefined && !isHeld(file, `${pid} ${host}`)) fs.rmSync(file, { force: true })
  }
}

/** True for the lock of a process on another machine, or in another container. */
function isForeign(owner: string): boolean {
  const [, host] = owner.split(' ')
  return host !== undefined && host !== '' && host !== hostname()
}

/** True while the process that wrote the lock is alive, as far as this machine can tell. */
function isHeld(file: string, owner = read(file)): boolean {
  if (isForeign(owner)) return quietFor(file) < SILENCE
  const [pid, host] = owner.split(' ')
  // A former kernel may have had the same process id.
  if (host === undefined || host === '' || Number(pid) === process.pid) return false
  try {
    process.kill(Number(pid), 0)
    return true
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}
