import fs from 'node:fs'
import { errorCode, fileError } from './files'

/** Milliseconds between two heartbeats. */
const EVERY = 5_000

/** Seconds without a heartbeat after which a process of another machine counts as gone: many beats, since a long step or a slow disk may hold some up. */
export const SILENCE = 60

/**
 * Writes a file's own content into it anew every few seconds, so that its time tells other machines that the process lives. A file of other content is left alone.
 *
 * @returns what ends that; the end of the process does too.
 */
export function beat(file: string, content: string): () => void {
  const timer = setInterval(() => renew(file, content), EVERY)
  timer.unref()
  return () => clearInterval(timer)
}

/** Written and not given a time: so it is the time of the file system's clock. Nobody finds the file empty meanwhile. */
function renew(file: string, content: string): void {
  let handle: number | undefined
  try {
    handle = fs.openSync(file, 'r+')
    if (fs.readFileSync(handle, 'utf8') === content) fs.writeSync(handle, content, 0)
  } catch {
    // The disk may be full or away for a moment: the next beat tries again.
  } finally {
    if (handle !== undefined) fs.closeSync(handle)
  }
}

/**
 * Seconds since a file was last written, by the clock of its own file system: those of two machines need not agree.
 *
 * @param aside a file beside it, written and deleted to learn what time it is there.
 * @returns infinity where there is no such file.
 * @throws DataError when one of them cannot be used.
 */
export function silence(file: string, aside: string): number {
  try {
    const last = timeOf(file, 'r')
    const now = timeOf(aside, 'w')
    // A time far ahead says as little as one long past.
    return Math.abs(now - last) / 1000
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return Infinity
    throw fileError(error, aside, 'Choose a folder that can be written to.')
  } finally {
    fs.rmSync(aside, { force: true })
  }
}

/** When a file was written, milliseconds; opened for it, since the file system of a network asks its server then. */
function timeOf(file: string, flag: 'r' | 'w'): number {
  const handle = fs.openSync(file, flag)
  try {
    if (flag === 'w') fs.writeSync(handle, '.')
    return fs.fstatSync(handle).mtimeMs
  } finally {
    fs.closeSync(handle)
  }
}
