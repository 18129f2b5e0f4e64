import type * as Library from '@resvg/resvg-js'
import { createRequire } from 'node:module'
import { EngineError } from '../base/errors'

let loaded: typeof Library | undefined

/**
 * The library that draws SVG. It has native code: loaded where a picture is drawn, so that all else works on a
 * machine for which that part is missing.
 *
 * @throws EngineError where it does not load, with what to do
 */
export function resvg(): typeof Library {
  try {
    return (loaded ??= createRequire(__filename)('@resvg/resvg-js') as typeof Library)
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw new EngineError(
      `PNG pictures are drawn by @resvg/resvg-js, which does not load here: ${reason.replace(/\.$/, '')}. Run npm install again, without --omit=optional; .svg and .html need no such part.`,
    )
  }
}

/** @internal Forgets that it was loaded, for tests. */
export const forgetResvg = (): void => {
  loaded = undefined
}
