import { ArgumentError, alternatives } from '../../base/errors'
import { firstWrong, type ValueKind } from '../dataset'

/** A kind of values, or bytes 0 to 255 that become intensities. */
export type GivenValues = ValueKind | 'bytes'

const KINDS = ['binary', 'intensity', 'count', 'real'] as const
const GIVEN: readonly GivenValues[] = [...KINDS, 'bytes']

/**
 * The kind of values: as given, or the first of binary, intensity, count and real that fits all of them.
 *
 * @param x the numbers; bytes are divided by 255 in place
 * @param image true for rows of two or more dimensions, where integers up to 255 may be bytes
 * @param said the kind that the user gave
 * @throws ArgumentError if counts and bytes cannot be distinguished
 */
export function kindOf(x: Float32Array, image: boolean, said?: GivenValues): ValueKind {
  if (said !== undefined && !GIVEN.includes(said))
    throw new ArgumentError('from({ values })', said, alternatives(GIVEN))
  if (said === 'bytes') {
    toIntensities(x)
    return 'intensity'
  }
  if (said !== undefined) return said
  const kind = KINDS.find((one) => firstWrong[one](x) < 0) ?? 'real'
  if (kind === 'count' && image && x.every((value) => value <= 255))
    throw new ArgumentError(
      'from({ values })',
      undefined,
      'given for integers from 0 to 255, which may be bytes of images or counts',
      `${bytesOr(x)}, values: 'count' for counts, or values: 'real'.`,
    )
  return kind
}

function bytesOr(x: Float32Array): string {
  const most = largest(x)
  return isDark(most)
    ? `The largest is ${most}: of images whose full value is ${most}, divide the numbers by ${most}. Or give values: 'bytes' to divide them by 255`
    : "Give values: 'bytes' to divide them by 255"
}

/** True where the largest of integers is so small that 255 is hardly the full value, as of digits of 0 to 16. */
export const isDark = (most: number): boolean => most > 0 && most < 128

/**
 * What to do about intensities that were divided by 255 though their full value is less; nothing where they were
 * not.
 */
export function darkText(x: Float32Array): string {
  const most = Math.round(255 * largest(x))
  const isByte = (value: number): boolean => Math.abs(255 * value - Math.round(255 * value)) < 1e-4
  if (!isDark(most) || !x.every(isByte)) return ''
  return `; the largest is ${most} of 255: if ${most} is the full value, divide the numbers by ${most}, not by 255`
}

const largest = (x: Float32Array): number => x.reduce((a, b) => Math.max(a, b), 0)

function toIntensities(x: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    if (!(x[i] >= 0 && x[i] <= 255 && Number.isInteger(x[i])))
      throw new ArgumentError(
        `value ${i} of the source`,
        x[i],
        "an integer from 0 to 255, as required by values: 'bytes'",
        "Omit values to detect the kind, or give values: 'real'.",
      )
    x[i] /= 255
  }
}

/** Why the values are of this kind. */
export const WHY: Record<ValueKind, string> = {
  binary: 'all zeros and ones',
  intensity: 'all in [0, 1]',
  count: 'all integers ≥ 0',
  real: 'real numbers',
}
