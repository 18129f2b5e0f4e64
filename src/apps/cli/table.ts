import { accessSync, constants, mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import pc from 'picocolors'
import { temporaryFolder } from '../../platform/fileSystem'
import { fileError } from '../../platform/files'
import { startEngine } from '../../compute/engine'
import { awaitRelease } from '../../platform/lock'
import { fromStart } from '../../platform/places'
import { ArgumentError, DataError, LidvaeError, StoppedError } from '../../base/errors'
import { cellsOf, commandOf, dataSets, placeOf, settingOf, type Cell } from '../experiments/table/cell'
import { costOf, formatCosts, type Cost } from '../experiments/table/cost'
import { inOrder, missingCells } from '../experiments/table/order'
import { differences, isPresent, readRecord, type CellRecord } from '../experiments/table/record'
import { runCell, type Folders } from '../experiments/table/runCell'
import { rowsOf } from '../experiments/table/summary'
import { formatTable } from '../experiments/table/formatTable'
import type { TableData } from '../experiments/table/setting'
import { seconds } from './say'

export interface TableCommand {
  size?: string
  data?: string[]
  method?: string[]
  seeds?: string[]
  json?: boolean
  again?: boolean
  list?: boolean
  missing?: boolean
  estimate?: boolean
  wait?: boolean
  results: string
  runs: string
}

/**
 * `lidvae table`: runs the cells that have no record by the present rule yet, in the order of what they
 * decide, then prints the table; 1 if a record could not be made or reproduced, or named data are missing.
 */
export async function table(command: TableCommand): Promise<number> {
  const { size, data, method, json = false, again = false, wait = false } = command
  const cells = cellsOf({ size, data, method, seeds: seedsOf(command.seeds) })
  // Only JSON on the standard output.
  const say = (line: string): void => (json ? console.error(line) : console.log(line))
  if (command.list) {
    console.log(JSON.stringify(cells))
    return 0
  }
  const folders = { results: fromStart(command.results), runs: fromStart(command.runs) }
  if (command.missing) {
    for (const cell of missingCells(folders.results, { size, data, method, seeds: seedsOf(command.seeds) }))
      console.log(commandOf(cell))
    return 0
  }
  if (command.estimate) return estimate(cells, { data, say, json })
  const wanted = again
    ? cells
    : withPlain(
        cells.filter((cell) => !isPresent(readRecord(folders.results, cell))),
        folders.results,
      )
  // Checked before hours of training, whose record could not be written.
  if (wanted.length > 0 && !again) requireWritable(folders.results)
  const done =
    wanted.length === 0
      ? true
      : await runAll(wanted, folders, { again, wait, named: data !== undefined, say })
  if (again) return done ? 0 : 1
  const records = cells.flatMap((cell) => readRecord(folders.results, cell) ?? [])
  const rows = rowsOf(records)
  if (json) console.log(JSON.stringify({ size: size ?? 'quick', rows, records }, null, 2))
  else console.log(`\n${formatTable(rows)}`)
  return done ? 0 : 1
}

/** Prints what the cells would cost, from some steps of each; one seed of each row stands for all. */
async function estimate(
  cells: readonly Cell[],
  { data: named, say, json }: { data?: string[]; say: Run['say']; json: boolean },
): Promise<number> {
  say(`lidvae: ${(await startEngine({ quiet: true })).engine} engine`)
  const costs: Cost[] = []
  const loaded = new Map<string, TableData | undefined>()
  for (const cell of cells.filter((one) => one.seed === cells[0].seed)) {
    if (!loaded.has(cell.data)) loaded.set(cell.data, await load(cell, named !== undefined, say))
    const data = loaded.get(cell.data)
    if (!data) continue
    const plain = costs.find((cost) => cost.data === cell.data && cost.method === 'plain')
    costs.push(await costOf(cell, data, {}, plain?.msPerUpdate))
    say(`lidvae: ${cell.data}  ${cell.method}  ${costs.at(-1)!.hours.toFixed(1)} h`)
  }
  console.log(
    json ? JSON.stringify({ size: cells[0].size, costs }, null, 2) : formatCosts(cells[0].size, costs),
  )
  return 0
}

/** The cells with those of plain that they need, in the order of what they decide. */
function withPlain(cells: readonly Cell[], results: string): Cell[] {
  const all = new Map(cells.map((cell) => [placeOf(cell), cell]))
  for (const cell of cells) {
    const plain = { ...cell, method: 'plain' }
    if (!all.has(placeOf(plain)) && !isPresent(readRecord(results, plain))) all.set(placeOf(plain), plain)
  }
  return inOrder([...all.values()])
}

const plainOf = (cell: Cell, { results }: Folders): CellRecord | undefined =>
  readRecord(results, { ...cell, method: 'plain' })

function requireWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
  } catch (error) {
    throw fileError(error, folder, 'Choose a folder that can be written to with --results.')
  }
}

interface Run {
  again: boolean
  /** Wait for processes that train cells of these. */
  wait: boolean
  /** The data sets were named: a missing one is an error. */
  named: boolean
  say: (line: string) => void
}

