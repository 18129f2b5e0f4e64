import { EngineError } from '../base/errors'

/** The messages of TensorFlow, WebAssembly and JavaScript when memory is not available. */
const SIGNS =
  /OOM when allocating|Invalid (typed )?array (buffer )?length|Array buffer allocation failed|memory access out of bounds|out of memory/i

/**
 * A one-line error if memory was not available; any other error unchanged.
 *
 * @param doing what was in progress. @param remedy what needs less memory.
 */
export function memoryError(error: unknown, doing: string, remedy: string): unknown {
  if (!(error instanceof Error) || error instanceof EngineError || !SIGNS.test(error.message)) return error
  const asked = /shape\[[\d,]+\]|length: \d+/.exec(error.message)?.[0].replace(/length: (\d+)/, '$1 numbers')
  const broken = error.name === 'RuntimeError' ? ' The WebAssembly engine is lost: restart.' : ''
  return new EngineError(
    `${doing} needs more memory than there is${asked ? ` (asked for ${asked})` : ''}. ${remedy}${broken}`,
  )
}
