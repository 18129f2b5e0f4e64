import fs from 'node:fs'
import path from 'node:path'
import { plainRecipe } from '../base/provenance'
import { writeWhole } from '../platform/files'
import { seal } from '../storage/checksummedJson'
import { encodeSafetensors } from '../storage/safetensors'
import type { Model } from './model'
import { learnt, readWeights } from './weights'

/** The version of the format of `model.json`. */
export const MODEL_FORMAT = 1

/**
 * Writes a model into a folder: `model.json` (how it was built, steps and epochs) and `weights.safetensors` (its weights by name, for
 * `safetensors.numpy.load_file` in Python too).
 *
 * @returns the folder's absolute path.
 */
export function saveModel(model: Model, folder: string): string {
  const target = path.resolve(folder)
  const shapes = new Map([...learnt(model)].map(([name, { shape }]) => [name, shape]))
  const tensors = Object.fromEntries(
    Object.entries(readWeights(model)).map(([name, values]) => [name, { shape: shapes.get(name)!, values }]),
  )
  const { steps, epochs } = model
  // Weights first: a folder with a model.json is whole.
  writeWhole(path.join(target, 'weights.safetensors'), encodeSafetensors(tensors))
  describeModel(model, target, { steps, epochs })
  return target
}

/** True where a whole model was saved: `model.json` is written last. */
export const isSaved = (folder: string): boolean => fs.existsSync(path.join(folder, 'model.json'))

/** Writes `model.json` alone. */
export function describeModel(
  model: Model,
  folder: string,
  counters: { steps: number; epochs: number },
): void {
  const recipe = plainRecipe(model) ?? { part: model.kind, with: [] }
  writeWhole(path.join(folder, 'model.json'), seal({ format: MODEL_FORMAT, model: recipe, ...counters }))
}
