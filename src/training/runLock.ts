import fs from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { errorCode, fileError } from '../data/files'
import { DataError } from '../errors'

const here = new Set<string>()

/**
 * Takes a run's folder for this process, by a file `lock` with its number: a lock whose process is gone, killed perhaps, is taken over at once.
 *
 * @returns what gives it back.
 * @throws DataError when a process that lives has it.
 */
export function acquire(folder: string): () => void {
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
      const owner = read(file)
      if (attempt > 3 || isHeld(owner))
        throw new DataError(`${folder} is being trained in by process ${owner}. ${REMEDY}`)
      takeAway(file, owner)
    }
  }
  here.add(folder)
  sweep(folder)
  return () => {
    here.delete(folder)
    if (read(file) === mine) fs.rmSync(file, { force: true })
  }
}

const REMEDY = 'Wait for it, or name another folder.'

const read = (file: string): string => {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Makes the lock with its content in one go, so that nobody reads an empty one; EEXIST where there is one. */
function place(file: string, content: string): void {
  const aside = `${file}.${process.pid}`
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

/** Moves the lock of a process that is gone out of the way, unless another process did so first and has its own there now. */
function takeAway(file: string, owner: string): void {
  const aside = `${file}.${process.pid}`
  try {
    fs.renameSync(file, aside)
    if (read(aside) !== owner) fs.linkSync(aside, file)
  } catch {
    // Gone, or taken again: the next attempt sees which.
  }
  fs.rmSync(aside, { force: true })
}

/** Deletes what processes that were killed while they took the lock have left. */
function sweep(folder: string): void {
  for (const name of fs.readdirSync(folder)) {
    const pid = /^lock\.(\d+)$/.exec(name)?.[1]
    if (pid !== undefined && !isHeld(`${pid} ${hostname()}`))
      fs.rmSync(path.join(folder, name), { force: true })
  }
}

/** True while the process that wrote the lock lives, as far as this machine can tell. */
function isHeld(owner: string): boolean {
  const [pid, host] = owner.split(' ')
  if (host !== hostname()) return host !== undefined && host !== ''
  // A former kernel may have had this very number.
  if (Number(pid) === process.pid) return false
  try {
    process.kill(Number(pid), 0)
    return true
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}
