import { EngineError } from '../base/errors'
import { nativeEngine } from './engines'

/** What TensorFlow.js says where WebAssembly has no such operation, or none of which the gradient is made. */
const SIGN = /Kernel '(\w+)' not registered for backend 'wasm'/

/**
 * The one line to say where the WebAssembly engine lacks an operation; any other error as it is.
 *
 * @param doing what needed it.
 */
export function missingOperationError(error: unknown, doing: string): unknown {
  const operation = error instanceof Error ? SIGN.exec(error.message)?.[1] : undefined
  if (operation === undefined) return error
  return new EngineError(
    `${doing} needs the operation ${operation}, which the WebAssembly engine lacks. ${howToGetNative()}`,
  )
}

function howToGetNative(): string {
  const found = nativeEngine()?.find()
  if (!found) return 'The native engine has it, in Node.'
  const start = "restart and begin with await lid.ready({ engine: 'native' })."
  return found.found
    ? `The native engine has it and is prepared here: ${start}`
    : `The native engine has it, and ${found.why}. ${found.remedy}; then ${start}`
}
