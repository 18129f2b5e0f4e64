import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'

const PART = '.part'
const RECORD = '.part.json'

/** The temporary name of an incomplete file. */
export const temporaryName = (name: string): string => `.${name}.${process.pid}${PART}`

/** The record of an incomplete file. */
export const recordOf = (temporary: string): string => temporary.slice(0, -PART.length) + RECORD

/** True for the name of an incomplete copy of file `name`. */
export function isPartOf(temporary: string, name: string): boolean {
  const [before, after] = [`.${name}.`, PART]
  const pid = temporary.slice(before.length, -after.length)
  return temporary.startsWith(before) && temporary.endsWith(after) && /^\d+$/.test(pid)
}

const isTemporary = (name: string) => name.startsWith('.') && /\.part(\.json|\.old)?$/.test(name)

/**
 * Removes incomplete files of killed processes in `folder`, except those of files in `resumed`, which the
 * next download resumes. The caller must hold the folder's lock.
 */
export async function clearLeftovers(folder: string, resumed: readonly string[] = []): Promise<void> {
  const names = await readdir(folder)
  const kept = (one: string) =>
    resumed.some((name) => isPartOf(one.replace(/\.json$/, ''), name)) && !one.endsWith('.old')
  await Promise.all(
    names
      .filter((one) => isTemporary(one) && !kept(one))
      .map((one) => rm(path.join(folder, one), { force: true })),
  )
}
