import fs from 'node:fs'
import path from 'node:path'
import { Vocabulary } from '../data/text/vocabulary'
import { errorCode, fileError } from '../platform/files'
import { bernoulli } from '../distributions/bernoulli'
import { gaussian } from '../distributions/gaussian'
import { poisson } from '../distributions/poisson'
import { ArgumentError, DataError } from '../base/errors'
import { requireOptions, type OptionNames } from '../base/options'
import { batchNorm } from '../fixes/batchNorm'
import { delta } from '../fixes/delta'
import { vampPrior } from '../fixes/vampPrior'
import { realNvp } from '../layers/realNvp'
import type { Recipe } from '../base/provenance'
import { unseal } from '../storage/checksummedJson'
import { decodeSafetensors } from '../storage/safetensors'
import { gmvae, lidmvae, lidvae, vae, type LidOptions, type MixtureOptions } from '../models/builders'
import { injectiveDecoder, plainDecoder } from '../models/decoder'
import type { Model } from '../models/model'
import { anchoredMeans, freeMeans } from '../models/prior'
import { MODEL_FORMAT } from '../models/save'
import { languageModel, lidsvae, svae, type SvaeOptions } from '../models/text/builders'
import { injectiveHead, linearHead, vocabularyHead } from '../models/text/head'
import { writeWeights } from '../models/weights'

const REMEDY = 'Name a folder that lid.save(model, folder) or a run of lid.fit wrote.'

/** What a saved model is built of, by the names in `model.json`; nothing else in a file is ever called. */
const builders = {
  vae,
  lidvae,
  gmvae,
  lidmvae,
  svae,
  lidsvae,
  // Its one unit of z in name is in the file, and nobody's to choose.
  languageModel: ({ latent: _latent, ...options }: SvaeOptions) => languageModel(options),
} as Record<string, (options: never) => Model>
const parts = {
  bernoulli,
  gaussian,
  poisson,
  freeMeans,
  anchoredMeans,
  plainDecoder,
  injectiveDecoder,
  realNvp,
  vampPrior,
  batchNormPosterior: batchNorm,
  deltaPosterior: (least: number) => delta({ delta: least }),
  linearHead,
  injectiveHead,
  vocabularyHead,
  Vocabulary: (words: string[], counts: number[]) => Vocabulary.from(words, counts),
} as unknown as Record<string, (...args: unknown[]) => unknown>

/** Parts of one's own that a saved model cannot hold: what its builder was given. */
export type OwnParts = Partial<
  Pick<MixtureOptions, 'likelihood' | 'encoder' | 'decoder' | 'prior' | 'flow' | 'constraint'> &
    Pick<SvaeOptions, 'head'>
>

const OWN_PARTS: OptionNames<OwnParts> = {
  likelihood: true,
  encoder: true,
  decoder: true,
  prior: true,
  flow: true,
  constraint: true,
  head: true,
}

/**
 * A model from the folder it was saved in, or that it was trained in: built again, with its weights.
 *
 * @param folder what `lid.save(model, folder)` wrote, or the folder of a finished `run` of `lid.fit`.
 * @param own parts of one's own, which no file can hold: `{ decoder }` where the model was built with one.
 * @returns the model, with its counters of steps and epochs.
 * @throws DataError when the folder has no such model or is damaged; ArgumentError when a part of one's own is missing.
 * @example
 * const model = lid.load('models/first')
 */
export function load(folder: string, own: OwnParts = {}): Model {
  requireOptions('load', own, OWN_PARTS)
  if (typeof folder !== 'string') throw new ArgumentError('folder', folder, 'a path', REMEDY)
  const file = path.join(path.resolve(folder), 'model.json')
  const { recipe, steps, epochs } = readDescription(file)
  const model = buildModel(recipe, file, own)
  try {
    const weights = path.join(path.resolve(folder), 'weights.safetensors')
    const { tensors } = decodeSafetensors(readFile(weights), weights)
    const values = Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tensor.values]))
    writeWeights(model, values, weights)
  } catch (error) {
    model.dispose()
    throw error
  }
  return Object.assign(model, { steps, epochs })
}

/** A model from its recipe, with its starting weights. */
export function buildModel(recipe: Recipe, file: string, own: OwnParts = {}): Model {
  const build = Object.hasOwn(builders, recipe.part) ? builders[recipe.part] : undefined
  if (!build) throw new DataError(`${file}: there is no model '${recipe.part}'. ${REMEDY}`)
  const [options = {}] = recipe.with as [Record<string, unknown>?]
  return build({ ...revive(options, file, own), ...own } as MixtureOptions & LidOptions as never)
}

function readDescription(file: string): { recipe: Recipe; steps: number; epochs: number } {
  const text = readFile(file).toString('utf8')
  const found = unseal(text)
  if (!found) throw new DataError(`${file} is damaged: it is not as it was written. ${REMEDY}`)
  const { format, steps, epochs } = found
  const model = found.model as Partial<Recipe> | undefined
  if (format !== MODEL_FORMAT)
    throw new DataError(
      `${file} is of format ${String(format)}, wanted ${MODEL_FORMAT}. Load it with the version of lidvae that wrote it.`,
    )
  const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0
  if (typeof model?.part !== 'string' || !Array.isArray(model.with) || !isCount(steps) || !isCount(epochs))
    throw new DataError(`${file} is damaged: it does not say how the model was built. ${REMEDY}`)
  return { recipe: model as Recipe, steps, epochs }
}

/** Options with their parts built again from their recipes. */
function revive(options: Record<string, unknown>, file: string, own: OwnParts): Record<string, unknown> {
  const made = Object.entries(options).map(([name, value]): [string, unknown] => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [name, value]
    if ('own' in value) {
      if (name in own) return [name, undefined]
      throw new ArgumentError(
        `own.${name}`,
        undefined,
        `the ${name} of one's own that the model was built with`,
        `Hand it over: lid.load(folder, { ${name} }).`,
      )
    }
    const { part, with: args } = value as Partial<Recipe>
    if (part === undefined) return [name, value]
    if (!Object.hasOwn(parts, part) || !Array.isArray(args))
      throw new DataError(`${file}: there is no part '${part}'. ${REMEDY}`)
    return [name, parts[part](...(args as unknown[]))]
  })
  return Object.fromEntries(made)
}

function readFile(file: string): Buffer {
  try {
    return fs.readFileSync(file)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw new DataError(`${file} does not exist. ${REMEDY}`)
    throw fileError(error, file, REMEDY)
  }
}
