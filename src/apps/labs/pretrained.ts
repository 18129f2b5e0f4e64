import { exists, list } from '../../platform/fileSystem'
import path from '../../platform/path'
import { packageRoot } from '../../platform/places'
import { ArgumentError } from '../../base/errors'
import type { Model } from '../../models/model'
import { load } from '../../runs/load'

/** Where the labs' models are. */
export const checkpointFolder = (): string => path.join(packageRoot(), 'notebooks', 'labs', 'checkpoints')

/**
 * A small model that was trained for the labs and ships with the library, so that no training is needed:
 * mixtures of the pinwheel, VAEs of synthetic sentences. `npm run lab-checkpoints` made them.
 *
 * @param name its folder in `notebooks/labs/checkpoints`: `'pinwheel-plain'`.
 * @returns the model, with its weights.
 * @throws ArgumentError for an unknown model; DataError if it is damaged.
 * @example
 * const model = lid.pretrained('pinwheel-plain')
 */
export function pretrained(name: string): Model {
  const names = exists(checkpointFolder()) ? list(checkpointFolder()).sort() : []
  if (!names.includes(name)) throw new ArgumentError('name', name, `one of ${names.join(', ')}`)
  return load(path.join(checkpointFolder(), name))
}
