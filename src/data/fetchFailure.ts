import { DataError } from '../base/errors'
import { formatBytes } from '../platform/files'
import { thousands } from '../base/thousands'
import type { PublishedFile } from '../platform/files'

/** A failed attempt at one address, and whether a retry may help. */
export class FetchFailure extends Error {
  constructor(
    message: string,
    readonly again: boolean,
  ) {
    super(message)
  }
}

/** A file could not be downloaded; besides the message, it has the cause alone. */
export class DownloadError extends DataError {
  constructor(
    message: string,
    /** The cause alone, for the line that says what is used instead. */
    readonly reason: string,
  ) {
    super(message)
  }
}

const NO_ANSWER: Record<string, string> = {
  ENOTFOUND: 'host not found (no network?)',
  EAI_AGAIN: 'host not found (no network?)',
  ECONNREFUSED: 'connection refused',
  ENETUNREACH: 'network unreachable',
  EHOSTUNREACH: 'host unreachable',
  ENETDOWN: 'network down',
  ETIMEDOUT: 'no connection (a firewall?)',
  UND_ERR_CONNECT_TIMEOUT: 'no connection (a firewall?)',
}

interface NetworkError {
  code?: string
  message?: string
  cause?: NetworkError
}

/** Bytes received, and the total if known. */
export const formatReceived = (received: number, size?: number): string =>
  size === undefined ? formatBytes(received) : `${thousands(received)} of ${formatBytes(size)}`

/** The network failure for an error of `fetch` or of reading its body. */
export function networkFailure(error: unknown, soFar: string): FetchFailure {
  if (error instanceof FetchFailure) return error
  const { cause, ...outer } = error as NetworkError
  const code = cause?.code ?? outer.code ?? ''
  if (code in NO_ANSWER) return new FetchFailure(NO_ANSWER[code], false)
  if (/CERT|SIGNATURE|ERR_TLS|SELF_SIGNED/.test(code))
    return new FetchFailure(
      `its certificate is not trusted, ${code} (behind a company's proxy, NODE_EXTRA_CA_CERTS helps)`,
      false,
    )
  if (/redirect/.test(cause?.message ?? '')) return new FetchFailure('redirects without end', false)
  const what = code || cause?.message || (error as Error).message
  return new FetchFailure(`connection broken after ${soFar} (${what})`, true)
}

/** The final error for a file: what each address answered, and how to put the files there by hand. */
export function downloadError(
  file: PublishedFile,
  causes: ReadonlyMap<string, string>,
  folder: string,
  byHand: string,
): DownloadError {
  const hosts = new Map<string, string[]>()
  for (const [host, why] of causes) hosts.set(why, [...(hosts.get(why) ?? []), host])
  const reason = [...hosts].map(([why, those]) => `${those.join(', ')}: ${why}`).join('; ')
  return new DownloadError(`Could not download ${file.name} into ${folder} (${reason}). ${byHand}`, reason)
}
