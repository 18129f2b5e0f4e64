import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { DataError, StoppedError } from '../base/errors'
import { works } from '../platform/cancellation'
import { apart, follow } from '../platform/children'
import { isFile, readText } from '../platform/fileSystem'
import { cacheFolder, dataFolder, fromStart, packageRoot } from '../platform/places'
import { type CellError } from '../kernel/errors'
import { jupyterEnvironment, jupyterFolder, pythonIn } from '../setup/jupyter'

/** Bytes that a notebook may have. */
const MOST_BYTES = 100e6

/** Events of a headless run. */
export type RunEvent =
  | { event: 'start'; cells: number }
  | { event: 'cell'; number: number; title: string }
  | { event: 'done'; number: number; seconds: number }
  | ({ event: 'failed'; number: number; title: string } & CellError)
  | { event: 'unusable'; why: string }
  | { event: 'written'; file: string }

export interface RunOptions {
  /** The executed notebook, absolute. */
  out: string
  /** The exported page, absolute; none by default. */
  html?: string
  /** Passed to the notebook as LIDVAE_SIZE. */
  size?: string
  /** Continue after a cell that fails. */
  keepGoing?: boolean
  /** The most seconds that one cell may run; no limit by default. */
  timeout?: number
  /** The most seconds that the notebook may run; no limit by default. */
  totalTimeout?: number
  onEvent?: (event: RunEvent) => void
}

/**
 * Runs a notebook headless, through the project's Jupyter and tslab kernel, in the notebook's own folder.
 *
 * @returns whether every cell ran to its end
 * @throws DataError if the file is not a runnable notebook; StoppedError if a signal ended the command
 */
export async function runNotebook(
  file: string,
  { out, html, size, keepGoing, timeout, totalTimeout, onEvent }: RunOptions,
): Promise<boolean> {
  if (!existsSync(file))
    throw new DataError(`${file}: there is no such notebook. Give the path of an .ipynb file.`)
  requireReadable(file)
  const runner = path.join(packageRoot(), 'src', 'runner', 'runner.py')
  const args = [
    runner,
    '--with-parent',
    ...(keepGoing ? ['--keep-going'] : []),
    ...(timeout === undefined ? [] : [`--cell-seconds=${timeout}`]),
    ...(totalTimeout === undefined ? [] : [`--seconds=${totalTimeout}`]),
    file,
    out,
    ...(html === undefined ? [] : [html]),
  ]
  const child = spawn(pythonIn(jupyterFolder()), args, {
    env: { ...jupyterEnvironment(), ...kernelEnvironment(size), LIDVAE_HEADLESS: '1' },
    // Nothing is written to it: it closes when this process ends, however it ends.
    stdio: ['pipe', 'pipe', 'pipe'],
    ...apart,
  })
  follow(child)
  let unusable: string | undefined
  // What Jupyter's libraries print on the way out says nothing about the run.
  let whole = false
  let noise = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (noise = (noise + text).slice(-4000)))
  createInterface(child.stdout).on('line', (line) => {
    if (!line.startsWith('{"event"')) return
    const event = JSON.parse(line) as RunEvent | { event: 'end' }
    if (event.event === 'end') {
      whole = true
      return
    }
    if (event.event === 'unusable') unusable = event.why
    onEvent?.(event)
  })
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exit) => resolve(exit ?? 1))
  })
  if (works().ending) throw new StoppedError(`${file} was stopped: ${works().ending} ends this command.`)
  if (unusable !== undefined) {
    const cause = noise.split('\n').find((line) => /^\w*Error\b/.test(line))
    throw new DataError(`${file}: ${unusable}${cause === undefined ? '' : ` (${cause.trim()})`}.`)
  }
  if (!whole)
    throw new DataError(`${file}: the run ended early: ${noise.trim().split('\n').at(-1) ?? `code ${code}`}`)
  if (html !== undefined) (await import('./formulas')).setFormulas(html)
  return code === 0
}

/**
 * Environment of the kernel: absolute folders, because it runs in the notebook's folder, and the size of the
 * experiments.
 */
export function kernelEnvironment(size?: string): Record<string, string> {
  const data = dataFolder()
  return {
    LIDVAE_CACHE: cacheFolder(),
    ...(data === undefined ? {} : { LIDVAE_DATA: data }),
    ...(size === undefined ? {} : { LIDVAE_SIZE: size }),
  }
}

/**
 * Path of a notebook's executed copy below `folder`: notebooks of the project and below the current folder
 * keep their relative path; others keep their folder's name, so that equal file names of two students do not
 * collide.
 */
export function outputFor(file: string, folder: string): string {
  const places = [path.join(packageRoot(), 'notebooks'), fromStart('.')].map((place) =>
    path.relative(place, file),
  )
  const below = places.find((name) => !name.startsWith('..') && !path.isAbsolute(name))
  return path.join(
    fromStart(folder),
    below ?? path.join(path.basename(path.dirname(file)), path.basename(file)),
  )
}

/** Every notebook below a folder, in order of name; Jupyter's checkpoints are left out. */
export function notebooksIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => a.name.localeCompare(b.name, 'en'))
    .flatMap((entry) => {
      const file = path.join(folder, entry.name)
      if (entry.isDirectory())
        return entry.name.startsWith('.') || entry.name === 'node_modules' ? [] : notebooksIn(file)
      return entry.name.endsWith('.ipynb') ? [file] : []
    })
}

/** Refuses what would be waited for without end, or fill the memory: a notebook may come from anyone. */
function requireReadable(file: string): void {
  const { size } = statSync(file)
  if (!isFile(file)) throw new DataError(`${file} is not a file. Give the path of an .ipynb file.`)
  if (size > MOST_BYTES)
    throw new DataError(
      `${file} has ${(size / 1e6).toFixed(0)} MB, and a notebook may have ${MOST_BYTES / 1e6}. Clear its outputs.`,
    )
}

/** Whether a notebook is a lab with exercises, by its metadata. */
export function isForStudents(file: string): boolean {
  try {
    if (statSync(file).size > MOST_BYTES) return false
    const { metadata } = JSON.parse(readText(file)) as {
      metadata?: { lidvae?: { version?: string } }
    }
    return metadata?.lidvae?.version === 'student'
  } catch {
    // Its run will report what is wrong.
    return false
  }
}
