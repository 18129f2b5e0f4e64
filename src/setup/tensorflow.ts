import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import * as lockfile from 'proper-lockfile'
import {
  type FoundNative,
  engineFolder,
  engineName,
  findNative,
  tfjsNodeFolder,
  tfjsNodeVersion,
} from '../compute/native/native'
import { type EngineManifest, manifestFile, recordFiles } from '../compute/native/manifest'
import { checkEngine } from '../compute/native/check'
import { endTools } from '../platform/children'
import { packageRoot } from '../platform/places'
import { downloadReachable, runOwnInstaller } from './download'
import { Obstacle } from '../platform/runTool'
import { type OnProgress, asObstacle, findCompiler, requireSpace } from './tools'
import { type Wheel, compileAddon, downloadWheel, unpackWheel, wheelHere } from './wheel'

export interface PrepareOptions {
  /** Called at each step, a few times per second. */
  onProgress?: OnProgress
  /** Prepare again even if a working engine exists. */
  force?: boolean
  /** Other Pythons whose pip is used if the one on PATH has none. */
  pythons?: string[]
  /** The wheel to use instead of the one for this system. */
  wheel?: Wheel
}

/** The engine that is ready now, or why there is none. */
export type Prepared =
  { ready: true; engine: FoundNative; already: boolean } | { ready: false; why: string; remedy: string }

/**
 * Prepares the native engine once per machine, in the cache folder: from tfjs-node's own download if it is
 * reachable, otherwise from libtensorflow of TensorFlow's wheel by pip, with the addon compiled against it.
 *
 * Safe to repeat and to interrupt: everything happens in a staging folder, is tested in a separate process,
 * and is renamed into place at the end. Of two processes at once, one waits for the other.
 *
 * @returns the engine, or why there is none and what to do; never throws for something that a machine lacks
 */
export async function prepareNative(options: PrepareOptions = {}): Promise<Prepared> {
  const store = engineFolder()
  try {
    return await prepare(store, options)
  } catch (error) {
    const { why, remedy } = asObstacle(error, store)
    return { ready: false, why, remedy }
  }
}

async function prepare(store: string, options: PrepareOptions): Promise<Prepared> {
  const onProgress = options.onProgress ?? (() => undefined)
  const ready = (): Prepared | undefined => {
    const engine = findNative()
    return engine.found ? { ready: true, engine, already: true } : undefined
  }
  const before = options.force ? undefined : ready()
  if (before !== undefined) return before
  const tfjsNode = tfjsNodeFolder()
  if (tfjsNode === undefined) {
    const { why, remedy } = findNative() as { why: string; remedy: string }
    throw new Obstacle(why, remedy)
  }
  mkdirSync(store, { recursive: true })
  const release = await lock(store, onProgress)
  try {
    // Another process may have finished while this one waited.
    const meanwhile = options.force ? undefined : ready()
    if (meanwhile !== undefined) return meanwhile
    clearStale(store)
    requireSpace(store, 1200)
    await build(store, tfjsNode, options, onProgress)
  } finally {
    await release().catch(() => undefined)
  }
  const engine = findNative()
  if (!engine.found) throw new Obstacle(engine.why, engine.remedy)
  return { ready: true, engine, already: false }
}

async function lock(store: string, onProgress: OnProgress): Promise<() => Promise<void>> {
  const options = { stale: 20_000, update: 4_000, lockfilePath: path.join(store, '.lock') }
  return lockfile.lock(store, options).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ELOCKED') throw error
    onProgress({ step: 'wait', detail: 'another process is preparing the engine' })
    return lockfile.lock(store, {
      ...options,
      retries: { forever: true, minTimeout: 500, maxTimeout: 1_000 },
    })
  })
}

const staging = '.staging-'

// Only the holder of the lock stages: anything there was left by a process that ended.
function clearStale(store: string): void {
  for (const name of readdirSync(store))
    if (name.startsWith(staging)) rmSync(path.join(store, name), { recursive: true, force: true })
}

