import type { Random } from './random'

const STRANGE: readonly unknown[] = [
  null,
  -1,
  0,
  0.5,
  1e9,
  1e308,
  '',
  'x',
  '__proto__',
  true,
  [],
  {},
  [null],
  { part: null },
  { part: 'vae', with: null },
  { part: 'constructor', with: [] },
]

/** Plain data with one value in it left out, or replaced by something that does not belong there. */
export function strangely(content: Record<string, unknown>, random: Random): Record<string, unknown> {
  const copy = structuredClone(content)
  const places: [Record<string, unknown>, string][] = []
  const visit = (at: Record<string, unknown>): void => {
    for (const [key, value] of Object.entries(at)) {
      places.push([at, key])
      if (typeof value === 'object' && value !== null) visit(value as Record<string, unknown>)
    }
  }
  visit(copy)
  const [at, key] = places[Math.floor(random.uniform() * places.length)]
  const which = Math.floor(random.uniform() * (STRANGE.length + 1))
  if (which < STRANGE.length) at[key] = structuredClone(STRANGE[which])
  else if (Array.isArray(at)) at.splice(Number(key), 1)
  else delete at[key]
  return copy
}
