import type { SourceMap } from 'node:module'
import { packageRoot } from '../platform/places'
import { frames as keptFrames } from '../base/errors'

/** An executed cell: its number, its source, and the maps from compiled positions back to it. */
export interface RanCell {
  number: number
  source: string
  /** Applied in turn to a position in the compiled text; empty if tslab gave none. */
  maps: SourceMap[]
}

/** An error as Jupyter's `error` message carries it. */
export interface CellError {
  ename: string
  evalue: string
  traceback: string[]
  /** The cell it started in, if that is not the running one. */
  cell?: number
  /** Stop ended the cell. */
  stopped?: boolean
}

/** A type error, as tslab reports it. */
export interface Complaint {
  line: number
  column: number
  message: string
}

/** The file name under which a cell runs; it stands in stack traces. */
export const cellFile = (number: number) => `lidvae-cell-${number}.ts`

const frame = /lidvae-cell-(\d+)\.ts:(\d+)(?::(\d+))?/
// Frames of the kernel are not part of the user's program.
const machinery =
  /[\\/]tslab[\\/]dist[\\/]|[\\/](?:src|dist)[\\/]kernel[\\/]\w+\.[jt]s|node:vm|node:internal|\(node:/

/** The source line of a compiled position; undefined if unknown. */
export function originalLine(cell: RanCell, line: number, column: number): number | undefined {
  let position = { line: line - 1, column: Math.max(column - 1, 0) }
  for (const map of cell.maps) {
    const entry = map.findEntry(position.line, position.column)
    if (!('originalLine' in entry) || entry.originalLine === undefined) return undefined
    position = { line: entry.originalLine, column: entry.originalColumn }
  }
  // tslab puts one line before the cell's own text.
  const original = cell.maps.length > 0 ? position.line : line
  return original >= 1 && original <= cell.source.split('\n').length ? original : undefined
}

const place = (cell: RanCell, line: number) =>
  `cell ${cell.number}, line ${line}:\n    ${(cell.source.split('\n')[line - 1] ?? '').trim()}`

/** Message for a notebook in a folder where Node does not find lidvae. */
const lost =
  "Cannot find module 'lidvae': this notebook lies outside the project. Keep it below its folder 'notebooks', " +
  `or run once in the notebook's own folder: npm install ${packageRoot()}`

/** A type error: its position, the line itself, and every message. */
export function typeError(cell: RanCell, complaints: Complaint[]): CellError {
  const [first] = complaints
  const lines = complaints.map(({ line, message }, i) => {
    const text = /^Cannot find module 'lidvae'/.test(message) ? lost : message
    return i === 0 || line !== complaints[i - 1].line ? `line ${line}: ${text}` : `  ${text}`
  })
  return {
    ename: 'TypeScript',
    evalue: lines.join('\n'),
    traceback: [
      place(cell, first.line),
      ...lines.map((line) => (lines.length > 1 ? line : line.replace(/^line \d+: /, ''))),
    ],
  }
}

/**
 * A thrown value: the line of the cell it passed, its message, and the frames of the user's program. Errors
 * of lidvae come without frames.
 */
export function thrownError(error: unknown, cells: Map<number, RanCell>, preface = ''): CellError {
  const { name, message, stack, whole } = describe(error)
  const frames = ownFrames(stack.split('\n').filter((line) => /^\s+at /.test(line)))
  const located = [...whole.split('\n').filter((line) => frame.test(line))].map((line) => locate(line, cells))
  const first = located.find((one) => one !== undefined)
  const plain = message === '' ? name : `${name}: ${message}`
  const traceback = [...(first ? [place(first.cell, first.line)] : []), `${preface}${plain}`]
  if (!isForPeople(error))
    traceback.push(...frames.slice(0, 12).map((line) => reword(line, cells).replace('at Proxy.', 'at ')))
  return { ename: name, evalue: `${preface}${message}`, traceback }
}

function ownFrames(frames: string[]): string[] {
  // The frame below the cell's own is the call of the function that tslab wraps a cell in.
  const wrapper = frames.findIndex((line, i) => frame.test(line) && /node:vm/.test(frames[i + 1] ?? ''))
  return frames.filter((line, i) => !machinery.test(line) && (i !== wrapper || i === 0))
}

/** `whole` also holds the frames of errors that are shown without them. */
function describe(error: unknown): Record<'name' | 'message' | 'stack' | 'whole', string> {
  if (typeof error === 'object' && error !== null && 'message' in error) {
    const { name, message, stack = '', [keptFrames]: kept } = error as Error & { [keptFrames]?: string }
    const whole = String(kept ?? stack)
    return { name: String(name ?? 'Error'), message: String(message), stack: String(stack), whole }
  }
  return {
    name: 'thrown',
    message: typeof error === 'string' ? error : (JSON.stringify(error) ?? String(error)),
    stack: '',
    whole: '',
  }
}

// By name, not by class: the cell's copy of the package may not be the kernel's.
function isForPeople(error: unknown): boolean {
  for (let one: unknown = error; one !== null && typeof one === 'object'; one = Object.getPrototypeOf(one))
    if ((one as { constructor?: { name?: string } }).constructor?.name === 'LidvaeError') return true
  return false
}

function locate(line: string, cells: Map<number, RanCell>): { cell: RanCell; line: number } | undefined {
  const [, number, row, column] = frame.exec(line) ?? []
  const cell = cells.get(Number(number))
  const original = cell && originalLine(cell, Number(row), Number(column ?? 1))
  return cell && original !== undefined ? { cell, line: original } : undefined
}

function reword(line: string, cells: Map<number, RanCell>): string {
  const found = locate(line, cells)
  const [, number] = frame.exec(line) ?? []
  if (number === undefined) return line
  return line.replace(frame, found ? `cell ${number}, line ${found.line}` : `cell ${number}`)
}
