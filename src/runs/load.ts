import { readFile, readText } from '../platform/fileSystem'
import path from '../platform/path'
import { errorCode, fileError } from '../platform/files'
import { ArgumentError, DataError } from '../base/errors'
import { withStoredConstants } from '../compute/storedConstants'
import { requireOptions } from '../base/options'
import { CUSTOM, isHandMade, isProvenance, type Provenance } from '../base/provenance'
import { modelOf } from '../storage/modelFile'
import { decodeSafetensors, type NamedTensor } from '../storage/safetensors'
import type { MixtureOptions } from '../models/builders'
import { Model } from '../models/model'
import { MODEL_FORMAT, OWN_PARTS } from '../models/save'
import type { SvaeOptions } from '../models/text/builders'
import { writeWeights } from '../models/weights'
import { makePart } from './makePart'
import { findPart } from './parts'

const REMEDY = 'Name a folder that lid.save(model, folder) or a run of lid.fit wrote.'

/**
 * Custom parts, which a saved model cannot contain: the arguments of its builder. Those that `registerPart`
 * knows need not be passed.
 */
export type OwnParts = Partial<
  Pick<MixtureOptions, 'likelihood' | 'encoder' | 'decoder' | 'prior' | 'flow' | 'constraint'> &
    Pick<SvaeOptions, 'head'>
>

/**
 * A model from the folder it was saved in, or that it was trained in: built again, with its weights and its fixed
 * tensors, so that its numbers are those of before, whatever a later version draws from the seed.
 *
 * @param folder what `lid.save(model, folder)` wrote, or the folder of a finished `run` of `lid.fit`.
 * @param own custom parts, which no file can contain: `{ decoder }` if the model was built with one.
 * @returns the model, with its counters of steps and epochs.
 * @throws DataError if the folder has no such model or is damaged; ArgumentError if a custom part is missing.
 * @example
 * const model = lid.load('models/first')
 */
export function load(folder: string, own: OwnParts = {}): Model {
  requireOptions<OwnParts>('load', own, OWN_PARTS)
  if (typeof folder !== 'string') throw new ArgumentError('folder', folder, 'a path', REMEDY)
  const file = path.join(path.resolve(folder), 'model.json')
  const text = read(file, readText)
  const weights = path.join(path.resolve(folder), 'weights.safetensors')
  const { tensors } = decodeSafetensors(read(weights, readFile), weights)
  const many = Object.values(tensors).reduce((sum, { values }) => sum + values.length, 0)
  const found = modelOf(text, { file, format: MODEL_FORMAT, weights: many, remedy: REMEDY })
  const { format, model: provenance, steps, epochs } = found
  const model = withStoredConstants(tensors, () => buildModel(provenance, file, own))
  try {
    const { constants } = model.parameters
    if (format > 1) requireConstants(constants, tensors, weights)
    const learnt = Object.entries(tensors).filter(([name]) => !constants.has(name))
    writeWeights(model, Object.fromEntries(learnt.map(([name, { values }]) => [name, values])), weights)
  } catch (error) {
    model.dispose()
    throw error
  }
  return Object.assign(model, { steps, epochs })
}

/** Throws unless the file has every fixed tensor of the model: one that is drawn anew may be another. */
function requireConstants(
  constants: ReadonlyMap<string, { readonly shape: readonly number[] }>,
  tensors: Record<string, NamedTensor>,
  file: string,
): void {
  const wrong = [...constants].find(
    ([name, { shape }]) => !(name in tensors) || tensors[name].shape.join() !== shape.join(),
  )
  if (!wrong) return
  const [name, { shape }] = wrong
  const what = name in tensors ? `${name} of shape [${tensors[name].shape.join(', ')}]` : `no ${name}`
  throw new DataError(
    `${file} holds the fixed tensors of another model: ${what}, must be [${shape.join(', ')}]. Build the model it was saved from.`,
  )
}

/** A model from its provenance, with its starting weights. */
export function buildModel({ part, with: args }: Provenance, file: string, own: OwnParts = {}): Model {
  if (!findPart(part)) throw missing(file, 'model', part)
  if (args.length === 0 && !part.startsWith(CUSTOM))
    throw new DataError(
      `${file} does not say how its model was built: it was made by hand, and saved by an earlier version. Build it again as it was.`,
    )
  const recorded = { part, with: args.map((arg, i) => (i === 0 ? withoutOwn(arg, own) : arg)) }
  const made = makePart(recorded, (name) => missing(file, 'part', name), own)
  if (made instanceof Model) return made as Model
  // A rejected promise that nobody awaits must not end the program.
  if (made instanceof Promise) made.catch(() => undefined)
  throw new DataError(`${file}: what '${part}' makes is no model. ${REMEDY}`)
}

/**
 * The options of a builder without those that are passed in.
 * @throws ArgumentError for a custom one that is not
 */
function withoutOwn(options: unknown, own: OwnParts): unknown {
  if (typeof options !== 'object' || options === null || Array.isArray(options) || isProvenance(options))
    return options
  const kept = Object.entries(options).filter(([name]) => !Object.hasOwn(own, name))
  const lost = kept.find(([, value]) => isHandMade(value))?.[0]
  if (lost !== undefined)
    throw new ArgumentError(
      `own.${lost}`,
      undefined,
      `the ${lost} that the model was built with, which was made by hand`,
      `Pass it: lid.load(folder, { ${lost} }).`,
    )
  return Object.fromEntries(kept)
}

function missing(file: string, what: string, name?: string): DataError {
  if (name === undefined) return new DataError(`${file} holds a part that was made by hand. ${REMEDY}`)
  const remedy = name.startsWith(CUSTOM)
    ? `Register it first, as where it was saved: lid.registerPart('${name.slice(CUSTOM.length)}', builder).`
    : REMEDY
  return new DataError(`${file}: there is no ${what} '${name}'. ${remedy}`)
}

function read<T>(file: string, reader: (file: string) => T): T {
  try {
    return reader(file)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw new DataError(`${file} does not exist. ${REMEDY}`)
    throw fileError(error, file, REMEDY)
  }
}
