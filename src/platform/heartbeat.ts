import fs from 'node:fs'
import { errorCode, fileError } from './files'

/** Opens for reading without waiting for the other end of a pipe; Windows has no such flag, and no such pipes. */
export const UNBLOCKED = fs.constants.O_RDONLY | ((fs.constants.O_NONBLOCK as number | undefined) ?? 0)

/** Milliseconds between two heartbeats. */
const EVERY = 5_000

/**
 * Seconds without a heartbeat after which a process on another machine counts as gone: many beats, because
 * long steps or slow disks delay some.
 */
export const SILENCE = 60

/**
 * Rewrites a file's content every few seconds, so that its time tells other machines that the process is
 * alive. A file with other content is left alone.
 *
 * @returns a function that ends that; the end of the process does too.
 */
export function beat(file: string, content: string): () => void {
  const timer = setInterval(() => renew(file, content), EVERY)
  timer.unref()
  return () => clearInterval(timer)
}

/**
 * Written rather than given a time, so that the file system's clock counts. The file is never empty
 * meanwhile.
 */
function renew(file: string, content: string): void {
  let handle: number | undefined
  try {
    handle = fs.openSync(file, 'r+')
    if (fs.fstatSync(handle).isFile() && fs.readFileSync(handle, 'utf8') === content)
      fs.writeSync(handle, content, 0)
  } catch {
    // The disk may be full or away for a moment: the next beat tries again.
  } finally {
    if (handle !== undefined) fs.closeSync(handle)
  }
}

/**
 * Seconds since a file was last written, by the clock of its file system: those of two machines may differ.
 *
 * @param aside a file beside it, written and deleted to read that clock.
 * @returns infinity if the file does not exist.
 * @throws DataError when one of them cannot be used.
 */
export function silence(file: string, aside: string): number {
  try {
    const last = timeOf(file, UNBLOCKED)
    const now = timeOf(aside, 'w')
    // A time far in the future is no sign of life either.
    return Math.abs(now - last) / 1000
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return Infinity
    throw fileError(error, aside, 'Choose a folder that can be written to.')
  } finally {
    fs.rmSync(aside, { force: true })
  }
}

/**
 * When a file was written, milliseconds; it is opened, because a network file system then asks its server.
 */
function timeOf(file: string, flag: number | 'w'): number {
  const handle = fs.openSync(file, flag)
  try {
    if (flag === 'w') fs.writeSync(handle, '.')
    return fs.fstatSync(handle).mtimeMs
  } finally {
    fs.closeSync(handle)
  }
}
