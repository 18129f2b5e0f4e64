// Models as files: one archive to download, and what a visitor chooses to open.
import { unzipSync, zipSync } from 'fflate'
import type { SavedFiles } from './messages'

const NAMES = ['model.json', 'weights.safetensors']

/** Hands the files of a model to the visitor, as one archive. */
export function download(name: string, files: SavedFiles): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([zipSync({ ...files }).slice()], { type: 'application/zip' }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

/** The two files of a model out of what was chosen: an archive, or both files. @throws Error if one is missing */
export async function filesOf(chosen: readonly File[]): Promise<SavedFiles> {
  const found: Record<string, Uint8Array> = {}
  for (const file of chosen) {
    const bytes = new Uint8Array(await file.arrayBuffer())
    const inside = file.name.endsWith('.zip') ? unzipSync(bytes) : { [file.name]: bytes }
    for (const [path, content] of Object.entries(inside)) found[path.split('/').at(-1)!] = content
  }
  const missing = NAMES.filter((name) => !(name in found))
  if (missing.length > 0)
    throw new Error(
      `${missing.join(' and ')} is missing: choose the archive, or both files of a saved model.`,
    )
  return Object.fromEntries(NAMES.map((name) => [name, found[name]]))
}
