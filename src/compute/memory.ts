import { EngineError } from '../base/errors'

/** What TensorFlow, WebAssembly and JavaScript say where memory is not to be had. */
const SIGNS =
  /OOM when allocating|Invalid (typed )?array (buffer )?length|Array buffer allocation failed|memory access out of bounds|out of memory/i

/**
 * The one line to say where memory was not to be had; any other error as it is.
 *
 * @param doing what was under way, in words. @param remedy what needs less.
 */
export function sayMemory(error: unknown, doing: string, remedy: string): unknown {
  if (!(error instanceof Error) || error instanceof EngineError || !SIGNS.test(error.message)) return error
  const asked = /shape\[[\d,]+\]|length: \d+/.exec(error.message)?.[0].replace(/length: (\d+)/, '$1 numbers')
  const broken = error.name === 'RuntimeError' ? ' The WebAssembly engine is lost: restart.' : ''
  return new EngineError(
    `${doing} needs more memory than there is${asked ? ` (asked for ${asked})` : ''}. ${remedy}${broken}`,
  )
}
