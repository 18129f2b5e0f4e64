// The browser's file system: bytes by path, in the memory of the page or worker. Relative paths start at /home.
import type { Packs } from './packs'

declare const LIDVAE_PACKS: Packs

/** The folder that relative paths start in. */
export const HOME = '/home'

/** The folder of the package's own files. */
export const PACKAGE = '/lidvae'

/** Called with each file that was written or (without bytes) deleted. */
export type FileListener = (path: string, bytes: Uint8Array | undefined) => void

const files = new Map<string, Uint8Array>()
const folders = new Set<string>(['/', HOME, '/tmp'])
const listeners = new Set<FileListener>()
// Of the files that a server has; fetched when they are read.
const remote = new Map<string, string>()
let base: URL | undefined

for (const [name, paths] of Object.entries(LIDVAE_PACKS))
  for (const path of paths) remote.set(`${PACKAGE}/${path}`, name)

/** An absolute path without `.`, `..` and double slashes. */
export function absolute(path: string): string {
  const parts: string[] = []
  for (const part of (path.startsWith('/') ? path : `${HOME}/${path}`).split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

/** An error as Node's file system throws it, with its code. */
export const systemError = (code: string, path: string): Error =>
  Object.assign(new Error(`${code}: ${path}`), { code, path })

const above = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/'

/** True for a file, also one that is still on the server. */
export const isThereAsFile = (path: string): boolean =>
  files.has(absolute(path)) || remote.has(absolute(path))

/** True for a folder. */
export function isThereAsFolder(path: string): boolean {
  const folder = absolute(path)
  if (folders.has(folder)) return true
  const inside = `${folder}/`
  return [...files.keys(), ...remote.keys()].some((one) => one.startsWith(inside))
}

/** A file's bytes; those of a pack must have been loaded. */
export function read(path: string): Uint8Array {
  const file = absolute(path)
  const bytes = files.get(file)
  if (bytes) return bytes
  const pack = remote.get(file)
  if (pack !== undefined)
    throw new Error(
      `${file} is in the pack '${pack}', which is not loaded. Put \`await lid.start({ packs: ['${pack}'] })\` first.`,
    )
  throw systemError(isThereAsFolder(file) ? 'EISDIR' : 'ENOENT', file)
}

/** The same, fetched from the server where it has not been yet. */
export async function readOrFetch(path: string): Promise<Uint8Array> {
  const file = absolute(path)
  if (!files.has(file) && remote.has(file)) await fetchFile(file)
  return read(file)
}

async function fetchFile(file: string): Promise<void> {
  const url = new URL(file.slice(PACKAGE.length + 1), base)
  const answer = await fetch(url).catch((error: unknown) => String(error))
  if (typeof answer === 'string' || !answer.ok)
    throw new Error(`${url.href} cannot be loaded (${typeof answer === 'string' ? answer : answer.status}).`)
  files.set(file, new Uint8Array(await answer.arrayBuffer()))
}

/** Sets where the package's files are. */
export const setFilesAt = (url: URL): void => void (base = url)

/** Loads all files of a pack, unless they are. @throws Error if there is no such pack, or a file cannot be loaded */
export async function loadPack(name: string): Promise<void> {
  if (!(name in LIDVAE_PACKS))
    throw new Error(`there is no pack '${name}'. There are ${Object.keys(LIDVAE_PACKS).join(', ')}.`)
  const wanted = LIDVAE_PACKS[name].map((path) => `${PACKAGE}/${path}`).filter((path) => !files.has(path))
  await Promise.all(wanted.map(fetchFile))
}

/** Makes a folder and those above it. */
export function makeFolders(path: string): void {
  for (let folder = absolute(path); !folders.has(folder); folder = above(folder)) {
    if (files.has(folder)) throw systemError('EEXIST', folder)
    folders.add(folder)
  }
}

/** Writes a file, with its folders. */
export function write(path: string, content: string | Uint8Array): void {
  const file = absolute(path)
  if (isThereAsFolder(file)) throw systemError('EISDIR', file)
  makeFolders(above(file))
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : Uint8Array.from(content)
  files.set(file, bytes)
  for (const listener of listeners) listener(file, bytes)
}

/** Deletes a file or a folder with its content, if it exists. */
export function remove(path: string): void {
  const gone = absolute(path)
  for (const file of [...files.keys()].filter((one) => one === gone || one.startsWith(`${gone}/`))) {
    files.delete(file)
    for (const listener of listeners) listener(file, undefined)
  }
  for (const folder of [...folders])
    if (folder === gone || folder.startsWith(`${gone}/`)) folders.delete(folder)
}

/** Names in a folder. */
export function namesIn(path: string): string[] {
  const folder = absolute(path)
  if (!isThereAsFolder(folder)) throw systemError(files.has(folder) ? 'ENOTDIR' : 'ENOENT', folder)
  const inside = folder === '/' ? '/' : `${folder}/`
  const all = [...files.keys(), ...remote.keys(), ...folders].filter(
    (one) => one.startsWith(inside) && one !== inside,
  )
  return [...new Set(all.map((one) => one.slice(inside.length).split('/')[0]))].sort()
}

/** All files that were written, below /home. */
export const written = (): string[] => [...files.keys()].filter((one) => one.startsWith(`${HOME}/`)).sort()

/** Hears of every file that is written or deleted; @returns a function that ends that. */
export function hearFiles(listener: FileListener): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
