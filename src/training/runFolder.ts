import { warn } from '../base/note'
import path from '../platform/path'
import { isFile, list, readFile, readText, removeFile } from '../platform/fileSystem'
import { errorCode, fileError, makeFolder, writeWhole } from '../platform/files'
import { ArgumentError, DataError, unquoted } from '../base/errors'
import type { Named } from '../models/weights'
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint'
import { seal, unseal } from '../storage/checksummedJson'
import { acquire, type RunLock } from '../platform/lock'
import { count, partSchema, problemIn, z } from '../storage/schema'
import type { RunProvenance } from './runRecord'
import type { Checkpoint } from './state'

/** Number of checkpoints kept: when the newest is damaged, the one before is used. */
const KEPT = 3
const NAME = /^step-(\d{9})\.safetensors$/

/**
 * A training's folder: `run.json` (settings, seed, data, engine, threads, versions, machine) and
 * `checkpoints/step-000001234.safetensors`, newest last. Files appear complete or not at all; only one
 * process at a time writes here.
 */
export class RunFolder {
  readonly folder: string
  private readonly lock: RunLock
  private readonly shapes: Map<string, readonly number[]>
  private readonly trained: readonly string[]

  /**
   * @param variables everything that is learnt, by name; those that are trained by gradients have slots of
   *   the optimiser.
   * @throws DataError when another process trains here, or the folder cannot be used.
   */
  constructor(folder: string, variables: Named) {
    if (typeof folder !== 'string' || folder === '')
      throw new ArgumentError('run', folder, 'a path', "Name a folder, say run: 'runs/first'.")
    this.folder = path.resolve(folder)
    this.shapes = new Map([...variables].map(([name, weight]) => [name, weight.shape]))
    this.trained = [...variables].filter(([, weight]) => weight.trainable).map(([name]) => name)
    try {
      makeFolder(path.join(this.folder, 'checkpoints'))
    } catch (error) {
      throw fileError(error, this.folder, 'Choose a writable folder.')
    }
    this.lock = acquire(this.folder)
    this.sweep()
  }

  /**
   * Records the settings of a new run, or checks that the run found here has the same.
   *
   * @param settings those that decide the numbers: any difference is refused. @param record further facts.
   * @param requireExtension throws unless a run of so many epochs can be extended, where nothing else differs; then the
   *   new number is recorded.
   * @returns what was recorded when the run began; undefined for a new one.
   */
  agree(
    settings: Record<string, unknown>,
    record: Record<string, unknown>,
    requireExtension: (before: number) => void,
  ): RunRecord | undefined {
    const file = path.join(this.folder, 'run.json')
    const plain = JSON.parse(JSON.stringify(settings)) as Record<string, unknown>
    const found = readRun(file)
    if (!found) {
      if (this.checkpoints().length > 0)
        throw new DataError(`${this.folder} has checkpoints but no run.json. Name another folder.`)
      writeWhole(file, seal({ format: 1, settings: plain, ...record }))
      return undefined
    }
    const said = (values: Record<string, unknown>, name: string) => JSON.stringify(values[name])
    const others = [...new Set([...Object.keys(plain), ...Object.keys(found.settings)])].filter(
      (name) => said(plain, name) !== said(found.settings, name),
    )
    if (others.length === 0) return found
    const [name] = others
    const { epochs } = found.settings
    if (others.length > 1 || name !== 'epochs' || typeof epochs !== 'number')
      throw new ArgumentError(
        name,
        // Nested values are shown as JSON.
        typeof plain[name] === 'object' ? unquoted(short(said(plain, name))) : plain[name],
        `${short(said(found.settings, name))}, as in the run in ${this.folder}`,
        'Use the same value to resume that run, or name another folder.',
      )
    requireExtension(epochs)
    const extended = { ...found, settings: { ...found.settings, epochs: plain.epochs } }
    writeWhole(file, seal({ format: 1, ...extended }))
    return extended
  }