async function build(
  store: string,
  tfjsNode: string,
  options: PrepareOptions,
  onProgress: OnProgress,
): Promise<void> {
  const folder = path.join(store, `${staging}${process.pid}`)
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const clear = () => {
    endTools()
    remove()
  }
  const interrupted = (signal: NodeJS.Signals) => {
    clear()
    process.kill(process.pid, signal)
  }
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.once(signal, interrupted)
  // A command exits at a signal before these listeners run.
  process.once('exit', clear)
  try {
    mkdirSync(folder)
    const own = options.wheel === undefined && (await tryOwn(tfjsNode, folder, onProgress))
    if (own) return keep(store, folder, own)
    remove()
    mkdirSync(folder)
    keep(store, folder, await fromWheel(tfjsNode, folder, options, onProgress))
  } finally {
    for (const signal of signals) process.removeListener(signal, interrupted)
    process.removeListener('exit', clear)
    remove()
  }
}

type Record_ = Omit<EngineManifest, 'files' | 'system'>

async function tryOwn(
  tfjsNode: string,
  folder: string,
  onProgress: OnProgress,
): Promise<Record_ | undefined> {
  onProgress({ step: 'download', detail: "asking whether tfjs-node's own download can be reached" })
  if (!(await downloadReachable(tfjsNode))) return undefined
  try {
    const binding = await runOwnInstaller(tfjsNode, folder, onProgress)
    onProgress({ step: 'check', detail: 'a small matrix product in a separate process' })
    const { tensorflow } = await checkEngine(folder, path.join(folder, binding))
    for (const name of ['binding', 'scripts', 'build', 'package.json', 'binding.gyp', 'deps/include'])
      rmSync(path.join(folder, name), { recursive: true, force: true })
    const source = { name: `libtensorflow ${tensorflow}`, sha256: null }
    return { tensorflow, tfjsNode: tfjsNodeVersion(tfjsNode), from: 'tfjs-node download', source, binding }
  } catch (error) {
    onProgress({ step: 'download', detail: `${asObstacle(error, folder).why}; taking the wheel instead` })
    return undefined
  }
}

async function fromWheel(
  tfjsNode: string,
  folder: string,
  options: PrepareOptions,
  onProgress: OnProgress,
): Promise<Record_> {
  const wheel = options.wheel ?? wheelHere()
  // Before a download of 200 MB, not after it.
  await findCompiler()
  const file = await downloadWheel(wheel, path.join(folder, 'download'), onProgress, options.pythons ?? [])
  await unpackWheel(file, wheel, folder, onProgress)
  rmSync(path.join(folder, 'download'), { recursive: true, force: true })
  const nodeApi = path.join(
    path.dirname(createRequire(path.join(packageRoot(), 'x.js')).resolve('node-api-headers/package.json')),
    'include',
  )
  const binding = await compileAddon(tfjsNode, nodeApi, folder, onProgress)
  for (const name of ['binding', 'deps/include', ...wheel.libraries.map(([, link]) => `deps/lib/${link}`)])
    rmSync(path.join(folder, name), { recursive: true, force: true })
  onProgress({ step: 'check', detail: 'a small matrix product in a separate process' })
  const { tensorflow } = await checkEngine(folder, path.join(folder, binding))
  const source = { name: path.basename(file), sha256: wheel.sha256 }
  return { tensorflow, tfjsNode: tfjsNodeVersion(tfjsNode), from: 'wheel', source, binding }
}

/** Writes the record and renames the staging folder into place; an older engine of that name is deleted. */
function keep(store: string, folder: string, record: Record_): void {
  const manifest: EngineManifest = {
    ...record,
    system: `${process.platform} ${process.arch}`,
    files: recordFiles(folder),
  }
  const file = path.join(folder, manifestFile)
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`)
  for (const name of [file, ...manifest.files.map((one) => path.join(folder, one.name))]) flush(name)
  const final = path.join(store, engineName(record.tfjsNode, record.tensorflow))
  const old = path.join(store, `${staging}old-${process.pid}`)
  try {
    renameSync(final, old)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  renameSync(folder, final)
  rmSync(old, { recursive: true, force: true })
}

function flush(file: string): void {
  const descriptor = openSync(file, 'r+')
  fsyncSync(descriptor)
  closeSync(descriptor)
}
