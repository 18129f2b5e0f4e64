/** The errors of this library, for `catch`: every one is a `LidvaeError`. */
export {
  ArgumentError,
  DataError,
  EngineError,
  LidvaeError,
  NumericalError,
  StoppedError,
} from '../base/errors'
export { DownloadError } from '../data/fetchFailure'
export { NotSolvedError, WrongAnswerError } from './labs/errors'
