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
