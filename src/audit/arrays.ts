import { ArgumentError, DataError, unquoted } from '../base/errors'
import { countOf, failing, requireRoom, shapeText, type FileArray } from '../data/readers/fileArray'
import { arraysOfFile } from '../data/readers/file'
import { rowMajor } from '../data/readers/rowMajor'
import path from '../platform/path'
import { documentedName, isWeights, meaningOf, nearlyMeant, type ArrayKey } from './names'

/** An array in memory. */
export interface AuditArray {
  /** Lengths along each axis. */
  readonly shape: readonly number[]
  /** Its numbers, row-major. */
  readonly values: Float32Array
}

/** What arrays can tell of a model, by what they are. */
export interface AuditArrays {
  /** Means of q(z|x), `[N, latent]`; of q(z|x, w) `[N, K, latent]`. */
  readonly mean: AuditArray
  /** Their standard deviations; or `logVariance`. */
  readonly sd?: AuditArray
  /** log sd², `[N, latent]`. */
  readonly logVariance?: AuditArray
  /** Draws of q(z|x), `[N, S, latent]`, or `[N, S, K, latent]`; needed with `logLikelihood`. */
  readonly z?: AuditArray
  /** log p(x|z) at these draws, `[N, S]`, or `[N, S, K]`, nats. */
  readonly logLikelihood?: AuditArray
  /** log p(x|z) of each data point at draws of the prior, `[N, P]`, nats. */
  readonly priorLogLikelihood?: AuditArray
  /** Means of the prior's components, `[K, latent]`; 0 by default. */
  readonly priorMean?: AuditArray
  /** Their standard deviations; 1 by default. */
  readonly priorSd?: AuditArray
  /** log sd² of them. */
  readonly priorLogVariance?: AuditArray
  /** log p(z) at the draws `z`, `[N, S]`, of a prior that is no mixture of normals. */
  readonly logPrior?: AuditArray
  /** Logits or log q(w|x) of a mixture's components, `[N, K]`. */
  readonly logW?: AuditArray
  /** q(w|x) as probabilities, `[N, K]`. */
  readonly w?: AuditArray
  /** Labels of the data points, `[N]`. */
  readonly labels?: AuditArray
}

/**
 * Throws for components of different weights (or logits of them), which no measure here takes into account.
 *
 * @param isGuess true where the name does not say that they are weights.
 */
export function requireEqualWeights(what: string, weights: Float32Array, isGuess = false): void {
  const other = weights.findIndex(
    (weight) => Math.abs(weight - weights[0]) > 1e-4 * Math.abs(weights[0]) + 1e-6,
  )
  if (other > 0)
    throw new DataError(
      isGuess
        ? `${what} has a number for each of the ${weights.length} components, and they differ. If they are weights, export the prior's density instead, z → log_prob, with draws of it; if not, leave it out.`
        : `${what} is ${weights[0]} for component 0 and ${weights[other]} for component ${other}; expected equal weights. Export the prior's density instead, z → log_prob, with draws of it.`,
    )
}

/** What a file of arrays holds. */
export interface AuditFile {
  readonly arrays: AuditArrays
  /** One line for each array that was not used. */
  readonly notes: readonly string[]
}

/**
 * The arrays of an .npz or .safetensors file.
 *
 * @param isPrior whether they are those of a prior alone: `mean` and `sd` are then of its components.
 * @throws DataError where there is no mean and no standard deviation, two arrays mean the same, or a name is nearly one
 *   of those that are known.
 */
export const readAuditArrays = (file: string, isPrior = false): Promise<AuditFile> =>
  arraysOfFile(file, async (all) => {
    const fail = failing(file)
    const names = all.map(({ name }) => name).join(', ')
    const arrays: Partial<Record<ArrayKey, AuditArray>> = {}
    const unknown: FileArray[] = []
    for (const array of all) {
      const key = meaningOf(array.name)
      if (key === undefined) unknown.push(array)
      else if (arrays[key] !== undefined) fail(`has two arrays of ${key}`, `Leave out one of ${names}.`)
      else arrays[key] = await valuesOf(array, file)
    }
    const notes = await notesOn(unknown, file, arrays, isPrior)
    if (!arrays.mean && !(isPrior && arrays.priorMean))
      fail(
        `has no array of means, only ${names || 'none'}`,
        "Call it mean: np.savez('posterior.npz', mean=mean, sd=sd).",
      )
    return { arrays: arrays as AuditArrays, notes }
  })

