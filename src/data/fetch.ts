import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import { DataError } from '../base/errors'
import { ask, isResumable } from './ask'
import { DownloadError, FetchFailure, downloadError, networkFailure, formatReceived } from './fetchFailure'
import { sharedVariable } from '../platform/environment'
import { formatBytes, fileError } from '../platform/files'
import { recordFile, type FileRecord, type PublishedFile } from '../platform/files'
import { PartialFile, type OpenFile } from './partial'
import { type OptionDefaults, type ResolvedOptions, resolveOptions } from '../base/options'

/** A published file and its addresses, in the order of trial. */
export interface RemoteFile extends FileRecord {
  readonly urls: readonly string[]
}

/** The same for a file whose size and MD5 may be unknown. */
export interface PublishedRemoteFile extends PublishedFile {
  readonly urls: readonly string[]
  /** The text it begins with, which distinguishes it from an error page without an MD5. */
  readonly begins?: string
}

/** Progress of a download. */
export interface FetchProgress {
  /** Name of the file. */
  file: string
  /** Bytes received so far. */
  received: number
  /** Bytes of the whole file. */
  total: number
  /** How many of them come from an earlier, interrupted download, if any. */
  resumed?: number
}

/** Timeouts and callbacks of a download. */
export interface FetchOptions {
  /** Called with every chunk received. */
  onProgress?: (progress: FetchProgress) => void
  /** Aborts the download; the next one resumes it. */
  signal?: AbortSignal
  /** Milliseconds without a byte after which an address is given up (default 30,000). */
  stall?: number
  /** Milliseconds to wait for a connection (default 8,000). */
  connect?: number
  /** Bytes per second, on average over `stall`, below which an address is given up (default 1,000). */
  slowest?: number
  /** Bytes at which a file whose size was not published is given up (default 200,000,000). */
  most?: number
  /** How many times the addresses are tried in turn (default 3). */
  rounds?: number
  /** Milliseconds before the second round, doubled before each further one (default 1,000). */
  pause?: number
  /** What to do if it fails: which files to put where. */
  byHand?: string
  /** @internal How the temporary file is opened. */
  openFile?: OpenFile
}

/** Their defaults. */
export const FETCH_OPTIONS = {
  onProgress: undefined,
  signal: undefined,
  stall: 30000,
  connect: 8000,
  slowest: 1000,
  most: 200e6,
  rounds: 3,
  pause: 1000,
  byHand: undefined,
  openFile: undefined,
} satisfies OptionDefaults<FetchOptions>

/** Remedy for a folder that cannot be written to. */
export const WRITABLE = 'Make room or give permission there, or set LIDVAE_CACHE to a writable folder.'

/**
 * Downloads one file into an existing folder: streamed, with its MD5 computed on the way, written under a
 * temporary name and renamed only when every byte is verified. An interrupted download is resumed if the
 * server supports it and has the same file. The addresses are tried in turn, repeatedly if that may help. If
 * no MD5 was published, that of this download is recorded beside the file.
 *
 * undici's own `RetryAgent` also resumes, but only within one process and without a checksum.
 *
 * @param file its name, size, MD5 and addresses
 * @param folder the target; the caller holds its lock
 * @param options see `FetchOptions`
 * @returns path of the file
 * @throws DownloadError if no address delivers it, DataError if it cannot be written
 * @example
 * await fetchFile({ name: 'a.gz', size: 5148, md5: 'bb30…', urls: ['https://…/a.gz'] }, folder)
 */
export async function fetchFile(
  file: PublishedRemoteFile,
  folder: string,
  options: FetchOptions = {},
): Promise<string> {
  const resolved = resolveOptions('fetchFile', options, FETCH_OPTIONS)
  const { rounds, pause, signal, byHand = `Put it there by hand from ${file.urls[0]}.` } = resolved
  const target = path.join(folder, file.name)
  const agent = await connections(resolved.connect)
  const partial = await local(target, () => PartialFile.open(folder, file.name, resolved.openFile))
  let keep = true
  const causes = new Map<string, string>()
  let urls = [...file.urls]
  try {
    for (let round = 0; round < rounds && urls.length > 0; round++) {
      if (round > 0) await wait(pause * 2 ** (round - 1), undefined, { signal })
      const again: string[] = []
      for (const url of urls) {
        const failure = await attempt(url, file, partial, agent, { ...resolved, target })
        if (failure === undefined) {
          // Recorded first: a file without a record counts as put there by hand.
          if (file.md5 === undefined) await local(target, () => recordFile(folder, file.name, partial.md5()))
          await local(target, () => partial.finish())
          return target
        }
        causes.set(new URL(url).host, failure.message)
        if (failure.again) again.push(url)
      }
      urls = again
    }
    throw downloadError(file, causes, folder, byHand)
  } catch (error) {
    // Leave nothing behind if the disk is full or the folder is not writable.
    if (error instanceof DataError && !(error instanceof DownloadError)) keep = false
    throw error
  } finally {
    await partial.close(keep && isResumable(partial, file))
    await agent.destroy()
  }
}

