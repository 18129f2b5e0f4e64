import * as data from '../../data'
import type { ModelData } from '../../data/modelData'
import { adam, rmsprop, sgd } from '../../compute/optimizers'
import { DataError } from '../../base/errors'
import * as fixes from '../../fixes'
import type { OwnPart, Recipe } from '../../base/provenance'
import { elboObjective } from '../../training/objective'
import { cosineDecay, stepDecay } from '../../training/schedule'

type Make = (...args: never[]) => unknown

/** Loaders of several data sets at once, from their settings; they say what they load. */
const { fashionMnist, omniglot, yahoo, yelp } = data
const sets = { fashionMnist, omniglot, yahoo, yelp } as Record<string, Make>
/** Those that draw them, and say nothing. */
const { syntheticText, pinwheel, gaussianMixture, ppca } = data
const drawn = { syntheticText, pinwheel, gaussianMixture, ppca } as Record<string, Make>
/** Loaders of one, from a path. */
const files = { from: data.from, text: data.text } as Record<string, Make>
/** Methods of a data set. */
const methods = ['slice', 'take', 'binarized', 'split']

/** What training is made of, by the names in run.json; nothing else in a file is ever called. */
const parts = {
  adam,
  rmsprop,
  sgd,
  stepDecay,
  cosineDecay,
  linearAnnealing: fixes.linearAnnealing,
  cyclicalAnnealing: fixes.cyclicalAnnealing,
  elboObjective,
  betaElbo: (beta: number) => fixes.betaVae({ beta }),
  freeBits: (options: { perUnit?: number; total?: number }) =>
    options.total === undefined ? fixes.freeBits(options) : fixes.klThreshold(options),
  importanceWeighted: (samples: number) => fixes.importanceWeighted({ samples }),
  mutualAutoencoder: fixes.mutual,
  semiAmortized: fixes.semiAmortized,
  lagging: fixes.lagging,
  pretraining: fixes.pretraining,
} as Record<string, Make>

const known = (table: Record<string, Make>, name: string): Make | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined

/**
 * Makes an optimiser, objective or schedule from its recipe.
 *
 * @param what it is in the run, for errors.
 * @throws DataError for one of somebody's own, or of another version.
 */
export function makePart(what: string, recipe: Recipe | OwnPart): unknown {
  const { part, args } = readRecipe(what, recipe)
  const make = known(parts, part)
  if (!make) throw unknown(what, part)
  return make(...(args.map((value) => makeInside(what, value)) as never[]))
}

/** Parts inside the options of a part, such as an optimiser's rate. */
function makeInside(what: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  if ('own' in value || 'part' in value) return makePart(what, value as Recipe | OwnPart)
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, makeInside(what, each)]))
}

/** Loads a data set as its recipe says. */
export async function makeData(what: string, recipe: Recipe | OwnPart): Promise<ModelData> {
  const { part, args } = readRecipe(what, recipe)
  const name = part.replace(/^data\./, '')
  const load = known(sets, name) ?? known(drawn, name)
  if (load) {
    const [settings, which] = args as [object, string]
    const silent = Object.hasOwn(sets, name) ? { onNote: quiet } : {}
    const loaded = (await load({ ...settings, ...silent } as never)) as Record<string, ModelData>
    return loaded[which]
  }
  const read = known(files, name)
  if (read) {
    const [file, settings] = args as [string, object]
    return (await read(file as never, { ...settings, onNote: quiet } as never)) as ModelData
  }
  if (!methods.includes(name)) throw unknown(what, part)
  const [origin, ...rest] = args as [Recipe, ...unknown[]]
  const whole = (await makeData(what, origin)) as unknown as Record<string, (...args: unknown[]) => never>
  if (name !== 'split') return whole[name](...rest)
  const [settings, which] = rest as [object, string]
  return whole.split(settings)[which]
}

const quiet = (): void => undefined

function readRecipe(what: string, recipe: Recipe | OwnPart): { part: string; args: readonly unknown[] } {
  if ('own' in recipe)
    throw new DataError(
      `${what} of that run was made by hand, which no file can hold. Run what made it again, with another folder.`,
    )
  if (typeof recipe.part !== 'string' || !Array.isArray(recipe.with)) throw unknown(what, String(recipe.part))
  return { part: recipe.part, args: recipe.with }
}

const unknown = (what: string, part: string): DataError =>
  new DataError(
    `${what} of that run is a '${part}', which this version does not know. Use the version it was made with.`,
  )
