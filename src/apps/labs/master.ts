import { DataError } from '../../base/errors'

/** Who gets to read a part of a master: everybody, readers of the solutions, or the teachers' page. */
type Audience = 'all' | 'solution' | 'teacher'

interface Line {
  readonly text: string
  readonly audience: Audience
}

/** A piece of a master: prose, or the code of one cell. */
interface Block {
  readonly kind: 'markdown' | 'code'
  readonly lines: Line[]
  /** The exercise whose answer the cell holds. */
  readonly exercise?: string
}

/** A lab as its master tells it. */
export interface Master {
  readonly title: string
  /** A student's time, minutes. */
  readonly minutes: string
  readonly blocks: readonly Block[]
}

/** A notebook for whom. */
export type Version = 'student' | 'solution'

/** A cell of a notebook. */
export interface Cell {
  readonly kind: 'markdown' | 'code'
  readonly source: string
  readonly exercise?: string
}

const opening = /^<!-- (solution|teacher) -->$/
const inCode = /^\s*\/\/ (solution|end)$/

/**
 * Reads a master: Markdown, whose code blocks are the cells. What stands between `<!-- solution -->` and
 * `<!-- end -->` is for the solution notebook alone, between `<!-- teacher -->` and `<!-- end -->` for the
 * teachers' page; in code, what stands between `// solution` and `// end` is the answer, and a stub stands
 * there for students.
 *
 * @throws DataError with file and line, if a part is not closed or a stub has no exercise.
 */
export function readMaster(text: string, file: string): Master {
  const lines = text.split('\n')
  const wrong = (line: number, what: string): DataError =>
    new DataError(`${file}, line ${line + 1}: ${what}.`)
  const close = lines.indexOf('---', 1)
  if (lines[0] !== '---' || close < 0)
    throw wrong(0, 'a master begins with its minutes between two lines of ---')
  const minutes = /^minutes: (.+)$/m.exec(lines.slice(1, close).join('\n'))?.[1]
  if (minutes === undefined) throw wrong(1, 'minutes: are missing')
  const blocks: Block[] = []
  let audience: Audience = 'all'
  let code: Block | undefined
  let answer = false
  const prose = (): Block => {
    const last = blocks.at(-1)
    if (last?.kind === 'markdown') return last
    blocks.push({ kind: 'markdown', lines: [] })
    return blocks.at(-1)!
  }
  lines.slice(close + 1).forEach((line, i) => {
    const at = close + 1 + i
    const fence = /^```(\w*)(?: exercise=([\w-]+))?$/.exec(line)
    if (code) {
      if (line === '```') {
        if (answer) throw wrong(at, 'a // solution has no // end')
        code = undefined
        return
      }
      const mark = inCode.exec(line)?.[1]
      if (mark && (mark === 'solution') === answer) throw wrong(at, `// ${mark} stands where it cannot`)
      if (mark && code.exercise === undefined) throw wrong(at, 'an answer needs ```ts exercise=NAME')
      code.lines.push({ text: line, audience: answer ? 'solution' : audience })
      if (mark) answer = mark === 'solution'
      return
    }
    if (fence?.[1] === 'ts') {
      code = { kind: 'code', lines: [], ...(fence[2] ? { exercise: fence[2] } : {}) }
      // A cell for the solution alone follows prose for everybody.
      if (audience === 'teacher') throw wrong(at, 'code for the teacher alone')
      blocks.push(code)
      return
    }
    const opens = opening.exec(line)?.[1] as Audience | undefined
    if (opens && audience !== 'all') throw wrong(at, `<!-- ${audience} --> is still open`)
    if (opens) audience = opens
    else if (line === '<!-- end -->') {
      if (audience === 'all') throw wrong(at, 'nothing is open')
      audience = 'all'
    } else prose().lines.push({ text: line, audience })
  })
  if (audience !== 'all' || code) throw wrong(lines.length - 1, 'a part is not closed')
  const title = /^# (.+)$/m.exec(linesFor(blocks[0], 'student').join('\n'))?.[1]
  if (title === undefined) throw wrong(close + 1, 'a title is missing')
  return { title, minutes, blocks }
}

/** The lines of a block for a version: without marks, a stub in place of each answer. */
function linesFor({ kind, lines, exercise }: Block, version: Version): string[] {
  if (kind === 'markdown')
    return lines.filter(({ audience }) => audience === 'all' || audience === version).map(({ text }) => text)
  return lines.flatMap(({ text, audience }) => {
    const mark = inCode.exec(text)?.[1]
    if (mark === 'end') return []
    if (mark === 'solution')
      return version === 'student' ? [text.replace(/\/\/.*/, `return lid.todo('${exercise!}')`)] : []
    return audience === 'all' || version === 'solution' ? [text] : []
  })
}

/** The cells of a lab for students, or with its solutions. */
export function cellsOf(master: Master, version: Version): Cell[] {
  return master.blocks
    .map((block) => ({
      kind: block.kind,
      source: linesFor(block, version)
        .join('\n')
        .replace(/\n{3,}/g, '\n\n')
        .trim(),
      ...(block.exercise === undefined ? {} : { exercise: block.exercise }),
    }))
    .filter(({ source }) => source !== '')
    .reduce<Cell[]>((cells, cell) => {
      // Prose around a cell that is left out becomes one cell.
      const last = cells.at(-1)
      if (last?.kind === 'markdown' && cell.kind === 'markdown')
        cells.splice(-1, 1, { ...last, source: `${last.source}\n\n${cell.source}` })
      else cells.push(cell)
      return cells
    }, [])
    .flatMap((cell) =>
      // A section begins a cell of its own, so that none is longer than a screen.
      cell.kind === 'markdown'
        ? cell.source.split(/\n+(?=## )/).map((source) => ({ ...cell, source }))
        : [cell],
    )
}

/** What a master says to the teacher alone, in Markdown. */
export const teacherNotes = ({ blocks }: Master): string =>
  blocks
    .flatMap(({ lines }) => lines)
    .filter(({ audience }) => audience === 'teacher')
    .map(({ text }) => text)
    .join('\n')
    .trim()

const kernel = {
  kernelspec: { display_name: 'TypeScript', language: 'typescript', name: 'tslab' },
  language_info: {
    codemirror_mode: { mode: 'typescript', name: 'javascript', typescript: true },
    file_extension: '.ts',
    mimetype: 'text/typescript',
    name: 'typescript',
    version: '3.7.2',
  },
}

/** A lab as the text of a notebook without outputs; `lidvae run --all` leaves the students' one out. */
export function notebookOf(master: Master, version: Version, file: string): string {
  const cells = cellsOf(master, version).map(({ kind, source }, i) => ({
    cell_type: kind,
    id: `cell-${String(i).padStart(2, '0')}`,
    metadata: {},
    ...(kind === 'code' ? { execution_count: null, outputs: [] } : {}),
    source: source.split('\n').map((line, at, all) => (at < all.length - 1 ? `${line}\n` : line)),
  }))
  const metadata = { ...kernel, lidvae: { master: file, version } }
  return `${JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`
}
