import type { Check } from './protocol'

/** An engine that computes something else than the reference: its times would mean nothing. */
export class OtherWork extends Error {}

const VALUE = 1e-4
const NORM = 2e-3
/**
 * Of the norm of the whole gradient: what rounding leaves of a gradient that is zero, such as that of a β
 * between equal widths.
 */
const ROUNDING = 1e-7

/**
 * Throws unless an engine computes what the reference says: as many trained numbers, the same loss, and the
 * same norm of the gradient of every weight both know (a map that is free in one formulation and anchored in
 * the other has weights of two names).
 */
export function requireSameWork(
  name: string,
  got: { parameters: number } & Partial<Check>,
  wanted: { parameters: number } & Check,
): void {
  if (got.parameters !== wanted.parameters)
    throw new OtherWork(`${name} trains ${got.parameters} numbers, lidvae ${wanted.parameters}`)
  if (got.value === undefined || !near(got.value, wanted.value, VALUE))
    throw new OtherWork(`${name} computes ${got.value} where lidvae computes ${wanted.value}`)
  if (!wanted.norms) return
  const norms = got.norms ?? {}
  const common = Object.keys(wanted.norms).filter((weight) => weight in norms)
  if (common.length < Object.keys(wanted.norms).length / 2)
    throw new OtherWork(`${name} has other weights than lidvae`)
  const rounding = ROUNDING * Math.hypot(...Object.values(wanted.norms))
  for (const weight of common)
    if (!near(norms[weight], wanted.norms[weight], NORM, rounding))
      throw new OtherWork(
        `${name}: the gradient of ${weight} has norm ${norms[weight]}, lidvae's ${wanted.norms[weight]}`,
      )
}

const near = (a: number, b: number, tolerance: number, rounding = 0): boolean =>
  Number.isFinite(a) && Math.abs(a - b) <= tolerance * Math.abs(b) + Math.max(1e-6, rounding)