/**
 * Runs cells one after the other, the data of each data set loaded once. @returns false if something was
 * wrong
 */
async function runAll(
  cells: readonly Cell[],
  folders: Folders,
  { again, wait, named, say }: Run,
): Promise<boolean> {
  say(`lidvae: ${cells.length} ${cells.length === 1 ? 'cell' : 'cells'} to ${again ? 'make again' : 'run'}`)
  say(`lidvae: ${(await startEngine({ quiet: true })).engine} engine`)
  let good = true
  const loaded = new Map<string, TableData | undefined>()
  const one = again ? remake : make
  for (const cell of cells) {
    if (!loaded.has(cell.data)) loaded.set(cell.data, await load(cell, named, say))
    const data = loaded.get(cell.data)
    if (!data) {
      // When comparing, a cell that was not run does not count as the same.
      good &&= !again
      continue
    }
    const waited = wait && !again && (await awaitRelease(path.join(folders.runs, placeOf(cell)), say))
    if (waited && isPresent(readRecord(folders.results, cell))) continue
    good = (await one(cell, data, folders, say)) && good
  }
  return good
}

/** The data of a cell; undefined, with a message, if they are not on this machine and were not named. */
async function load(cell: Cell, named: boolean, say: Run['say']): Promise<TableData | undefined> {
  try {
    return await settingOf(cell).load((line) => say(`lidvae: ${line}`))
  } catch (error) {
    if (named || !(error instanceof DataError)) throw error
    say(`lidvae: ${dataSets[cell.data].title} is left out. ${error.message}`)
    return undefined
  }
}

async function make(cell: Cell, data: TableData, folders: Folders, say: Run['say']): Promise<boolean> {
  try {
    const plain = plainOf(cell, folders)
    const record = await runCell(cell, data, folders, { plain, verbose: process.stdout.isTTY, say })
    say(inWords(record))
    return true
  } catch (error) {
    // A failed cell does not stop the others.
    if (!(error instanceof LidvaeError) || error instanceof StoppedError) throw error
    const anew =
      error instanceof ArgumentError
        ? ` To start this cell over, delete ${path.join(folders.runs, placeOf(cell))}.`
        : ''
    say(`${pc.red('✗')} ${cell.data}  ${cell.method}  seed ${cell.seed}: ${error.message}${anew}`)
    return false
  }
}

/** Repeats a cell in a temporary folder and compares it with its record. */
async function remake(cell: Cell, data: TableData, folders: Folders, say: Run['say']): Promise<boolean> {
  const before = readRecord(folders.results, cell)
  if (before && !isPresent(before)) {
    say(
      `${pc.red('✗')} ${placeOf(cell)}: its record was trained by the earlier rule (commit ${before.commit}). Without --again the present rule replaces it.`,
    )
    return false
  }
  const aside = temporaryFolder('lidvae-table-')
  const remove = (): void => rmSync(aside, { recursive: true, force: true })
  // A signal between two pieces of work ends the command at once.
  process.once('exit', remove)
  try {
    const plain = plainOf(cell, folders)
    const record = await runCell(cell, data, { results: aside, runs: aside }, { plain })
    say(inWords(record))
    if (!before) say('  there is no record of it to compare with')
    const different = before ? differences(before, record) : []
    if (before)
      say(
        different.length === 0
          ? `  ${pc.green('✓')} the same numbers as on record`
          : `  ${pc.red('✗')} other numbers than on record: ${different.join(', ')}${elsewhere(before, record)}`,
      )
    if (before && before.evaluation !== record.evaluation)
      say(
        `  the record was measured by an older evaluation (version ${before.evaluation ?? 1}; now ${record.evaluation}): its metrics and verdict may differ`,
      )
    return before !== undefined && different.length === 0
  } finally {
    process.removeListener('exit', remove)
    remove()
  }
}

/** Differences from the record's environment that can change the last digits. */
function elsewhere(before: CellRecord, now: CellRecord): string {
  const of = ({ engine, threads, machine, dataChecksum }: CellRecord) => ({
    engine,
    threads: JSON.stringify(threads),
    processor: machine.cpu,
    data: dataChecksum,
  })
  const [a, b] = [of(before), of(now)]
  const names = (Object.keys(a) as (keyof typeof a)[]).filter((name) => a[name] !== b[name])
  return names.length === 0 ? '' : ` (another ${names.join(', ')})`
}

function inWords({ data, method, seed, metrics, variable, seconds: lasted }: CellRecord): string {
  const { au, kl, mi, ll } = metrics
  const numbers = `AU ${au.value.toFixed(2)}  KL ${kl.value.toFixed(2)}  MI ${mi.value.toFixed(2)}  (${variable})  LL ${ll.value.toFixed(2)}`
  return `${data}  ${method}  seed ${seed}:  ${numbers}  ${seconds(lasted)}`
}

function seedsOf(given: string[] | undefined): number[] | undefined {
  return given?.map((text) => {
    if (!/^\d+$/.test(text))
      throw new ArgumentError('--seeds', text, 'integers ≥ 0', 'Write, say, --seeds 1,2,3.')
    return Number(text)
  })
}
