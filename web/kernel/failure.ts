// Errors as a notebook shows them: the line of the cell, the message, and frames only where they help.

/** A cell that ran; `lines` maps lines of its compiled text to those of the cell, if it was compiled. */
export interface RanCell {
  count: number
  code: string
  lines?: number[]
}

export interface Failure {
  ename: string
  evalue: string
  traceback: string[]
}

// Two lines stand before a function's own text.
const HEAD = 2
const frame = /(lidvae-cell-\d+\.ts):(\d+)/

function lineOf(cell: RanCell, row: number): number | undefined {
  const inText = row - HEAD
  const line = cell.lines ? cell.lines[inText - 1] : inText
  return line !== undefined && line >= 1 && line <= cell.code.split('\n').length ? line : undefined
}

/** True for errors of the library, whose message says all. */
function isForPeople(error: unknown): boolean {
  if ((error as { plain?: boolean } | null)?.plain) return true
  return /^(Argument|Data|Download|Engine|Lidvae|NotSolved|Numerical|Stopped|WrongAnswer)Error$/.test(
    (error as Error)?.name ?? '',
  )
}

/** The error of a cell that Stop ended. */
export const stoppedError = (): Error =>
  Object.assign(
    new Error('this cell was stopped. What it declared before can be used; run it again for the rest.'),
    { name: 'Interrupted', plain: true },
  )

/** What stands below a cell that failed. */
export function describeError(error: unknown, cells: ReadonlyMap<string, RanCell>): Failure {
  const isError = typeof error === 'object' && error !== null && 'message' in error
  const {
    name,
    message,
    stack = '',
  } = (isError ? error : { name: 'thrown', message: String(error) }) as Error
  const kept = Object.getOwnPropertySymbols(Object(error)).map(
    (one) => (error as Record<symbol, unknown>)[one],
  )
  const frames = [stack, ...kept.filter((one) => typeof one === 'string')].join('\n').split('\n')
  const traceback: string[] = []
  for (const line of frames) {
    const [, file, row] = frame.exec(line) ?? []
    const cell = cells.get(file)
    const found = cell && lineOf(cell, Number(row))
    if (!cell || found === undefined) continue
    traceback.push(`cell ${cell.count}, line ${found}:\n    ${cell.code.split('\n')[found - 1].trim()}`)
    break
  }
  traceback.push(`${name}: ${message}`)
  if (!isForPeople(error))
    traceback.push(...frames.filter((line) => /^\s+at /.test(line) && frame.test(line)).slice(0, 5))
  return { ename: name, evalue: message, traceback }
}

/** Type errors: the cell is not run. */
export function typeErrors(
  code: string,
  count: number,
  complaints: readonly { line: number; message: string }[],
): Failure {
  const [first] = complaints
  const lines = complaints.map(({ line, message }) => `line ${line}: ${message}`)
  return {
    ename: 'TypeScript',
    evalue: lines.join('\n'),
    traceback: [
      `cell ${count}, line ${first.line}:\n    ${(code.split('\n')[first.line - 1] ?? '').trim()}`,
      ...lines,
    ],
  }
}
