import * as lid from '../../src'

type Call = (...args: unknown[]) => unknown

/** The groups of the front door, TensorFlow.js left out, which is handed on as it is. */
function groupsOf(): Record<string, Readonly<Record<string, unknown>>> {
  const { tf: _, ...ours } = lid
  return Object.fromEntries(Object.entries(ours).filter(([, value]) => typeof value === 'object')) as never
}

const groups: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  '': lid,
  ...Object.fromEntries(Object.entries(groupsOf()).map(([name, group]) => [`${name}.`, group])),
}

const isClass = (value: unknown): boolean => /^class\b/.test(String(value))

/** Every function of the front door by its name: `'fit'`, `'plots.collapse'`. */
export const publicFunctions = (): [string, Call][] =>
  Object.entries(groups).flatMap(([group, members]) =>
    Object.entries(members).flatMap(([name, value]): [string, Call][] =>
      typeof value === 'function' && !isClass(value) ? [[group + name, value as Call]] : [],
    ),
  )

/** The parameters of a function as they are written: `['model', 'options = {}']`. */
export function parametersOf(call: Call): string[] {
  const source = String(call)
    .replace(/^(async\s+)?function\*?\s*\w*\s*/, '')
    .replace(/^async\s*/, '')
  if (!source.startsWith('(')) return [/^\w+/.exec(source)?.[0] ?? '']
  const parameters = ['']
  let depth = 0
  for (const sign of source) {
    if ('([{'.includes(sign) && depth++ === 0) continue
    if (')]}'.includes(sign) && --depth === 0) break
    if (sign === ',' && depth === 1) parameters.push('')
    else parameters[parameters.length - 1] += sign
  }
  return parameters.map((parameter) => parameter.trim())
}
