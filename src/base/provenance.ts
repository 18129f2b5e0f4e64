/** How a part of a model was made, as plain data: what a saved model is built from again. */
export interface Recipe {
  /** The public function that makes it: `'bernoulli'`. */
  readonly part: string
  /** What it was called with, JSON. */
  readonly with: readonly unknown[]
}

const recipes = new WeakMap<object, Recipe>()

/** Remembers how `made` was made, and returns it. */
export function remember<T extends object>(part: string, args: readonly unknown[], made: T): T {
  recipes.set(made, { part, with: args })
  return made
}

/** How a part was made; undefined for a part of somebody's own. */
export const recipeOf = (made: object): Recipe | undefined => recipes.get(made)

/** Stands in a plain recipe for a part of somebody's own, which no file can hold. */
export interface OwnPart {
  readonly own: true
}

/** A recipe with the recipes of its parts inside, JSON throughout; undefined for what somebody made by hand. */
export function plainRecipe(made: object): Recipe | undefined {
  const recipe = recipeOf(made)
  return recipe && { part: recipe.part, with: recipe.with.map(plainArgument) }
}

/** An argument; in one that is an object of options each may be a part. */
function plainArgument(value: unknown): unknown {
  if (!isPlainObject(value) || recipeOf(value)) return plain(value)
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]))
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) return value
  const recipe = plainRecipe(value)
  if (recipe) return recipe
  const made = !isPlainObject(value) || Object.values(value).some((each) => typeof each === 'function')
  return made ? ({ own: true } satisfies OwnPart) : plainArgument(value)
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
