import { spawnSync } from 'node:child_process'
import { isClone, ownVersion, packageRoot } from '../../../platform/places'

/**
 * The commit of a clone, `-dirty` where its files differ from it. Results do not count: each entry of a table
 * changes them, and the next would seem to come from other code.
 *
 * @param folder of a clone.
 * @returns undefined where git does not say.
 */
export function codeCommit(folder: string): string | undefined {
  const git = (...given: string[]) => spawnSync('git', given, { cwd: folder, encoding: 'utf8' })
  const { status, stdout } = git('describe', '--always', '--exclude', '*')
  if (status !== 0) return undefined
  const same = git('diff', '--quiet', 'HEAD', '--', '.', ':(exclude)results').status === 0
  return `${stdout.trim()}${same ? '' : '-dirty'}`
}

let commit: string | undefined
/**
 * The commit of the code that runs; the package's version where it is no clone. Asked once: the working tree
 * may move on while cells train.
 */
export function commitHere(): string {
  return (commit ??= askCommit())
}

function askCommit(): string {
  const root = packageRoot()
  return (isClone(root) ? codeCommit(root) : undefined) ?? `lidvae ${ownVersion()}`
}
