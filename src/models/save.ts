import { readText, removeFile } from '../platform/fileSystem'
import path from '../platform/path'
import { ArgumentError } from '../base/errors'
import { handMadeIn, mentions, provenanceOf } from '../base/provenance'
import { fileError, writeWhole } from '../platform/files'
import { seal, unseal } from '../storage/checksummedJson'
import { encodeSafetensors } from '../storage/safetensors'
import type { Model } from './model'
import { learnt } from './weights'

/**
 * The version of a saved model's format. Since 2 the fixed tensors stand beside the weights; a folder of 1 has weights
 * alone, and its fixed tensors are drawn again from the seed.
 */
export const MODEL_FORMAT = 2

/**
 * Options of the builders that no file can hold where they are not registered; `load` takes them instead:
 * `lid.load(folder, { decoder })`.
 */
export const OWN_PARTS = {
  likelihood: true,
  encoder: true,
  decoder: true,
  prior: true,
  flow: true,
  constraint: true,
  head: true,
} as const

/**
 * Writes a model into a folder: `model.json` (how it was built, steps and epochs) and `weights.safetensors`
 * (its weights and fixed tensors by name, for `safetensors.numpy.load_file` in Python too). The page
 * `docs/file-format.md` says how to compute with them elsewhere.
 *
 * @returns the folder's absolute path.
 * @throws ArgumentError for a model that could not be loaded again.
 */
export function saveModel(model: Model, folder: string): string {
  const reason = whyNotSaved(model)
  if (reason) throw new ArgumentError('model', model, 'a model that lid.load can build again', reason)
  const target = path.resolve(folder)
  const { constants } = model.parameters
  const tensors = Object.fromEntries(
    [...learnt(model), ...constants].map(([name, tensor]) => [
      name,
      { shape: tensor.shape, values: Float32Array.from(tensor.dataSync<'float32'>()) },
    ]),
  )
  // Weights first: a folder with a model.json is complete.
  writeWhole(path.join(target, 'weights.safetensors'), encodeSafetensors(tensors))
  const { steps, epochs } = model
  const description = { format: MODEL_FORMAT, model: provenanceOf(model), steps, epochs }
  writeWhole(path.join(target, 'model.json'), seal(description))
  return target
}

/** Why a model cannot be saved, and what to do, in one line; undefined where it can. */
export function whyNotSaved(model: Model): string | undefined {
  const provenance = provenanceOf(model)
  const register = "lid.registerPart('name', builder)"
  if (!provenance)
    return Object.hasOwn(model, 'parameters')
      ? `This one was made by hand: write what makes it as a function of its options, and register it by ${register}.`
      : 'This is a view of a model, which shares its weights: save the model, load it, and make the view again, say by lid.refined(model).'
  const lost = handMadeIn(provenance).filter((name) => !Object.hasOwn(OWN_PARTS, name))
  if (lost.length > 0)
    return `Made by hand, which no file can hold: ${lost.map((name) => name || 'an argument').join(', ')}. Register what makes it by ${register}.`
  if (mentions(provenance, (part) => part.startsWith('data.')))
    return 'It was made from a data set, which a saved model does not load: give its builder the numbers that it needs of it.'
  return undefined
}

const descriptionIn = (folder: string): string => path.join(folder, 'model.json')

/**
 * Steps of the model that was saved in a folder; undefined where there is no complete one: `model.json` is
 * written last.
 */
export function savedSteps(folder: string): number | undefined {
  try {
    const steps = unseal(readText(descriptionIn(folder)))?.steps
    return typeof steps === 'number' ? steps : undefined
  } catch {
    return undefined
  }
}

/** Lets a saved model count as none, before another is written over it: its description would be beside new weights. */
export function forgetSaved(folder: string): void {
  const file = descriptionIn(folder)
  try {
    removeFile(file)
  } catch (error) {
    throw fileError(error, file, 'Move it away: the description of the trained model goes there.')
  }
}
