import { existsSync } from 'node:fs'
import path from 'node:path'
import pc from 'picocolors'
import { ArgumentError, DataError, alternatives, unquoted } from '../../base/errors'
import { fromStart, packageRoot } from '../../platform/places'
import { sizes } from '../experiments/table/setting'
import {
  type RunEvent,
  type RunOptions,
  isForStudents,
  notebooksIn,
  outputFor,
  runNotebook,
} from '../../runner/run'
import { seconds } from './say'
import { setupIfNeeded } from './setup'

export interface RunCommand {
  size?: string
  out: string
  html?: boolean
  all?: boolean
  keepGoing?: boolean
  timeout?: string
  totalTimeout?: string
}

/** Seconds as they are given on the command line. */
function secondsOf(flag: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  const found = Number(given)
  if (!(found > 0 && Number.isFinite(found))) throw new ArgumentError(flag, given, 'a number of seconds > 0')
  return found
}

/**
 * `lidvae run`: notebooks headless, one after the other; continues after failures, and fails if one fails.
 * With `keepGoing` it also continues after failed cells.
 */
export async function run(names: string[], command: RunCommand): Promise<number> {
  const { size, out, html, all, keepGoing } = command
  const limits = {
    timeout: secondsOf('--timeout', command.timeout),
    totalTimeout: secondsOf('--total-timeout', command.totalTimeout),
  }
  if (size !== undefined && !(sizes as readonly string[]).includes(size))
    throw new ArgumentError('--size', size, alternatives(sizes))
  const files = all ? everyNotebook() : names.map(fromStart)
  if (files.length === 0)
    throw new ArgumentError(
      'notebooks',
      unquoted('none'),
      'one or more .ipynb files',
      'Name them, or use --all.',
    )
  for (const file of files)
    if (!existsSync(file))
      throw new DataError(`${file}: there is no such notebook. Give the path of an .ipynb file.`)
  const targets = files.map((file) => outputFor(file, out))
  const twice = targets.find((target, i) => targets.indexOf(target) !== i)
  if (twice !== undefined)
    throw new ArgumentError(
      'output paths',
      unquoted(`${path.relative(fromStart(out), twice)} twice`),
      'different for each notebook',
      'Run them one by one, each with its own --out.',
    )
  if ((await setupIfNeeded()) !== 0) return 1
  const failed: string[] = []
  for (const [i, file] of files.entries()) {
    const target = targets[i]
    const page = html ? target.replace(/\.ipynb$/, '.html') : undefined
    if (!(await runOne(file, target, { html: page, size, keepGoing, ...limits })))
      failed.push(shownName(file))
  }
  if (files.length > 1)
    console.log(`${files.length - failed.length} of ${files.length} notebooks ran to their end`)
  if (failed.length > 0 && files.length > 1) console.error(`failed: ${failed.join(', ')}`)
  return failed.length > 0 ? 1 : 0
}

/**
 * Every notebook of the project that is meant to run to its end: a lab's version for students stops at its
 * first stub, its solution does not.
 */
export function everyNotebook(): string[] {
  return notebooksIn(path.join(packageRoot(), 'notebooks')).filter((file) => !isForStudents(file))
}

/** `lidvae start`: the tour, from nothing to a page with figures. */
export async function start(): Promise<number> {
  const tour = path.join(packageRoot(), 'notebooks', 'tour.ipynb')
  if (!existsSync(tour)) throw new DataError(`${tour}: the tour is missing. Get a whole copy of the project.`)
  if ((await setupIfNeeded()) !== 0) return 1
  const page = fromStart('out/tour.html')
  const good = await runOne(tour, fromStart('out/tour.ipynb'), { html: page })
  if (good) console.log(`\nOpen ${pc.bold(page)} in a browser, or run: npm run lab`)
  return good ? 0 : 1
}

/** Below the project's notebooks or the current folder, so that files of two students can be told apart. */
const shownName = (file: string): string => path.relative(fromStart('.'), outputFor(file, '.'))

async function runOne(
  file: string,
  out: string,
  options: Omit<RunOptions, 'out' | 'onEvent'>,
): Promise<boolean> {
  const { size } = options
  console.log(`${pc.bold(shownName(file))}${size === undefined ? '' : ` at size ${size}`}`)
  const began = Date.now()
  const report = reporter()
  let failures = 0
  const onEvent = (event: RunEvent): void => {
    if (event.event === 'failed') failures++
    report(event)
  }
  const good = await runNotebook(file, { ...options, out, onEvent })
  if (good) console.log(pc.green(`  all cells ran, ${seconds((Date.now() - began) / 1000)}`))
  else if (failures > 1) console.log(pc.red(`  ${failures} cells failed`))
  return good
}

/** Prints a line for each cell: at its end, and on a terminal also while it runs. */
export function reporter(
  print = (text: string) => void process.stdout.write(text),
): (event: RunEvent) => void {
  let total = 0
  let running = ''
  let at = 0
  const live = process.stdout.isTTY === true
  return (event) => {
    switch (event.event) {
      case 'start':
        total = event.cells
        break
      case 'cell': {
        at = event.number
        const number = String(event.number).padStart(String(total).length)
        const title = event.title.length > 60 ? `${event.title.slice(0, 59)}…` : event.title
        running = `  ${number}/${total}  ${title.padEnd(60)}`
        if (live) print(`${running} …`)
        break
      }
      case 'done':
        at = 0
        print(`${live ? '\r' : ''}${running} ${seconds(event.seconds).padStart(9)}\n`)
        break
      case 'failed':
        if (event.number === at) print(`${live ? '\r' : ''}${running} ${pc.red('failed')}\n`)
        print('\n')
        print(`${pc.red(`cell ${event.number}${event.title ? ` (${event.title})` : ''} failed`)}\n`)
        print(`${event.traceback.join('\n').replace(/^/gm, '  ')}\n\n`)
        break
      case 'written':
        print(`  wrote ${event.file}\n`)
        break
      case 'unusable':
        break
    }
  }
}
