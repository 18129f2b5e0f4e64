import { createHash } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import { FetchFailure, downloadError, networkFailure } from './fetchFailure'
import { bytesInWords, fileError } from './files'
import { recordFile, type FileRecord, type PublishedFile } from './files'
import { removedOnExit, temporaryName } from './leftovers'

/** A published file and the addresses it can be had from, the first one first. */
export interface RemoteFile extends FileRecord {
  readonly urls: readonly string[]
}

/** The same of a file whose size and MD5 may be unknown. */
export interface PublishedRemoteFile extends PublishedFile {
  readonly urls: readonly string[]
  /** The text it begins with: what tells it from an error page where no MD5 does. */
  readonly begins?: string
}

/** How far a download is. */
export interface FetchProgress {
  /** Name of the file. */
  file: string
  /** Bytes received so far. */
  received: number
  /** Bytes of the whole file. */
  total: number
}

/** Patience and callbacks of a download. */
export interface FetchOptions {
  /** Called with every piece that arrives. */
  onProgress?: (progress: FetchProgress) => void
  /** Ends the download early; nothing of it stays behind. */
  signal?: AbortSignal
  /** Milliseconds without a byte after which an address is given up (default 30,000). */
  stall?: number
  /** Milliseconds to wait for a connection (default 8,000). */
  connect?: number
  /** How many times the addresses are tried in turn (default 3). */
  rounds?: number
  /** Milliseconds before the second round, doubled before each further one (default 1,000). */
  pause?: number
  /** What to do when it fails: which files to put where. */
  byHand?: string
  /** @internal How the temporary file is opened. */
  openFile?: (file: string, flags: string) => Promise<FileHandle>
}

/** What to do about a folder that cannot be written to. */
export const WRITABLE =
  'Give room or permission there, or set LIDVAE_CACHE to a folder that can be written to.'

/**
 * Downloads one file into an existing folder: streamed, its MD5 computed on the way, written under a temporary name and renamed only when
 * every byte is right. The addresses are tried in turn, and again where that may help. Where no MD5 was published, that of this download is recorded beside the file.
 *
 * @param file its name, size, MD5 and addresses
 * @param folder where to put it
 * @param options see `FetchOptions`
 * @returns path of the file
 * @throws DownloadError when no address delivers it, DataError when it cannot be written
 * @example
 * await fetchFile({ name: 'a.gz', size: 5148, md5: 'bb30…', urls: ['https://…/a.gz'] }, folder)
 */
export async function fetchFile(
  file: PublishedRemoteFile,
  folder: string,
  options: FetchOptions = {},
): Promise<string> {
  const { rounds = 3, pause = 1000, signal, byHand = `Put it there by hand from ${file.urls[0]}.` } = options
  const target = path.join(folder, file.name)
  const temporary = path.join(folder, temporaryName(file.name))
  const forget = removedOnExit(temporary)
  const agent = await connections(options.connect ?? 8000)
  const causes = new Map<string, string>()
  let urls = [...file.urls]
  try {
    for (let round = 0; round < rounds && urls.length > 0; round++) {
      if (round > 0) await wait(pause * 2 ** (round - 1), undefined, { signal })
      const again: string[] = []
      for (const url of urls) {
        const outcome = await attempt(url, file, temporary, agent, options)
        if (typeof outcome === 'string') {
          // Recorded first: a file without its record would pass for one put there by hand.
          if (file.md5 === undefined) await local(target, () => recordFile(folder, file.name, outcome))
          await local(target, () => rename(temporary, target))
          await syncFolder(folder)
          return target
        }
        causes.set(new URL(url).host, outcome.message)
        if (outcome.again) again.push(url)
      }
      urls = again
    }
    throw downloadError(file, causes, folder, byHand)
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined)
    forget()
    await agent.destroy()
  }
}

/** One try at one address; returns what went wrong, or the MD5 when the temporary file is whole. */
async function attempt(
  url: string,
  file: PublishedRemoteFile,
  temporary: string,
  agent: Dispatcher,
  options: FetchOptions,
): Promise<FetchFailure | string> {
  const { signal, stall = 30000, onProgress, openFile = open } = options
  signal?.throwIfAborted()
  const stop = new AbortController()
  const onAbort = () => stop.abort(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  const timer = setTimeout(() => stop.abort(new FetchFailure(`no byte for ${stall / 1000} s`, true)), stall)
  let received = 0
  // Whatever the network throws becomes a FetchFailure, so that other errors pass through untouched.
  const network = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      signal?.throwIfAborted()
      throw networkFailure(stop.signal.aborted ? stop.signal.reason : error, received)
    }
  }
  const handle = await local(temporary, () => openFile(temporary, 'w'))
  try {
    const { pieces, announced } = await network(() => request(url, agent, stop.signal))
    const size = file.size ?? announced
    const hash = createHash('md5')
    let start = ''
    for (;;) {
      const piece = await network(() => pieces.read())
      if (piece.done) break
      const chunk = piece.value as Uint8Array
      received += chunk.length
      if (size !== undefined && received > size)
        throw new FetchFailure(`sent more than ${bytesInWords(size)}`, true)
      if (file.begins !== undefined && start.length < file.begins.length)
        start += Buffer.from(chunk).toString('latin1', 0, file.begins.length - start.length)
      hash.update(chunk)
      await local(temporary, () => handle.appendFile(chunk))
      timer.refresh()
      onProgress?.({ file: file.name, received, total: size ?? received })
    }
    if (size !== undefined && received < size)
      throw new FetchFailure(`sent ${received.toLocaleString('en-US')} of ${bytesInWords(size)}`, true)
    if (file.begins !== undefined && start !== file.begins)
      throw new FetchFailure(`sent a file that does not begin with '${file.begins}'`, true)
    const found = hash.digest('hex')
    if (file.md5 !== undefined && found !== file.md5)
      throw new FetchFailure(`sent bytes with MD5 ${found}, wanted ${file.md5}`, true)
    await local(temporary, () => handle.sync())
    return found
  } catch (error) {
    if (error instanceof FetchFailure) return error
    throw error
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
    stop.abort()
    await handle.close().catch(() => undefined)
  }
}

/** Opens an address and returns the reader of its body with the length it announces; any answer but success is a failure. */
async function request(url: string, dispatcher: Dispatcher, signal: AbortSignal) {
  const { fetch } = await import('undici')
  // 'identity', or a server may compress the compressed file and its length no longer tells anything.
  const response = await fetch(url, { dispatcher, signal, headers: { 'accept-encoding': 'identity' } })
  if (response.status === 200 && response.body) {
    const length = Number(response.headers.get('content-length') ?? NaN)
    return { pieces: response.body.getReader(), announced: Number.isInteger(length) ? length : undefined }
  }
  await response.body?.cancel()
  const again = response.status >= 500 || response.status === 429 || response.status === 408
  throw new FetchFailure(`answered ${response.status} ${response.statusText}`.trim(), again)
}

/** A pool of connections that honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as Node's own fetch does not. */
async function connections(connectTimeout: number): Promise<Dispatcher> {
  const { Agent, EnvHttpProxyAgent } = await import('undici')
  const proxied = ['http_proxy', 'https_proxy'].some(
    (name) => process.env[name] || process.env[name.toUpperCase()],
  )
  return proxied ? new EnvHttpProxyAgent({ connectTimeout }) : new Agent({ connectTimeout })
}

/** Runs a file operation; its failure is a person's folder, not the network. */
async function local<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw fileError(error, file, WRITABLE)
  }
}

/** Makes the renaming itself durable, where the system can. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}
