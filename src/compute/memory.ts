import { EngineError } from '../base/errors'
import { thousands } from '../base/thousands'
import { memoryLimit } from '../platform/machine'
import { nativeBackend } from './backend'

/** What WebAssembly can address, bytes. */
const WASM_MEMORY = 2 ** 32

/** Bytes that training holds for each trained number: its value, its gradient and Adam's two moments. */
const BYTES = 16

/**
 * Throws if weights of so many numbers cannot be trained in the memory that there is: the system would end the
 * process, without a message.
 */
export function requireMemoryFor(numbers: number): void {
  const limit = nativeBackend() ? memoryLimit() : Math.min(memoryLimit(), WASM_MEMORY)
  if (numbers * BYTES <= limit) return
  const [needed, has] = [numbers * BYTES, limit].map((bytes) => (bytes / 2 ** 30).toPrecision(2))
  throw new EngineError(
    `weights of ${thousands(numbers)} numbers need ${Number(needed)} GiB to be trained (with gradients and moments), and there are ${Number(has)} GiB. Take smaller sizes.`,
  )
}

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
