import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import util from 'node:util'
import type * as TfjsNode from '@tensorflow/tfjs-node'
import { EngineError } from '../../base/errors'
import { checkInstalled } from './check'
import { type EngineManifest, readManifest, verifyContents } from './manifest'
import { cacheFolder, packageRoot } from '../../platform/places'
import { applyThreads } from './threads'

/** TensorFlow's C++ engine, found on this machine and loadable. */
export interface FoundNative {
  found: true
  /** The folder that holds `lib/` and `deps/`. */
  folder: string
  /** The addon's file. */
  binding: string
  /** TensorFlow's version, e.g. 2.15.1; 'unknown' for an addon whose version was never queried. */
  tensorflow: string
  /** The version of @tensorflow/tfjs-node that loads it. */
  tfjsNode: string
  /** How it came here. */
  from: 'wheel' | 'tfjs-node download' | 'installed with the package'
}

/** Why there is no native engine, and what to do. */
export interface NoNative {
  found: false
  why: string
  remedy: string
}

export const setupRemedy = 'Run: npx lidvae setup'

/** The folder of @tensorflow/tfjs-node, or undefined if npm did not install that optional package. */
export function tfjsNodeFolder(): string | undefined {
  try {
    return path.dirname(
      createRequire(path.join(packageRoot(), 'x.js')).resolve('@tensorflow/tfjs-node/package.json'),
    )
  } catch {
    return undefined
  }
}

/** The version of the @tensorflow/tfjs-node in `folder`. */
export function tfjsNodeVersion(folder: string): string {
  return (JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string }).version
}

/** Where prepared engines are kept. */
export function engineFolder(): string {
  return path.join(cacheFolder(), 'engine')
}

/** The name of a prepared engine's folder: everything that must match for it to load. */
export function engineName(tfjsNode: string, tensorflow: string): string {
  return `tfjs-node-${tfjsNode}-tensorflow-${tensorflow}-napi8-${process.platform}-${process.arch}`
}

/**
 * The addon in a folder laid out like tfjs-node's package: `lib/napi-v8/tfjs_binding.node`, or an older
 * Node-API's.
 */
export function addonIn(folder: string): string | undefined {
  const lib = path.join(folder, 'lib')
  if (!existsSync(lib)) return undefined
  const able = Number(process.versions.napi)
  return readdirSync(lib)
    .filter((name) => /^napi-v\d+$/.test(name) && Number(name.slice(6)) <= able)
    .sort((a, b) => Number(b.slice(6)) - Number(a.slice(6)))
    .map((name) => path.join(lib, name, 'tfjs_binding.node'))
    .find((file) => existsSync(file))
}

/**
 * Looks for the native engine without loading it: first the addon installed with tfjs-node, then the one
 * prepared by `lidvae setup`. Takes milliseconds: sizes and times are compared with the record, contents only
 * when those differ.
 */
export function findNative(): FoundNative | NoNative {
  const package_ = tfjsNodeFolder()
  if (package_ === undefined)
    return {
      found: false,
      why: 'the optional package @tensorflow/tfjs-node is not installed',
      remedy: 'Install it: npm install @tensorflow/tfjs-node@4.22.0 --ignore-scripts, then: npx lidvae setup',
    }
  const tfjsNode = tfjsNodeVersion(package_)
  const installed = addonIn(package_)
  if (installed !== undefined && sharedLibraries(package_) > 0)
    return {
      found: true,
      folder: package_,
      binding: installed,
      tensorflow: installedTensorFlow(package_),
      tfjsNode,
      from: 'installed with the package',
    }
  return findPrepared(tfjsNode)
}

