// What the judge itself computes with, as it was when this file was loaded: an answer may not change it, by
// accident (an array called Math) or on purpose (a Math.abs that finds every difference small).
const { create, getOwnPropertyDescriptor, getPrototypeOf, is } = Object
const { ownKeys, deleteProperty, defineProperty: tryToDefine } = Reflect

const TypedArray = getPrototypeOf(Float64Array) as { prototype: object }
const GLOBALS = [
  'Math',
  'Number',
  'Object',
  'Array',
  'ArrayBuffer',
  'Float32Array',
  'Float64Array',
  'String',
  'Symbol',
  'Function',
  'Promise',
  'Map',
  'Set',
  'Error',
  'RegExp',
  'JSON',
  'Reflect',
  'isFinite',
  'isNaN',
  'structuredClone',
]
const OBJECTS: readonly (readonly [string, object])[] = [
  ['Math', Math],
  ['Number', Number],
  ['Number.prototype', Number.prototype],
  ['Object', Object],
  ['Object.prototype', Object.prototype],
  ['Array', Array],
  ['Array.prototype', Array.prototype],
  ['ArrayBuffer', ArrayBuffer],
  ['TypedArray', TypedArray],
  ['TypedArray.prototype', TypedArray.prototype],
  ['String.prototype', String.prototype],
  ['Function.prototype', Function.prototype],
  ['Promise', Promise],
  ['Promise.prototype', Promise.prototype],
  ['Map.prototype', Map.prototype],
  ['Set.prototype', Set.prototype],
  ['Error.prototype', Error.prototype],
  ['RegExp.prototype', RegExp.prototype],
  ['JSON', JSON],
  ['Reflect', Reflect],
  ['ArrayIterator', getPrototypeOf([][Symbol.iterator]()) as object],
  ['MapIterator', getPrototypeOf(new Map()[Symbol.iterator]()) as object],
  ['SetIterator', getPrototypeOf(new Set()[Symbol.iterator]()) as object],
  ['StringIterator', getPrototypeOf(''[Symbol.iterator]()) as object],
]

/** Properties that no object may inherit: `await` calls `then`, a descriptor has fields, a new list has no elements. */
const NEVER: readonly (readonly [string, object, readonly string[]])[] = [
  ['Object.prototype', Object.prototype, ['then', 'get', 'set', 'value', 'hint', 'failure', 'got', '0']],
  ['Array.prototype', Array.prototype, ['then', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']],
  ['Function.prototype', Function.prototype, ['then']],
]

const PARTS = ['value', 'get', 'set'] as const

// Without methods that an answer might have changed.
type Descriptor = Readonly<Record<string, unknown>>
function isSame(now: Descriptor, before: Descriptor): boolean {
  for (let i = 0; i < PARTS.length; i++) if (!is(now[PARTS[i]], before[PARTS[i]])) return false
  return true
}

interface Known {
  readonly name: string
  readonly of: object
  readonly key: PropertyKey
  readonly descriptor: PropertyDescriptor
}

const known: readonly Known[] = [
  ...GLOBALS.map((key) => ({ name: key, of: globalThis, key })),
  ...OBJECTS.flatMap(([name, of]) => ownKeys(of).map((key) => ({ name: `${name}.${String(key)}`, of, key }))),
].flatMap((one) => {
  // A browser's worker inherits some of its global functions.
  const descriptor = getOwnPropertyDescriptor(one.of, one.key)
  // It inherits nothing, so that nothing is added to it.
  return descriptor
    ? [{ ...one, descriptor: Object.assign(create(null) as PropertyDescriptor, descriptor) }]
    : []
})

/**
 * Puts back every built-in function that is not what it was when the library was loaded, and removes
 * properties that nothing may inherit.
 *
 * @returns the name of the first one, `'Math.abs'`. One that is returned again at once cannot be put back.
 */
export function restoreIntrinsics(): string | undefined {
  let first: string | undefined
  // These before all others: `defineProperty` reads the fields of a descriptor.
  for (let i = 0; i < NEVER.length; i++)
    for (let j = 0; j < NEVER[i][2].length; j++) {
      const of = NEVER[i][1]
      const key = NEVER[i][2][j]
      if (getOwnPropertyDescriptor(of, key) === undefined) continue
      if (first === undefined) first = `${NEVER[i][0]}.${key}`
      deleteProperty(of, key)
    }
  for (let i = 0; i < known.length; i++) {
    const { name, of, key, descriptor } = known[i]
    const now = getOwnPropertyDescriptor(of, key)
    if (now !== undefined && isSame(now as Descriptor, descriptor as Descriptor)) continue
    if (first === undefined) first = name
    tryToDefine(of, key, descriptor)
  }
  return first
}