  /** The newest readable checkpoint; damaged ones are reported and skipped. */
  newest(): Checkpoint | undefined {
    const names = this.checkpoints()
    const problems: string[] = []
    for (const name of names.reverse()) {
      const file = path.join(this.folder, 'checkpoints', name)
      try {
        const checkpoint = decodeCheckpoint(readFile(file), this.trained, file)
        for (const problem of problems) warn(`${problem} Resuming from the checkpoint before it.`)
        return checkpoint
      } catch (error) {
        problems.push(error instanceof DataError ? error.message : fileError(error, file, '').message)
      }
    }
    if (problems.length > 0) throw new DataError(problems[0])
    return undefined
  }

  /** @throws DataError when another process has taken the folder over. */
  requireOwn(): void {
    this.lock.require()
  }

  /** Writes a checkpoint and deletes old ones. */
  write(checkpoint: Checkpoint): void {
    const name = `step-${String(checkpoint.position.step).padStart(9, '0')}.safetensors`
    writeWhole(
      path.join(this.folder, 'checkpoints', name),
      encodeCheckpoint(checkpoint, this.shapes, this.trained),
    )
    for (const old of this.checkpoints().slice(0, -KEPT))
      removeOld(path.join(this.folder, 'checkpoints', old))
  }

  /**
   * Deletes the partial files of a process that was killed while it wrote; no other process writes here now.
   */
  private sweep(): void {
    const isLeft = (name: string): boolean => /^\..*\.part$/.test(name)
    for (const place of [this.folder, path.join(this.folder, 'checkpoints')])
      for (const name of list(place).filter(isLeft)) removeOld(path.join(place, name))
  }

  private checkpoints(): string[] {
    return listCheckpoints(this.folder)
  }

  /** Lets another process train here. */
  close(): void {
    this.lock.release()
  }
}

/** Deletes a file that is no longer needed; a folder of that name is someone else's. */
function removeOld(file: string): void {
  if (isFile(file)) removeFile(file)
}

/** Names of a run's checkpoints, oldest first. */
export function listCheckpoints(folder: string): string[] {
  try {
    return list(path.join(folder, 'checkpoints'))
      .filter((name) => NAME.test(name))
      .sort()
  } catch {
    return []
  }
}

/** The content of run.json. */
export interface RunRecord {
  settings: Record<string, unknown>
  engine?: { engine: string; version?: string; threads?: { intra: string; inter: string } }
  versions?: Record<string, string>
  machine?: { cpu?: string }
  /** Absent in runs recorded before they could be repeated. */
  recipes?: RunProvenance
}

/** Limits of units of a model, and of data points: above every real use, and small enough for memory. */
const [UNITS, POINTS] = [1e6, 1e7]

const texts = z.record(z.string())
const made = z.union([z.object({ own: z.literal(true) }), partSchema(POINTS)])
const runSchema = z.object({
  format: z.literal(1),
  settings: z.object({ model: z.union([z.string(), partSchema(UNITS)]).optional() }),
  engine: z
    .object({ engine: z.string(), version: z.string().optional(), threads: texts.optional() })
    .optional(),
  versions: texts.optional(),
  machine: z.object({ cpu: z.string().optional() }).optional(),
  recipes: z
    .object({
      train: made,
      validation: made.optional(),
      optimizer: made,
      klWeight: z.union([z.number(), made]),
      objective: made,
      schedule: made.optional(),
      until: made.optional(),
      modelSteps: count,
    })
    .optional(),
})

/** Reads run.json; undefined where there is none. */
export function readRun(file: string): RunRecord | undefined {
  let text: string
  try {
    text = readText(file)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw fileError(error, file, 'Name another folder.')
  }
  const run = unseal(text)
  const problem = run ? problemIn(runSchema, run) : 'its checksum does not match'
  if (problem)
    throw new DataError(`${file} is damaged or of another version: ${problem}. Name another folder.`)
  return run as unknown as RunRecord
}

const short = (json: string | undefined): string =>
  json === undefined ? 'nothing' : json.length > 80 ? `${json.slice(0, 77)}…` : json
