import { rmSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import onExit from 'signal-exit'

const PART = '.part'

/** The name under which a file is written until it is whole. */
export const temporaryName = (name: string): string => `.${name}.${process.pid}${PART}`

const isTemporary = (name: string) => name.startsWith('.') && name.endsWith(PART)

/** Has `file` removed when the process ends by itself or by a signal; returns the function that calls this off. */
export const removedOnExit = (file: string): (() => void) => onExit(() => rmSync(file, { force: true }))

/** Removes what a killed process left unfinished in `folder`; only to be called by who holds the folder's lock. */
export async function clearLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder)
  await Promise.all(names.filter(isTemporary).map((name) => rm(path.join(folder, name), { force: true })))
}
