import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import envPaths from 'env-paths'
import { ArgumentError } from '../base/errors'
import { askedCache, askedData } from './environment'

/**
 * The folder this copy of lidvae lives in: a clone, or `node_modules/lidvae`.
 *
 * @returns the folder of the nearest package.json named `lidvae` above this file, whether it runs from
 *   `dist` or `src`
 */
export function packageRoot(): string {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json')
    if (existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'lidvae')
      return folder
    if (path.dirname(folder) === folder)
      throw new Error(
        `no package.json named lidvae above ${__dirname}: the package is incomplete, reinstall it`,
      )
  }
}

/** This copy's version. */
export const ownVersion = (): string =>
  (JSON.parse(readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version

/** True in a clone (with its sources and development tools), false in an installed package. */
export function isClone(root: string = packageRoot()): boolean {
  return existsSync(path.join(root, 'src')) && existsSync(path.join(root, 'tsconfig.build.json'))
}

/**
 * The folder the command was started in. npm runs scripts in the package's folder and keeps the user's folder
 * in INIT_CWD, so that `LIDVAE_DATA=../data npm start` works as written.
 */
export function startFolder(): string {
  const { npm_lifecycle_event: script, npm_package_json: manifest, INIT_CWD: typedIn } = process.env
  const fromNpmScript =
    script !== undefined && manifest !== undefined && path.dirname(manifest) === process.cwd()
  return fromNpmScript && typedIn !== undefined ? typedIn : process.cwd()
}

// Read once: a later process.chdir must not change the user's paths.
const startedIn = startFolder()

/** An absolute path; a relative one starts at the folder the command was started in. */
export function fromStart(file: string): string {
  return path.resolve(startedIn, file)
}

/**
 * Where downloads, the prepared engine and runs are kept: LIDVAE_CACHE, else the user's cache folder
 * (`~/.cache/lidvae` on Linux).
 *
 * @throws ArgumentError if LIDVAE_CACHE names a file: nothing that was prepared would be found, without a word.
 */
export function cacheFolder(): string {
  const chosen = askedCache()
  if (!chosen) return envPaths('lidvae', { suffix: '' }).cache
  const folder = fromStart(chosen)
  if (existsSync(folder) && !statSync(folder).isDirectory())
    throw new ArgumentError('LIDVAE_CACHE', chosen, 'a folder', 'It is a file.')
  return folder
}

/** The absolute path of LIDVAE_DATA, the folder of data sets; undefined if not set. */
export function dataFolder(): string | undefined {
  const chosen = askedData()
  return chosen ? fromStart(chosen) : undefined
}

/** A file of an npm package that this library depends on, e.g. `vega/build/vega.min.js`. */
export const packageFile = (file: string): string => require.resolve(file)
