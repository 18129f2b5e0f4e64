import { ArgumentError } from '../../base/errors'
import { firstWrong, type ValueKind } from '../dataset'

/** A kind of values, or bytes 0 to 255 that become intensities. */
export type GivenValues = ValueKind | 'bytes'

const KINDS = ['binary', 'intensity', 'count', 'real'] as const
const GIVEN: readonly GivenValues[] = [...KINDS, 'bytes']

/**
 * The kind of some numbers: as said, or the first of binary, intensity, count and real that all of them are.
 *
 * @param x the numbers; bytes are divided by 255 in place
 * @param image true for rows of two or more dimensions, where integers up to 255 may be bytes
 * @param said what the person says they are
 * @throws ArgumentError where it takes a person to tell counts from bytes
 */
export function kindOf(x: Float32Array, image: boolean, said?: GivenValues): ValueKind {
  if (said !== undefined && !GIVEN.includes(said))
    throw new ArgumentError(
      'from({ values })',
      said,
      GIVEN.map((kind) => `'${kind}'`).join(', '),
      'Say which, or leave it out.',
    )
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
      'to be told what integers from 0 to 255 are: bytes of images, or counts',
      "Say values: 'bytes' to have them divided by 255, values: 'count' for counts, or values: 'real'.",
    )
  return kind
}

function toIntensities(x: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    if (!(x[i] >= 0 && x[i] <= 255 && Number.isInteger(x[i])))
      throw new ArgumentError(
        `from(source): value ${i}`,
        x[i],
        "an integer from 0 to 255, as values: 'bytes' says",
        "Leave values out to have the kind found, or say values: 'real'.",
      )
    x[i] /= 255
  }
}

/** Why the values were taken for this kind, in words. */
export const WHY: Record<ValueKind, string> = {
  binary: 'all zeros and ones',
  intensity: 'all in [0, 1]',
  count: 'all integers ≥ 0',
  real: 'real numbers',
}
