import type { Dispatcher } from 'undici'
import { FetchFailure } from './fetchFailure'
import type { PublishedFile } from '../platform/files'
import type { Entity, PartialFile } from './partial'

/** A server's response: pieces of a body from byte `from` on. */
export interface Answer {
  pieces: { read: () => Promise<{ done: boolean; value?: unknown }> }
  /** Position of its first byte in the file. */
  from: number
  entity: Entity
}

/**
 * True if an earlier download can be resumed: it can be checked that the server still has the same file, by
 * the response or by the checksum.
 */
export const isResumable = (partial: PartialFile, { md5 }: PublishedFile): boolean =>
  partial.length > 0 &&
  partial.entity !== undefined &&
  (md5 !== undefined || validator(partial.entity) !== undefined)

/**
 * Requests a file from an address, or its missing rest; any response but success is a failure.
 *
 * A server without support for ranges, or with a changed file, sends the whole: then `from` is 0.
 */
export async function ask(
  url: string,
  file: PublishedFile,
  partial: PartialFile,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<Answer> {
  const { fetch } = await import('undici')
  const range = rangeHeaders(url, file, partial)
  // 'identity': otherwise a server may compress the compressed file, and its length means nothing.
  const headers = { 'accept-encoding': 'identity', ...range }
  const response = await fetch(url, { dispatcher, signal, headers })
  const { status, statusText, body } = response
  const encoded = !['', 'identity'].includes(response.headers.get('content-encoding') ?? '')
  const entity = (size: number | undefined): Entity => ({
    url,
    etag: response.headers.get('etag') ?? undefined,
    lastModified: response.headers.get('last-modified') ?? undefined,
    size,
  })
  // The decoder accepts a truncated stream: without a checksum it is refused.
  if (encoded && file.md5 === undefined && (status === 200 || status === 206)) {
    await body?.cancel()
    const encoding = response.headers.get('content-encoding')
    throw new FetchFailure(`sent it encoded as ${encoding?.slice(0, 40)}, expected the unencoded file`, true)
  }
  if (status === 200 && body) {
    const length = Number(response.headers.get('content-length') ?? NaN)
    return {
      pieces: body.getReader(),
      from: 0,
      entity: entity(Number.isSafeInteger(length) && !encoded ? length : undefined),
    }
  }
  if (range && status === 206 && body && !encoded) {
    const [from, size] = contentRange(response.headers.get('content-range'))
    if (from === partial.length && continues(partial, file, entity(size)))
      return {
        pieces: body.getReader(),
        from,
        entity: { ...partial.entity, url, size: size ?? partial.entity?.size },
      }
  }
  await body?.cancel()
  // The requested part does not exist (416) or is of another file: start from the beginning.
  if (range && (status === 206 || status === 416)) {
    await partial.clear()
    return ask(url, file, partial, dispatcher, signal)
  }
  const again = status >= 500 || status === 429 || status === 408
  throw new FetchFailure(`answered ${`${status} ${statusText}`.trim()}, expected 200 OK`, again)
}

/** The header fields that request the missing part; undefined if there is nothing to resume. */
function rangeHeaders(
  url: string,
  file: PublishedFile,
  partial: PartialFile,
): Record<string, string> | undefined {
  const { length, entity } = partial
  if (entity === undefined || !isResumable(partial, file)) return undefined
  const range = `bytes=${length}-`
  const mark = validator(entity)
  if (entity.url === url && mark !== undefined) return { range, 'if-range': mark }
  return file.md5 === undefined ? undefined : { range }
}

/** What identifies the server's version of a file: a strong ETag, otherwise the time of the last change. */
const validator = ({ etag, lastModified }: Entity): string | undefined =>
  etag?.startsWith('"') ? etag : lastModified

/**
 * Whether a part belongs to the file that was begun: by size, and for the same address by ETag and time of
 * change.
 */
function continues({ entity }: PartialFile, file: PublishedFile, found: Entity): boolean {
  if (entity === undefined) return false
  const differ = <T>(a: T | undefined, b: T | undefined) => a !== undefined && b !== undefined && a !== b
  if (differ(file.size ?? entity.size, found.size)) return false
  if (entity.url !== found.url) return file.md5 !== undefined
  return !differ(entity.etag, found.etag) && !differ(entity.lastModified, found.lastModified)
}

/** First byte and total size, from `bytes 100-199/200`. */
function contentRange(field: string | null): [number, number | undefined] {
  const found = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(field ?? '')
  if (!found) return [-1, undefined]
  return [Number(found[1]), found[2] === '*' ? undefined : Number(found[2])]
}
