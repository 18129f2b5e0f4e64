import { createHash } from 'node:crypto'
import {
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  utimesSync,
} from 'node:fs'
import path from 'node:path'

/** The record of a prepared engine: what it is, and every file of it. */
export interface EngineManifest {
  tensorflow: string
  tfjsNode: string
  /** `linux x64` and so on. */
  system: string
  from: 'wheel' | 'tfjs-node download'
  /** The download it was made from: name and sha256; null if its publisher has no checksum. */
  source: { name: string; sha256: string | null }
  /** The addon, relative to the folder. */
  binding: string
  files: { name: string; size: number; modified: number; sha256: string }[]
}

export const manifestFile = 'prepared.json'

/** Reads the record of a prepared engine; a sentence if it is missing or unreadable. */
export function readManifest(folder: string): EngineManifest | string {
  try {
    const manifest = JSON.parse(readFileSync(path.join(folder, manifestFile), 'utf8')) as EngineManifest
    return Array.isArray(manifest.files) && manifest.files.length > 0
      ? manifest
      : `${manifestFile} lists no files`
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return `${manifestFile} is ${missing ? 'missing' : 'not readable'}`
  }
}

/** Lists and hashes every file below `folder` for its record; links are left out. */
export function recordFiles(folder: string): EngineManifest['files'] {
  return below(folder).map((name) => {
    const { size, mtimeMs } = statSync(path.join(folder, name))
    return { name, size, modified: Math.round(mtimeMs), sha256: sha256(path.join(folder, name)) }
  })
}

function below(folder: string, prefix = ''): string[] {
  return readdirSync(path.join(folder, prefix)).flatMap((entry) => {
    const name = path.posix.join(prefix, entry)
    const kind = lstatSync(path.join(folder, name))
    if (kind.isDirectory()) return below(folder, name)
    return kind.isFile() && entry !== manifestFile ? [name] : []
  })
}

/**
 * Compares a prepared engine with its record: sizes and times always, contents only where a time differs.
 *
 * @returns undefined if everything is as recorded, else which file differs and how
 */
export function verifyContents(folder: string, manifest: EngineManifest): string | undefined {
  for (const { name, size, modified, sha256: wanted } of manifest.files) {
    const file = path.join(folder, name)
    try {
      const found = statSync(file)
      if (found.size !== size) return `${name} has ${found.size} bytes, expected ${size}`
      if (Math.round(found.mtimeMs) === modified) continue
      if (sha256(file) !== wanted) return `${name} was altered (its checksum differs)`
      touchBack(file, modified)
    } catch (error) {
      return `${name} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`
    }
  }
  return undefined
}

// A copied folder has new times: with the recorded ones restored, the next check is fast.
function touchBack(file: string, modified: number): void {
  try {
    utimesSync(file, modified / 1000, modified / 1000)
  } catch {
    // If they cannot be changed, the next check hashes again.
  }
}

/** The sha256 of a file of any size, in pieces. */
export function sha256(file: string): string {
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafe(8 << 20)
  const descriptor = openSync(file, 'r')
  try {
    for (let read = 1; read > 0;) {
      read = readSync(descriptor, piece, 0, piece.length, null)
      hash.update(piece.subarray(0, read))
    }
  } finally {
    closeSync(descriptor)
  }
  return hash.digest('hex')
}
