import { ArgumentError, LidvaeError } from '../base/errors'
import { resolveOptions } from '../base/options'

/** Options of `checks`. */
export interface ChecksOptions {
  /** False prints what does not hold and continues; by default it is an error. */
  required?: boolean
}

/**
 * The closing checks of a notebook: prints one line per claim, ✓ if it holds and ✗ if not, then fails if one
 * does not hold. `lidvae run` reports a notebook that fails.
 *
 * @param claims conditions by claim: `{ 'F is above 1 nat': flatness > 1 }`.
 * @param options `{ required = true }`: false only prints.
 * @throws LidvaeError with the claims that do not hold, after all lines are printed; ArgumentError for no
 *   claims, or for a condition that is not true or false.
 * @example
 * lid.checks({ 'the posterior has collapsed: KL below 0.05 nat': diagnosis.z.kl.value < 0.05 })
 */
export function checks(claims: Readonly<Record<string, boolean>>, options: ChecksOptions = {}): void {
  const { required } = resolveOptions('checks', options, { required: true })
  const all = Object.entries(typeof claims === 'object' ? (claims ?? {}) : {})
  if (all.length === 0)
    throw new ArgumentError(
      'claims',
      claims,
      'an object with conditions by claim',
      "Write lid.checks({ 'F is above 1 nat': flatness > 1 }).",
    )
  const unclear = all.find(([, holds]) => typeof holds !== 'boolean')
  if (unclear)
    throw new ArgumentError(`claim '${unclear[0]}'`, unclear[1], 'true or false', 'Write a comparison.')
  for (const [claim, holds] of all) console.log(`${holds ? '✓' : '✗'} ${claim}`)
  const failed = all.filter(([, holds]) => !holds).map(([claim]) => claim)
  if (failed.length > 0 && required)
    throw new LidvaeError(
      `${failed.length} of ${all.length} claims ${failed.length === 1 ? 'does' : 'do'} not hold: ${failed.join('; ')}.`,
    )
}
