import fs from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { errorCode, fileError } from './files'
import { DataError } from '../base/errors'
import { beat, SILENCE, silence } from './heartbeat'

const here = new Set<string>()

/** A run's folder while it belongs to this process. */
export interface RunLock {
  /** @throws DataError when another process has taken it, since this one stood still for long. */
  require(): void
  /** Gives it back. */
  release(): void
}

/**
 * Takes a run's folder for this process, by a file `lock` with its number and its machine's name. The lock of a process that is gone, killed perhaps, is taken over: at once where it was of this machine, by its
 * heartbeat where it was of another one.
 *
 * @throws DataError when a process that lives has it.
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
      if (attempt > 3 || isHeld(file)) throw new DataError(heldInWords(folder, file))
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
          `${folder} was taken over by process ${owner}, since this one gave no sign for ${SILENCE} seconds. Let that one go on.`,
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
 * Waits, where a process of another machine had a run's folder, until its heartbeat shows that it lives or has been missing for so long that the folder can be taken over.
 *
 * @param say hears once why it waits. @param pause between two looks.
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

function heldInWords(folder: string, file: string): string {
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

/** A file beside the lock that is this process's alone; processes of two machines may have the same number. */
const asideOf = (file: string): string => `${file}.${process.pid}.${hostname()}`

/** Seconds since the lock's owner gave a sign. */
const quietFor = (file: string): number => silence(file, asideOf(file))

/** Makes the lock with its content in one go, so that nobody reads an empty one; EEXIST where there is one. */
function place(file: string, content: string): void {
  const aside = asideOf(file)
  fs.writeFileSync(aside, content)
  try {
    fs.linkSync(aside, file)
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw error
    // A file system without links.
    fs.writeFileSync(file, content, { flag: 'wx' })
  } finally {
    fs.rmSync(aside, { force: true })
  }
}

/** Moves the lock of a process that is gone out of the way, unless another process did so first and has its own there now, or its owner gave a sign after all. */
function takeAway(file: string): void {
  const aside = `${asideOf(file)}.old`
  try {
    fs.renameSync(file, aside)
    if (isHeld(aside)) fs.linkSync(aside, file)
  } catch {
    // Gone, or taken again: the next attempt sees which.
  }
  fs.rmSync(aside, { force: true })
}

/** Deletes what processes that were killed while they took the lock have left. */
function sweep(folder: string): void {
  for (const name of fs.readdirSync(folder)) {
    const [, pid, host] = /^lock\.(\d+)\.(.+?)(?:\.old)?$/.exec(name) ?? []
    const file = path.join(folder, name)
    if (pid !== undefined && !isHeld(file, `${pid} ${host}`)) fs.rmSync(file, { force: true })
  }
}

/** True for the lock of a process of another machine, or of another container. */
function isForeign(owner: string): boolean {
  const [, host] = owner.split(' ')
  return host !== undefined && host !== '' && host !== hostname()
}

/** True while the process that wrote the lock lives, as far as this machine can tell. */
function isHeld(file: string, owner = read(file)): boolean {
  if (isForeign(owner)) return quietFor(file) < SILENCE
  const [pid, host] = owner.split(' ')
  // A former kernel may have had this very number.
  if (host === undefined || host === '' || Number(pid) === process.pid) return false
  try {
    process.kill(Number(pid), 0)
    return true
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}