/**
 * One line for each array whose name is not known. Names that are nearly known are refused, and so are numbers that may
 * be weights of the components, whatever they are called: they would be taken for equal.
 */
async function notesOn(
  unknown: readonly FileArray[],
  file: string,
  found: Partial<Record<ArrayKey, AuditArray>>,
  isPrior: boolean,
): Promise<string[]> {
  const fail = failing(file)
  const { priorMean, priorSd, priorLogVariance, mean, logW, w } = found
  const moments = priorMean ?? priorSd ?? priorLogVariance ?? (isPrior ? mean : undefined)
  const components = moments?.shape[0] ?? (logW ?? w)?.shape[1] ?? 1
  const keys = new Set(Object.keys(found) as ArrayKey[])
  const notes: string[] = []
  for (const array of unknown) {
    const { name, shape } = array
    const near = nearlyMeant(name, keys)
    if (near)
      fail(
        `has the array ${name}, which is not known`,
        `Call it ${documentedName(near)} if that is meant, or leave it out.`,
      )
    const mayBeWeights = isWeights(name) || (components > 1 && countOf(shape) === components)
    if (mayBeWeights && array.read && !array.refused)
      requireEqualWeights(`${file}: ${name}`, (await valuesOf(array, file)).values, !isWeights(name))
    notes.push(`${path.basename(file)}: the array ${name} was not used.`)
  }
  return notes
}

/** The numbers of an array of a file. */
export async function valuesOf(array: FileArray, file: string): Promise<AuditArray> {
  const fail = failing(file)
  const { shape, name } = array
  if (array.refused || !array.read) fail(`has no numbers in ${name}`, 'Save numbers.')
  requireRoom(array, 4, fail)
  const stored = new Float32Array(countOf(shape))
  const { count } = await array.read!(stored)
  if (count !== stored.length) fail(`is cut off inside ${name}`)
  return { shape, values: array.columnMajor ? rowMajor(stored, shape) : stored }
}

/** The one array of a file, such as .npy. */
export const readOneArray = (file: string): Promise<AuditArray> =>
  arraysOfFile(file, async (all) => {
    if (all.length !== 1)
      throw new DataError(`${file}: has ${all.length} arrays. Save the one that is meant with np.save.`)
    return valuesOf(all[0], file)
  })

/** Throws unless an array has this shape; a letter stands for any length. */
export function requireShapeOf(
  name: string,
  array: AuditArray,
  expected: readonly (number | string)[],
  remedy = '',
): void {
  const fits =
    array.shape.length === expected.length &&
    expected.every((n, i) => typeof n === 'string' || array.shape[i] === n)
  if (!fits || array.values.length !== countOf(array.shape))
    throw new ArgumentError(
      name,
      unquoted(shapeText(array.shape)),
      `of shape [${expected.join(', ')}]`,
      remedy,
    )
}

/** Throws unless all numbers are finite. */
export function requireFinite(name: string, { shape, values }: AuditArray, remedy: string): void {
  const at = values.findIndex((value) => !Number.isFinite(value))
  if (at < 0) return
  const row = Math.floor(at / (values.length / shape[0]))
  throw new DataError(`${name} has ${values[at]} in row ${row}, counted from 0. ${remedy}`)
}

/** Standard deviations from log sd² or as they are; what is negative in an array called sd is log sd². */
export function deviations(
  name: string,
  sd: AuditArray | undefined,
  logVariance: AuditArray | undefined,
): AuditArray {
  if (logVariance) {
    return { shape: logVariance.shape, values: logVariance.values.map((log) => Math.exp(log / 2)) }
  }
  const at = sd!.values.findIndex((value) => !(value > 0))
  if (at >= 0)
    throw new DataError(
      sd!.values[at] < 0
        ? `${name} has the negative value ${Number(sd!.values[at].toPrecision(3))}, so it looks like log-variances. Call them logvar.`
        : `${name} has the value ${sd!.values[at]}: a standard deviation must be > 0. Add a small number such as 1e-6 where it underflows.`,
    )
  return sd!
}
