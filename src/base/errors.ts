/**
 * Under this symbol an error keeps its stack frames: a notebook's kernel finds the line of the cell there.
 */
export const frames = Symbol.for('lidvae.frames')

/** A user's mistake in one line: the argument, its value, what was expected, and what to do. */
export class LidvaeError extends Error {
  override readonly name: string = 'LidvaeError'

  /** @param keepsLines for a message of several lines, written here. */
  constructor(message: string, cause?: Error, keepsLines = false) {
    super(printable(message, keepsLines))
    // No stack is needed: the message names the argument and the remedy.
    Object.defineProperty(this, frames, { value: cause?.stack ?? this.stack })
    // `name` of a subclass is set only after this.
    this.stack = `${new.target.name}: ${this.message}`
  }
}

/** Characters that a terminal obeys or that change the order of what is read; names of files may have them. */
// eslint-disable-next-line no-control-regex -- these are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g
/** A line may have so many characters: what a file says may be of any length. */
const LONGEST = 850

/** A message with what cannot be printed in it escaped, and the middle of a very long one left out. */
function printable(message: string, keepsLines: boolean): string {
  const escaped = (character: string): string =>
    keepsLines && character === '\n'
      ? character
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  const short =
    message.length > LONGEST && !keepsLines
      ? `${message.slice(0, LONGEST - 350)} … ${message.slice(-340)}`
      : message
  return short.replace(CONTROLS, escaped)
}

/**
 * An argument of the wrong kind, size or range: "`latent` must be an integer ≥ 1, got 2.5." and, where that
 * is not enough, what to do.
 */
export class ArgumentError extends LidvaeError {
  override readonly name = 'ArgumentError'

  constructor(
    readonly argument: string,
    readonly received: unknown,
    readonly expected: string,
    readonly remedy = '',
  ) {
    super(
      `${quoted(argument)} must be ${expected}, got ${describe(received)}. ${remedy}`.trimEnd(),
      received instanceof Error ? received : undefined,
    )
    // Node prints enumerable properties of an uncaught error: those could be whole data sets.
    for (const part of ['argument', 'received', 'expected', 'remedy', 'name'])
      Object.defineProperty(this, part, { enumerable: false })
  }
}

/** A file or download that is missing, unreadable, truncated or altered. */
export class DataError extends LidvaeError {
  override readonly name = 'DataError'
}

/** Training produced NaN or infinity; the message says where, and what to try. */
export class NumericalError extends LidvaeError {
  override readonly name = 'NumericalError'
}

/** Stop or Ctrl-C ended the work before it had a result. */
export class StoppedError extends LidvaeError {
  override readonly name = 'StoppedError'
}

/** An engine or tool that was requested is not available. */
export class EngineError extends LidvaeError {
  override readonly name = 'EngineError'
}

/** Text that error messages show as it is, in place of a value. */
class Unquoted {
  constructor(readonly text: string) {}
}

/** What was given, in words, for an error message: 'data without labels'. */
export const unquoted = (text: string): unknown => new Unquoted(text)

/** 'a', 'b' or 'c', for an error message. */
export function alternatives(names: readonly string[]): string {
  const all = names.map((name) => `'${name}'`)
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} or ${all[all.length - 1]}`
}

/** Code such as latent, --size or moons({ noise }) in backticks; other words as they are. */
const quoted = (argument: string): string =>
  /^(--)?\w+($|[.[({])/.test(argument) ? `\`${argument}\`` : argument

/** A value as error messages show it: short, never all of its content. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `'${value.slice(0, 57)}…'` : `'${value}'`
  // String() would give its whole source.
  if (typeof value === 'function') return 'a function'
  if (value === null || value === undefined || typeof value !== 'object') return String(value)
  if (value instanceof Unquoted) return value.text
  if (value instanceof Error) return `the error "${messageOf(value)}"`
  const { shape, length } = value as { shape?: unknown; length?: unknown }
  // Data that were read may have a field of this name.
  const named: unknown = Object.hasOwn(value, 'constructor') ? undefined : value.constructor
  const kind = typeof named === 'function' ? named.name : 'object'
  const article = /^[AEIO]/i.test(kind) ? 'an' : 'a'
  if (Array.isArray(shape)) return `${article} ${kind} of shape [${short(shape.join(', '))}]`
  if (typeof length === 'number') return `${article} ${kind} of length ${length}`
  return kind === 'Object'
    ? `an object with ${short(Object.keys(value).join(', ')) || 'nothing in it'}`
    : `${article} ${kind}`
}

const short = (text: string): string => (text.length > 200 ? `${text.slice(0, 197)}…` : text)

/** An error's message in one line, without the prefix that TensorFlow's addon adds. */
const messageOf = ({ message }: Error): string =>
  message
    .replace(/^Invalid TF_Status: \d+\s*Message: /, '')
    .replace(/\s+/g, ' ')
    .replace(/\.$/, '')

/** Throws unless `value` is an integer from `least` to `most`. */
export function requireInteger(
  argument: string,
  value: unknown,
  least = 1,
  most = Infinity,
): asserts value is number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most)
    throw new ArgumentError(
      argument,
      value,
      most === Infinity ? `an integer ≥ ${least}` : `an integer from ${least} to ${most}`,
    )
}

/** The most layers that one part may have: more would take longer to build than anyone waits. */
export const MOST_LAYERS = 1000

/** Throws unless `value` is a finite number > 0 (with `orZero`, ≥ 0). */
export function requirePositive(argument: string, value: unknown, orZero = false): asserts value is number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0 || (value === 0 && !orZero))
    throw new ArgumentError(argument, value, orZero ? 'a number ≥ 0' : 'a number > 0')
}

/** Throws unless `value` is in [0, 1). */
export function requireShare(argument: string, value: unknown): asserts value is number {
  if (typeof value !== 'number' || !(value >= 0 && value < 1))
    throw new ArgumentError(argument, value, 'a number from 0 to below 1')
}

/** Throws unless `value` is a tensor of the expected shape; a name stands for any size ≥ 1. */
export function requireShape(
  argument: string,
  value: { shape?: number[] } | null | undefined,
  expected: readonly (number | string)[],
): void {
  const fits = (size: number, i: number): boolean =>
    size > 0 && (typeof expected[i] === 'string' || size === expected[i])
  if (value?.shape?.length !== expected.length || !value.shape.every(fits))
    throw new ArgumentError(
      argument,
      value,
      `a tensor of shape [${expected.join(', ')}]`,
      'The order of the axes matters.',
    )
}

/** Throws unless `value` is an object. */
export function requireObject(argument: string, value: unknown, expected: string): asserts value is object {
  if (typeof value !== 'object' || value === null) throw new ArgumentError(argument, value, expected)
}