function findPrepared(tfjsNode: string): FoundNative | NoNative {
  const store = engineFolder()
  const suffix = engineName('', '').slice('tfjs-node--tensorflow-'.length)
  const names = existsSync(store)
    ? readdirSync(store).filter((name) => name.startsWith(`tfjs-node-${tfjsNode}-`) && name.endsWith(suffix))
    : []
  let problem: NoNative = {
    found: false,
    why: 'the native engine is not prepared on this machine',
    remedy: setupRemedy,
  }
  for (const name of names.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))) {
    const folder = path.join(store, name)
    const manifest = readManifest(folder)
    const damage =
      typeof manifest === 'string'
        ? manifest
        : (wrongVersion(manifest, tfjsNode) ?? verifyContents(folder, manifest))
    if (damage === undefined && typeof manifest !== 'string')
      return {
        found: true,
        folder,
        binding: path.join(folder, manifest.binding),
        tensorflow: manifest.tensorflow,
        tfjsNode,
        from: manifest.from,
      }
    problem = {
      found: false,
      why: `the prepared engine in ${folder} is damaged: ${damage}`,
      remedy: setupRemedy,
    }
  }
  return problem
}

function wrongVersion(manifest: EngineManifest, tfjsNode: string): string | undefined {
  if (manifest.tfjsNode !== tfjsNode)
    return `it was made for tfjs-node ${manifest.tfjsNode}, here is ${tfjsNode}`
  const here = `${process.platform} ${process.arch}`
  if (manifest.system !== here) return `it was made for ${manifest.system}, this is ${here}`
  return undefined
}

function sharedLibraries(folder: string): number {
  const lib = path.join(folder, 'deps', 'lib')
  return existsSync(lib) ? readdirSync(lib).filter((name) => /tensorflow/.test(name)).length : 0
}

function installedTensorFlow(folder: string): string {
  for (const name of readdirSync(path.join(folder, 'deps', 'lib'))) {
    const version = /(?:so\.|\.)(\d+\.\d+\.\d+)(?:\.dylib)?$/.exec(name)?.[1]
    if (version !== undefined) return version
  }
  return 'unknown'
}

/** The result of loading: tfjs as tfjs-node extends it, and its engine. */
export interface LoadedNative {
  tf: typeof TfjsNode
  engine: FoundNative
}

let loaded: LoadedNative | undefined

/**
 * Loads TensorFlow's C++ engine into this process and registers it with tfjs as the backend 'tensorflow'.
 *
 * Nothing is written into node_modules: tfjs-node asks node-pre-gyp where its addon is, and gets the prepared
 * one.
 *
 * @throws EngineError if there is no engine, or it does not load
 */
export function loadNative(engine: FoundNative | NoNative = loaded?.engine ?? findNative()): LoadedNative {
  if (!engine.found) throw new EngineError(`No native engine: ${engine.why}. ${engine.remedy}`)
  if (loaded !== undefined) return loaded
  const package_ = tfjsNodeFolder()
  if (package_ === undefined) throw new EngineError(`No native engine: tfjs-node is gone. ${setupRemedy}`)
  // TensorFlow reads this when its library loads; otherwise it writes to the notebook's stderr.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
  applyThreads(engine.folder)
  restoreUtil()
  const require_ = createRequire(path.join(package_, 'package.json'))
  try {
    if (engine.from === 'installed with the package') checkInstalled(engine, engineFolder())
    const finder = require_('@mapbox/node-pre-gyp/lib/pre-binding') as { find: (file: string) => string }
    const original = finder.find
    finder.find = () => engine.binding
    try {
      const tf = require_('@tensorflow/tfjs-node') as LoadedNative['tf']
      loaded = { tf, engine: { ...engine, tensorflow: loadedVersion(tf) ?? engine.tensorflow } }
    } finally {
      finder.find = original
    }
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split('\n')
    throw new EngineError(
      `The native engine in ${engine.folder} does not load: ${reason}. ${remedyFor(engine)}`,
    )
  }
  return loaded
}

function remedyFor(engine: FoundNative): string {
  return engine.from === 'installed with the package'
    ? `Remove ${path.join(engine.folder, 'lib')} and run: npx lidvae setup`
    : 'Run: npx lidvae setup --force'
}

function loadedVersion(tf: LoadedNative['tf']): string | undefined {
  return (tf.backend() as unknown as { binding?: { TF_Version?: string } }).binding?.TF_Version
}

/** Sets the two functions of node:util that tfjs-node calls, Node 22 warns of and Node 23 removed. */
function restoreUtil(): void {
  const old = util as unknown as Record<string, unknown>
  old.isNullOrUndefined = (value: unknown) => value === null || value === undefined
  old.isArray = Array.isArray
}
