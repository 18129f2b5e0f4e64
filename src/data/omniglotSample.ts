import { DataError } from '../base/errors'
import { readVerified } from '../platform/files'
import type { Place } from './folders'
import { parseIdx } from './idx'
import { OMNIGLOT_SAMPLE_FILES } from './omniglotFiles'
import type { OmniglotPart } from './omniglotMat'

/** Intensities are multiples of 1/255, exactly as in the original file. */
export const LEVELS = 255

/** Both parts of the embedded sample. */
export async function readOmniglotSample(
  place: Place,
  remedy: string,
): Promise<Record<'train' | 'test', OmniglotPart>> {
  const read = async (i: number, rank: number) => {
    const file = OMNIGLOT_SAMPLE_FILES[i]
    const { data } = parseIdx(await readVerified(place.folder, file, remedy), {
      name: file.name,
      rank,
      remedy,
    })
    if (data instanceof Uint8Array) return data
    throw new DataError(`${file.name} is of another type than bytes. ${remedy}`)
  }
  const part = async (first: number): Promise<OmniglotPart> => {
    const labels = await read(first + 1, 2)
    return {
      x: Float32Array.from(await read(first, 3), (level) => level / LEVELS),
      alphabets: Int32Array.from(labels.filter((_, i) => i % 2 === 0)),
      characters: Int32Array.from(labels.filter((_, i) => i % 2 === 1)),
    }
  }
  return { train: await part(0), test: await part(2) }
}