/** One attempt at one address; returns what went wrong, or nothing if every byte has arrived. */
async function attempt(
  url: string,
  file: PublishedRemoteFile,
  partial: PartialFile,
  agent: Dispatcher,
  options: ResolvedOptions<FetchOptions, typeof FETCH_OPTIONS> & { target: string },
): Promise<FetchFailure | undefined> {
  const { signal, stall, slowest, most, onProgress, target } = options
  signal?.throwIfAborted()
  const stop = new AbortController()
  const onAbort = () => stop.abort(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  let size = file.size ?? partial.entity?.size
  const soFar = () => formatReceived(partial.length, size)
  const timer = setTimeout(
    () => stop.abort(new FetchFailure(`no byte for ${stall / 1000} s after ${soFar()}`, true)),
    stall,
  )
  // A server that sends a few bytes now and then is useless.
  let pace: NodeJS.Timeout | undefined
  const watchPace = () => {
    let before = partial.length
    return setInterval(() => {
      const come = partial.length - before
      if (come < (slowest * stall) / 1000)
        stop.abort(new FetchFailure(`only ${formatBytes(come)} in ${stall / 1000} s, has ${soFar()}`, true))
      before = partial.length
    }, stall)
  }
  // Network errors become a FetchFailure; other errors pass unchanged.
  const network = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      signal?.throwIfAborted()
      throw networkFailure(stop.signal.aborted ? stop.signal.reason : error, soFar())
    }
  }
  const write = (work: () => Promise<void>) =>
    local(target, work, `It has ${soFar()} from ${new URL(url).host}. `)
  try {
    // All bytes may be there already, if a process was killed before renaming.
    if (partial.length === 0 || partial.length !== size) {
      const { pieces, from, entity } = await network(() => ask(url, file, partial, agent, stop.signal))
      if (from === 0) await write(() => partial.begin(entity))
      size = file.size ?? entity.size
      if (size !== undefined && file.size === undefined && size > most)
        throw new FetchFailure(`announced ${formatBytes(size)}, expected at most ${formatBytes(most)}`, false)
      const limit = size ?? most
      const tell = () =>
        onProgress?.({
          file: file.name,
          received: partial.length,
          total: size ?? partial.length,
          ...(from > 0 && { resumed: from }),
        })
      if (from > 0) tell()
      for (;;) {
        const piece = await network(() => pieces.read())
        if (piece.done) break
        const chunk = piece.value as Uint8Array
        const received = partial.length + chunk.length
        if (received > limit) {
          await write(() => partial.clear())
          throw new FetchFailure(`sent more than ${formatBytes(limit)}: ${formatBytes(received)}`, true)
        }
        pace ??= watchPace()
        await write(() => partial.append(chunk))
        timer.refresh()
        tell()
      }
      if (size !== undefined && partial.length < size) throw new FetchFailure(`sent ${soFar()}`, true)
      const failure = await problem(file, partial)
      if (failure && from > 0) {
        // Either part may be wrong: download the whole again.
        stop.abort()
        return await attempt(url, file, partial, agent, options)
      }
      return failure
    }
    return (await problem(file, partial)) && (await attempt(url, file, partial, agent, options))
  } catch (error) {
    if (error instanceof FetchFailure) return error
    throw error
  } finally {
    clearTimeout(timer)
    clearInterval(pace)
    signal?.removeEventListener('abort', onAbort)
    stop.abort()
  }
}

/** What is wrong with a completely received file; wrong bytes are deleted. */
async function problem(file: PublishedRemoteFile, partial: PartialFile): Promise<FetchFailure | undefined> {
  const { begins, md5 } = file
  const found = partial.md5()
  let what: string | undefined
  if (partial.length === 0) what = 'sent 0 bytes, expected a file'
  else if (begins !== undefined && !partial.start.startsWith(begins))
    what = `sent a file that does not begin with '${begins}'`
  else if (md5 !== undefined && found !== md5) what = `sent bytes with MD5 ${found}, expected ${md5}`
  if (what === undefined) return undefined
  await partial.clear()
  return new FetchFailure(what, true)
}

/** A pool of connections that honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as Node's own fetch does not. */
async function connections(connectTimeout: number): Promise<Dispatcher> {
  const { Agent, EnvHttpProxyAgent } = await import('undici')
  const proxied = ['http_proxy', 'https_proxy'].some(sharedVariable)
  if (!proxied) return new Agent({ connectTimeout })
  try {
    return withoutWarning('UNDICI-EHPA', () => new EnvHttpProxyAgent({ connectTimeout }))
  } catch {
    // The value is not shown: it may contain a password.
    throw new DataError(
      'HTTP_PROXY and HTTPS_PROXY must be addresses such as http://proxy.example:3128, and one of them is not. Set it so, or unset it.',
    )
  }
}

/** Runs what would warn on stderr that a library is not finished, which concerns nobody who downloads data. */
function withoutWarning<T>(code: string, use: () => T): T {
  const before = Object.getOwnPropertyDescriptor(process, 'emitWarning')!
  const emitWarning = process.emitWarning.bind(process)
  const others = (warning: string | Error, options?: { code?: string }, ...rest: unknown[]): void => {
    if (options?.code !== code) Reflect.apply(emitWarning, process, [warning, options, ...rest])
  }
  process.emitWarning = others as typeof emitWarning
  try {
    return use()
  } finally {
    Object.defineProperty(process, 'emitWarning', before)
  }
}

/** Runs a file operation; its failure is the folder's, not the network's. */
async function local<T>(file: string, work: () => Promise<T> | T, state = ''): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw fileError(error, file, state + WRITABLE)
  }
}
