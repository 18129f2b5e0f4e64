import { ArgumentError } from '../base/errors'

/** Codes `[count, latent]` in one array as float32: all finite, complete rows. Throws for anything else. */
export function requireCodes(z: ArrayLike<number>, latent: number): Float32Array {
  const count = (z?.length ?? NaN) / latent
  if (!Number.isInteger(count) || count === 0)
    throw new ArgumentError('z', z, `rows of ${latent} numbers, one per latent unit`)
  const codes = z instanceof Float32Array ? z : Float32Array.from(z)
  const wrong = codes.findIndex((value) => !Number.isFinite(value))
  if (wrong >= 0)
    throw new ArgumentError(
      `z[${wrong}]`,
      z[wrong],
      Number.isFinite(z[wrong]) ? 'a number within the range of float32' : 'a finite number',
      'Give all codes in one array, row after row.',
    )
  return codes
}
