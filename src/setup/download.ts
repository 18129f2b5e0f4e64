import { existsSync, readFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { addonIn } from '../compute/native/native'
import { Obstacle, runTool } from '../platform/runTool'
import { type OnProgress, failureLine } from './tools'

interface Binary {
  version: string
  binary: { host: string; remote_path: string; napi_versions: number[] }
}

interface Constants {
  PLATFORM_MAPPING: Record<string, string>
  PLATFORM_EXTENSION: string
}

/** The address of the addon that tfjs-node's makers built for this system, read from its own package. */
export function prebuiltAddress(tfjsNode: string): string {
  const { version, binary } = JSON.parse(readFileSync(path.join(tfjsNode, 'package.json'), 'utf8')) as Binary
  const constants = createRequire(path.join(tfjsNode, 'package.json'))(
    './scripts/deps-constants.js',
  ) as Constants
  const host = process.env.npm_config_tfjs_binding_binary_host_mirror ?? binary.host
  const napi = Math.max(...binary.napi_versions.filter((one) => one <= Number(process.versions.napi)))
  const folder = binary.remote_path
    .replace('{napi_build_version}', String(napi))
    .replace('{version}', version)
  const file = `CPU-${constants.PLATFORM_MAPPING[process.platform]}-${version}.${constants.PLATFORM_EXTENSION}`
  return `${host}/${folder.replace(/^\.\/|\/$/g, '')}/${file}`
}

/** True if tfjs-node's own download is reachable within `seconds`; it exists for x64 only. */
export async function downloadReachable(tfjsNode: string, seconds = 5): Promise<boolean> {
  if (process.arch !== 'x64') return false
  try {
    const answer = await fetch(prebuiltAddress(tfjsNode), {
      method: 'HEAD',
      signal: AbortSignal.timeout(seconds * 1000),
    })
    return answer.ok
  } catch {
    return false
  }
}

/** Runs tfjs-node's own installer on a copy of the package in `folder`; node_modules stays as it is. */
export async function runOwnInstaller(
  tfjsNode: string,
  folder: string,
  onProgress: OnProgress,
): Promise<string> {
  onProgress({ step: 'download', detail: "tfjs-node's own libtensorflow and addon" })
  for (const name of ['package.json', 'scripts', 'binding', 'binding.gyp'])
    await cp(path.join(tfjsNode, name), path.join(folder, name), { recursive: true })
  const require_ = createRequire(path.join(tfjsNode, 'package.json'))
  // The copy has no node_modules: its tools are those of the original.
  const modules = (require_.resolve.paths('rimraf') ?? []).filter((one) => existsSync(one))
  const PATH = [...modules.map((one) => path.join(one, '.bin')), process.env.PATH].join(path.delimiter)
  const env = { ...process.env, PATH, NODE_PATH: modules.join(path.delimiter) }
  const result = await runTool(process.execPath, ['scripts/install.js'], { cwd: folder, env })
  const addon = addonIn(folder)
  if (result.code !== 0 || addon === undefined)
    throw new Obstacle(
      `tfjs-node's own download failed: ${failureLine(result)}`,
      'Run `npx lidvae setup` again, perhaps on another network',
    )
  return path.relative(folder, addon)
}
