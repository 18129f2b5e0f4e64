import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { isPartOf, recordOf, temporaryName } from './leftovers'

/** Identifies the file that an address sent, to check whether it still sends the same. */
export interface Entity {
  url: string
  etag?: string
  lastModified?: string
  /** Bytes of the whole. */
  size?: number
}

/** How a file is opened; a test opens another. */
export type OpenFile = (file: string, flags: string) => Promise<FileHandle>

const START = 64

/**
 * The bytes received of a file so far, under a temporary name beside the target, and which file they belong
 * to.
 */
export class PartialFile {
  /** Bytes received. */
  length = 0
  /** The file that they belong to. */
  entity?: Entity
  /** The first of them, as Latin-1 text. */
  start = ''
  private hash = createHash('md5')

  private constructor(
    private readonly folder: string,
    private readonly name: string,
    private readonly file: string,
    private readonly handle: FileHandle,
  ) {}

  /** Opens it with what an earlier download left of the same file; the caller must hold the folder's lock. */
  static async open(folder: string, name: string, openFile: OpenFile = open): Promise<PartialFile> {
    const file = path.join(folder, temporaryName(name))
    const left = await longestLeft(folder, name)
    const parked = left && `${left.file}.old`
    // A process that lost its lock while suspended may still write to that file: it is copied, never
    // continued.
    if (parked) await rename(left.file, parked)
    await Promise.all([file, recordOf(file)].map((one) => rm(one, { force: true })))
    const partial = new PartialFile(folder, name, file, await openFile(file, 'a'))
    if (parked) {
      try {
        await partial.begin(left.entity)
        for await (const piece of createReadStream(parked)) await partial.append(piece as Buffer)
      } catch {
        await partial.clear().catch(() => undefined)
      }
    }
    await partial.clearOthers()
    return partial
  }

  /** Removes all other parts of the same file: this is the longest. */
  private async clearOthers(): Promise<void> {
    const own = [this.file, recordOf(this.file)].map((one) => path.basename(one))
    const others = (await readdir(this.folder)).filter(
      (one) => isPartOf(one.replace(/\.(json|old)$/, ''), this.name) && !own.includes(one),
    )
    await Promise.all(others.map((one) => rm(path.join(this.folder, one), { force: true })))
  }

  /** Starts empty, for bytes of `entity`. */
  async begin(entity: Entity): Promise<void> {
    await this.clear()
    this.entity = entity
    await writeFile(recordOf(this.file), JSON.stringify(entity))
  }

  /** Discards all bytes. */
  async clear(): Promise<void> {
    this.entity = undefined
    this.start = ''
    this.hash = createHash('md5')
    if (this.length > 0) await this.handle.truncate(0)
    this.length = 0
    await rm(recordOf(this.file), { force: true })
  }

  async append(piece: Uint8Array): Promise<void> {
    await this.handle.appendFile(piece)
    this.length += piece.length
    this.hash.update(piece)
    if (this.start.length < START) this.start += Buffer.from(piece.subarray(0, START)).toString('latin1')
  }

  /** MD5 of the received bytes. */
  md5(): string {
    return this.hash.copy().digest('hex')
  }

  /** Puts the whole file in its place. */
  async finish(): Promise<void> {
    await this.handle.sync()
    await this.handle.close()
    await rename(this.file, path.join(this.folder, this.name))
    await rm(recordOf(this.file), { force: true })
    await syncFolder(this.folder)
  }

  /** Closes it: kept for the next download, or removed. */
  async close(keep: boolean): Promise<void> {
    await this.handle.close().catch(() => undefined)
    if (keep) return
    await Promise.all([this.file, recordOf(this.file)].map((one) => rm(one, { force: true }))).catch(
      () => undefined,
    )
  }
}

/** The longest part of file `name` that an earlier download left together with its record. */
async function longestLeft(
  folder: string,
  name: string,
): Promise<{ file: string; entity: Entity } | undefined> {
  const names = await readdir(folder).catch(() => [])
  const left = await Promise.all(
    names
      .filter((one) => isPartOf(one, name))
      .map(async (one) => {
        const file = path.join(folder, one)
        const entity = await readRecord(recordOf(file))
        const size = await stat(file).then(
          (found) => (found.isFile() ? found.size : 0),
          () => 0,
        )
        return entity && size > 0 ? [{ file, entity, size }] : []
      }),
  )
  return left.flat().sort((a, b) => b.size - a.size)[0]
}

/** A record as `begin` wrote it; undefined if invalid, because then the bytes are unknown. */
async function readRecord(file: string): Promise<Entity | undefined> {
  try {
    if (!(await stat(file)).isFile()) return undefined
    const { url, etag, lastModified, size } = JSON.parse(await readFile(file, 'utf8')) as Record<
      string,
      unknown
    >
    const texts = [etag, lastModified].every((one) => one === undefined || typeof one === 'string')
    if (typeof url !== 'string' || !texts) return undefined
    if (size !== undefined && !(Number.isSafeInteger(size) && (size as number) >= 0)) return undefined
    return { url, etag, lastModified, size } as Entity
  } catch {
    return undefined
  }
}

/** Makes the renaming durable, if the system can. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}
