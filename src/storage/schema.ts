import { z, type ZodErrorMap, type ZodTypeAny } from 'zod'
import { describe, MOST_LAYERS } from '../base/errors'
import { CUSTOM } from '../base/provenance'

/** How deep brackets may be nested in a JSON text: recursion over deeper ones would end the process. */
const DEEPEST = 64

/** The plain data in a JSON text; undefined if it is not JSON, or nested too deeply. */
export function parseJson(text: string): unknown {
  if (depthOf(text) > DEEPEST) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** How deep its brackets are nested; those in strings do not count. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]
    if (letter === '"') inString = !inString
    else if (inString) i += letter === '\\' ? 1 : 0
    else if (letter === '[' || letter === '{') deepest = Math.max(deepest, ++depth)
    else if (letter === ']' || letter === '}') depth--
  }
  return deepest
}

/**
 * The error in data that were read: `metrics.ll.value must be a number, got null`. Undefined if there is
 * none. The data are not changed, and may have fields that the schema does not name.
 *
 * @internal
 */
export function problemIn(schema: ZodTypeAny, value: unknown): string | undefined {
  const { success, error } = schema.safeParse(value, { errorMap: inWords })
  if (success) return undefined
  const [{ path, message }] = error.issues
  const found = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], value)
  const place = path.join('.').slice(0, 80)
  if (found === undefined) return place ? `${place} is missing` : 'it is no JSON'
  return `${place || 'it'} ${message}, got ${describe(found)}`
}

const TYPES: Record<string, string> = {
  array: 'a list',
  object: 'an object',
  integer: 'an integer',
  string: 'a text',
}

const inWords: ZodErrorMap = (issue, { defaultError }) => {
  const expected = (): string => {
    if (issue.code === 'invalid_type') return TYPES[issue.expected] ?? `a ${issue.expected}`
    if (issue.code === 'not_finite') return 'a finite number'
    if (issue.code === 'invalid_literal') return String(issue.expected)
    if (issue.code === 'invalid_enum_value') return issue.options.join(' or ')
    if (issue.code === 'invalid_union') return 'as it was written'
    if (issue.code === 'too_small') return `at least ${String(issue.minimum)}`
    if (issue.code === 'too_big') return `at most ${String(issue.maximum)}`
    return defaultError
  }
  return { message: `must be ${expected()}` }
}

/** An integer ≥ 0. @internal */
export const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/**
 * The provenance of a part, with every number in it except seeds at most `most`: building a part of a billion
 * units would fill the memory before any message. Lists of arguments contain data, such as a vocabulary's
 * counts, and are not bounded.
 *
 * @internal
 */
export const partSchema = (most: number): ZodTypeAny =>
  z.object({ part: z.string().max(200), with: z.array(z.unknown()).max(20) }).superRefine((made, context) => {
    if (hasMoreParts(made, MOST_LAYERS))
      context.addIssue({
        code: z.ZodIssueCode.custom,
        path: [],
        message: `must be of at most ${MOST_LAYERS} parts`,
      })
    if (isCustom(made)) return
    const [place, found] = tooLarge(made.with, most, ['with']) ?? []
    if (place)
      context.addIssue({
        code: z.ZodIssueCode.custom,
        path: place,
        message: `must be at most ${found === 'layers' ? MOST_LAYERS : most}`,
      })
  })

/** Each part takes time to build, so that very many would end in an error only after a minute. */
function hasMoreParts(value: unknown, most: number): boolean {
  const left = [value]
  for (let count = 0; left.length > 0;) {
    const one = left.pop()
    if (typeof one !== 'object' || one === null) continue
    if ('part' in one && ++count > most) return true
    for (const each of Object.values(one)) left.push(each)
  }
  return false
}

/** The numbers of a part that a user registered can mean anything. */
const isCustom = (made: object): boolean => {
  const { part } = made as { part?: unknown }
  return typeof part === 'string' && part.startsWith(CUSTOM)
}

type Place = (string | number)[]

function tooLarge(value: unknown, most: number, place: Place): [Place, string] | undefined {
  const key = place[place.length - 1]
  if (typeof value === 'number') {
    const layers = key === 'layers' || key === 'couplings'
    if (key === 'seed' || Math.abs(value) <= (layers ? Math.min(MOST_LAYERS, most) : most)) return undefined
    return [place, layers ? 'layers' : 'size']
  }
  if (typeof value !== 'object' || value === null || isCustom(value)) return undefined
  // The arguments of a part, and widths of layers; any other list is data.
  if (Array.isArray(value) && key !== 'with' && typeof key === 'number') return undefined
  for (const [name, each] of Object.entries(value)) {
    const found = tooLarge(each, most, [...place, Array.isArray(value) ? Number(name) : name])
    if (found) return found
  }
  return undefined
}

export { z }
