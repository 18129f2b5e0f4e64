import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { errorCode, fileError } from './files'
import { isFile } from './fileSystem'
import { DataError } from '../base/errors'
import { beat, SILENCE, silence, UNBLOCKED } from './heartbeat'
import { isNear, isThisProcess, lifeOf, newOwner, ownerName, ownerText, parseOwner } from './owner'

/** Real paths of the folders that this process holds. */
const here = new Set<string>()

/** A run's folder while this process holds its lock. */
export interface RunLock {
  /** @throws DataError if another process took it over because this one stood still for long. */
  require(): void
  /** Releases it. */
  release(): void
}

/**
 * Locks a run's folder for this process, by a file `lock` that names its owner: process, machine, and a random
 * token. The lock of a process that has ended is taken over: at once where the system knows that it ended,
 * otherwise (another machine or container, a process number that may have been used again) when its heartbeat
 * has been missing for a minute.
 *
 * @throws DataError if a living process holds it.
 */
export function acquire(folder: string): RunLock {
  const file = path.join(folder, 'lock')
  const real = fs.realpathSync(folder)
  const owner = newOwner()
  const mine = ownerText(owner)
  const aside = `${file}.${owner.token}`
  if (here.has(real)) throw new DataError(`${folder} is being trained in by this process. ${REMEDY}`)
  for (let attempt = 0; ; attempt++) {
    try {
      requireLock(file)
      place(file, mine, aside)
      break
    } catch (error) {
      if (error instanceof DataError) throw error
      if (errorCode(error) !== 'EEXIST')
        throw fileError(error, file, 'Choose a folder that can be written to.')
      if (attempt > 3 || isHeld(file, aside)) throw new DataError(describeHolder(folder, file))
      takeAway(file, aside)
    }
  }
  here.add(real)
  sweep(folder, aside)
  const end = beat(file, mine)
  return {
    require() {
      const now = read(file)
      if (now !== '' && now !== mine)
        throw new DataError(
          `${folder} was taken over by process ${ownerName(parseOwner(now))}, because this one gave no heartbeat for ${SILENCE} seconds. Let that one continue.`,
        )
    },
    release() {
      end()
      here.delete(real)
      if (read(file) === mine) fs.rmSync(file, { force: true })
    },
  }
}

/**
 * If a process of which the system knows nothing holds a run's folder, waits until its heartbeat shows that it
 * is alive, or has been missing for long enough to take the folder over.
 *
 * @param say receives the reason for waiting, once. @param pause between two checks.
 */
export async function awaitForeignLock(
  folder: string,
  say: (line: string) => void,
  pause: () => Promise<unknown> = () => wait(1000),
): Promise<void> {
  const file = path.join(folder, 'lock')
  const text = read(file)
  const owner = parseOwner(text)
  const aside = `${file}.${newOwner().token}`
  if (text === '' || lifeOf(owner) !== 'unknown' || !isHeld(file, aside)) return
  say(
    `process ${ownerName(owner)} trained in ${folder}: waits for at most ${SILENCE} seconds to see whether it lives`,
  )
  for (let before = 0, now = silence(file, aside); now >= before && now < SILENCE;) {
    await pause()
    before = now
    now = silence(file, aside)
  }
}

/**
 * Waits while another process holds a run's folder.
 *
 * @param say receives the reason for waiting, once. @param pause between two checks.
 * @returns whether it had to wait
 */
export async function awaitRelease(
  folder: string,
  say: (line: string) => void,
  pause: () => Promise<unknown> = () => wait(1000),
): Promise<boolean> {
  const file = path.join(folder, 'lock')
  const aside = `${file}.${newOwner().token}`
  const isTaken = (): boolean => fs.existsSync(file) && isHeld(file, aside)
  if (!isTaken()) return false
  say(`process ${ownerName(parseOwner(read(file)))} trains in ${folder}: waits until it ends`)
  while (isTaken()) await pause()
  return true
}

const REMEDY = 'Wait for it, or name another folder.'

function describeHolder(folder: string, file: string): string {
  const owner = parseOwner(read(file))
  if (isThisProcess(owner)) return `${folder} is being trained in by this process. ${REMEDY}`
  const held = `${folder} is being trained in by process ${ownerName(owner)}`
  if (lifeOf(owner) !== 'unknown') return `${held}. ${REMEDY}`
  const of = isNear(owner) ? '' : ' of another machine or container'
  return `${held}${of}, as ${file} says. When that process has ended, the folder can be used again ${SILENCE} seconds later, by itself. ${REMEDY}`
}

/** Bytes of a lock that are read: its own are fewer. */
const LONGEST = 1000

/** What stands in a lock; nothing where there is none, or no file in its place. */
function read(file: string): string {
  let handle: number | undefined
  try {
    handle = fs.openSync(file, UNBLOCKED)
    if (!fs.fstatSync(handle).isFile()) return ''
    const bytes = Buffer.alloc(LONGEST)
    return bytes.toString('utf8', 0, fs.readSync(handle, bytes, 0, LONGEST, 0))
  } catch {
    return ''
  } finally {
    if (handle !== undefined) fs.closeSync(handle)
  }
}

/** @throws DataError where something else lies in the place of a lock, which no process would ever give up. */
function requireLock(file: string): void {
  const found = fs.statSync(file, { throwIfNoEntry: false })
  if (!found || found.isFile()) return
  const what = found.isDirectory() ? 'a folder' : 'a pipe, a device or a socket'
  throw new DataError(`${file} is ${what}, not a lock. Move it away, or name another folder.`)
}

/**
 * Creates the lock with its content atomically, so that nobody reads an empty one; EEXIST if it exists.
 *
 * @param aside a file beside it, which nobody else uses.
 */
function place(file: string, content: string, aside: string): void {
  fs.writeFileSync(aside, content)
  try {
    link(aside, file, content)
  } finally {
    fs.rmSync(aside, { force: true })
  }
}

function link(aside: string, file: string, content: string): void {
  try {
    fs.linkSync(aside, file)
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw error
    // The file system has no links.
    fs.writeFileSync(file, content, { flag: 'wx' })
  }
}

/**
 * Moves the lock of an ended process out of the way, unless another process replaced it first, or its owner
 * gave a heartbeat after all.
 */
function takeAway(file: string, aside: string): void {
  const old = `${aside}.old`
  try {
    fs.renameSync(file, old)
    if (isHeld(old, aside)) link(old, file, read(old))
  } catch {
    // Gone, or taken again: the next attempt tells.
  }
  fs.rmSync(old, { force: true })
}

/** Deletes what processes left that were killed while they took the lock. */
function sweep(folder: string, aside: string): void {
  for (const name of fs.readdirSync(folder)) {
    const file = path.join(folder, name)
    if (name.startsWith('lock.') && isFile(file) && silence(file, aside) >= SILENCE)
      fs.rmSync(file, { force: true })
  }
}

/** True while the process that wrote the lock is alive: as the system says, or else as its heartbeat does. */
function isHeld(file: string, aside: string): boolean {
  const life = lifeOf(parseOwner(read(file)))
  return life === 'unknown' ? silence(file, aside) < SILENCE : life === 'alive'
}
