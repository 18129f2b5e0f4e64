import posix from 'path-browserify'
import { HOME } from './memory'

const resolve = (...parts: string[]): string => posix.resolve(HOME, ...parts)

/** POSIX paths; relative ones start at /home. */
const path = {
  ...posix,
  resolve,
  relative: (from: string, to: string): string => posix.relative(resolve(from), resolve(to)),
}
export default Object.assign(path, { posix: path })
