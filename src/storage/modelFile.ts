import { DataError, describe } from '../base/errors'
import { unseal } from './checksummedJson'
import { count, partSchema, problemIn, z } from './schema'

/** What stands in `model.json`. */
export interface ModelFile {
  readonly format: number
  readonly model: { readonly part: string; readonly with: readonly unknown[] }
  readonly steps: number
  readonly epochs: number
}

/** No part has fewer weights than units; so few units fit any memory. */
const ANY = 10_000

/**
 * What the text of a `model.json` says, checked before anything is built of it.
 *
 * @param format the newest version that is read, with all before it. @param weights numbers in the file of
 *   weights beside it: no size in the description can be larger.
 * @throws DataError that names `file` and what is wrong with it.
 */
export function modelOf(
  text: string,
  { file, format, weights, remedy }: { file: string; format: number; weights: number; remedy: string },
): ModelFile {
  const found = unseal(text)
  if (!found) throw new DataError(`${file} is damaged: it is not as it was written. ${remedy}`)
  const isRead =
    Number.isInteger(found.format) && (found.format as number) >= 1 && (found.format as number) <= format
  if (!isRead)
    throw new DataError(
      `${file} is of format ${describe(found.format)}, expected ${format}. Load it with the version of lidvae that wrote it.`,
    )
  const schema = z.object({ model: partSchema(Math.max(weights, ANY)), steps: count, epochs: count })
  const problem = problemIn(schema, found)
  if (problem) throw new DataError(`${file} does not say how the model was built: ${problem}. ${remedy}`)
  return found as unknown as ModelFile
}
