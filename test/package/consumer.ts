import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { root } from './publicApi'

/** What `npm pack` says it puts into the package. */
export interface Packed {
  filename: string
  size: number
  files: { path: string }[]
}

/** An empty project that has installed the package as npm would publish it. */
export interface Consumer {
  folder: string
  packed: Packed
  remove(): void
}

export const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

const run = (command: string, args: string[]): string =>
  execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** Builds the package and packs it into an archive in the folder. */
export function pack(folder: string): Packed {
  run(process.execPath, [path.join(root, 'bin', 'lidvae.js'), '--only-build'])
  return (JSON.parse(run(npm, ['pack', '--json', '--pack-destination', folder])) as Packed[])[0]
}

/**
 * Packs the built package and unpacks it into a project of its own, beside the dependencies that an installation brings
 * (links to those of this clone). Nothing of the clone's sources or development tools can be reached from there.
 */
export async function consumer(): Promise<Consumer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lidvae-consumer-'))
  const packed = pack(folder)
  const own = path.join(folder, 'node_modules', 'lidvae')
  mkdirSync(own, { recursive: true })
  run('tar', ['-xzf', path.join(folder, packed.filename), '-C', own, '--strip-components=1'])
  for (const name of dependencies()) {
    const link = path.join(folder, 'node_modules', name)
    mkdirSync(path.dirname(link), { recursive: true })
    symlinkSync(path.join(root, 'node_modules', name), link, 'junction')
  }
  return { folder, packed, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Names at the top of node_modules that are there for the package itself, not for its development. */
function dependencies(): string[] {
  const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>
  }
  const begin = 'node_modules/'
  return Object.entries(lock.packages).flatMap(([place, { dev }]) =>
    place.startsWith(begin) && place.lastIndexOf(begin) === 0 && !dev ? [place.slice(begin.length)] : [],
  )
}
