import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { npm, pack, type Packed } from './consumer'
import { root } from './publicApi'

/** An empty project that has installed the package from its archive, with all that npm brings along. */
export interface Installed {
  folder: string
  packed: Packed
}

/** Why something cannot be had here. */
export interface Missing {
  why: string
}

const UNREACHABLE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENOTCACHED/

/** What npm prints; where it cannot reach its registry, that. Any other failure is an error. */
async function ask(folder: string, args: string[]): Promise<string | Missing> {
  try {
    return (await promisify(execFile)(npm, args, { cwd: folder, maxBuffer: 1 << 26 })).stdout
  } catch (error) {
    const code = UNREACHABLE.exec((error as { stderr: string }).stderr)?.[0]
    if (code === undefined) throw error
    return { why: `npm cannot reach its registry (${code})` }
  }
}

/** Packs the built package and installs it. `clean` gets what removes the project. */
export async function installed(clean: (remove: () => void) => void): Promise<Installed | Missing> {
  const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-installed-'))
  clean(() => rmSync(folder, { recursive: true, force: true }))
  const packed = pack(folder)
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true }))
  const install = (...what: string[]) => ask(folder, ['install', '--no-audit', '--no-fund', ...what])
  const answer = await install(`./${packed.filename}`)
  if (typeof answer !== 'string') return answer
  // npm leaves it out where its script finds no TensorFlow to download; this is what the engine's message then says.
  const tfjsNode = path.join('node_modules', '@tensorflow', 'tfjs-node', 'package.json')
  if (!existsSync(path.join(folder, tfjsNode))) {
    const { version } = JSON.parse(readFileSync(path.join(root, tfjsNode), 'utf8')) as { version: string }
    await install(`@tensorflow/tfjs-node@${version}`, '--ignore-scripts')
  }
  return { folder, packed }
}

/** A Node of a major version: the running one, else that of npm's package `node`. */
export async function nodeOf(major: number): Promise<string | Missing> {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath
  const which = ['exec', '--yes', `--package=node@${major}`, '--', 'node', '-p', 'process.execPath']
  const answer = await ask(tmpdir(), which)
  return typeof answer === 'string' ? answer.trim() : { why: `no Node ${major}: ${answer.why}` }
}
