import { formatBytes } from '../../platform/files'
import { gunzipPieces } from '../../platform/inflate'
import { bytesAsFile, type OpenFile } from '../../platform/openFile'
import { failing } from './fileArray'
import { formatOf } from './format'
import { idxHeader } from './idx'

const MOST = 2 * 2 ** 30
const START = 64

/**
 * The content of a file that gzip compressed, in memory; its inflation ends where it exceeds 2 GiB, or what the
 * header of an IDX file declares.
 */
export async function gunzipped(file: OpenFile): Promise<OpenFile> {
  const fail = failing(file.name)
  const pieces: Uint8Array[] = []
  let length = 0
  let most = MOST
  try {
    for await (const piece of gunzipPieces(file.pieces(0, file.size))) {
      if (length < START) most = Math.min(MOST, mostOf([...pieces, piece], file.name))
      pieces.push(piece)
      length += piece.length
      if (length > most) break
    }
  } catch (error) {
    fail(`is a damaged gzip file (${error instanceof Error ? error.message : String(error)})`)
  }
  if (length > most)
    fail(
      most === MOST
        ? `holds more than ${formatBytes(MOST)}`
        : `holds more than the ${formatBytes(most)} that its header declares`,
      most === MOST ? 'Unpack it first, or take a part of it.' : undefined,
    )
  return bytesAsFile(file.name, pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, length))
}

/** The most bytes that the content may have, by its first ones. */
function mostOf(pieces: readonly Uint8Array[], name: string): number {
  const start = Buffer.concat(pieces).subarray(0, START)
  if (formatOf(start, name, start.length) !== 'idx') return MOST
  return start.length < START && start.length < 4 + 4 * start[3] ? MOST : idxHeader(start, failing(name)).size
}
