import type { OpenFile } from '../openFile'
import type { Zip } from '../zip'

export type { Zip, ZipEntry } from '../zip'

export async function openZip(file: OpenFile): Promise<Zip> {
  const { unzipSync } = await import('fflate')
  const files = unzipSync(file.read(0, file.size))
  return {
    entries: Object.entries(files).map(([name, bytes]) => ({
      name,
      size: bytes.length,
      packed: bytes.length,
      // eslint-disable-next-line @typescript-eslint/require-await
      pieces: async function* () {
        yield bytes
      },
    })),
    close: () => undefined,
  }
}
