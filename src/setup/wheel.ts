import { createWriteStream, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Transform } from 'node:stream'
import * as yauzl from 'yauzl'
import { sha256 } from '../compute/native/manifest'
import { Obstacle, runTool } from '../platform/runTool'
import { type OnProgress, failureLine, findCompiler, findPip } from './tools'

/** The source of libtensorflow: a wheel of the Python package index. */
export interface Wheel {
  name: string
  version: string
  /** Megabytes to download, for the progress shown. */
  megabytes: number
  /** The index's checksum of the wheel for CPython 3.11. */
  sha256: string
  /** The two libraries, and the names the linker looks for. */
  libraries: [string, string][]
}

const linux: Wheel['libraries'] = [
  ['libtensorflow_cc.so.2', 'libtensorflow.so'],
  ['libtensorflow_framework.so.2', 'libtensorflow_framework.so'],
]
const mac: Wheel['libraries'] = [
  ['libtensorflow_cc.2.dylib', 'libtensorflow.dylib'],
  ['libtensorflow_framework.2.dylib', 'libtensorflow_framework.dylib'],
]

// Only linux-x64 was tested; the others contain the same files under the same names.
const wheels: Record<string, Omit<Wheel, 'version'>> = {
  'linux-x64': {
    name: 'tensorflow-cpu',
    megabytes: 207,
    sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
    libraries: linux,
  },
  'linux-arm64': {
    name: 'tensorflow-cpu-aws',
    megabytes: 230,
    sha256: 'd4c3a3a9363bf42999adedbbd514e3a133be2d62f61fee9cfa46aaefb087c09e',
    libraries: linux,
  },
  'darwin-arm64': {
    name: 'tensorflow-macos',
    megabytes: 210,
    sha256: '58fca6399665f19e599c591c421672d9bc8b705409d43ececd0931d1d3bc6a7e',
    libraries: mac,
  },
  'darwin-x64': {
    name: 'tensorflow',
    megabytes: 240,
    sha256: '6761efe511e6ee0f893f60738fefbcc51d6dc386eeaaafea59d21899ef369ffd',
    libraries: mac,
  },
}

/** The wheel for this system. */
export function wheelHere(): Wheel {
  const wheel = wheels[`${process.platform}-${process.arch}`]
  if (wheel === undefined)
    throw new Obstacle(
      `there is no TensorFlow library to build with for ${process.platform} ${process.arch}`,
      'The WebAssembly engine works here too, only slower',
    )
  return { ...wheel, version: '2.15.1' }
}

/** Downloads the wheel with pip into `folder` and checks it; returns its file. */
export async function downloadWheel(
  wheel: Wheel,
  folder: string,
  onProgress: OnProgress,
  otherPythons: string[],
): Promise<string> {
  const python = await findPip(otherPythons)
  const scratch = path.join(folder, 'scratch')
  mkdirSync(scratch, { recursive: true })
  const detail = `${wheel.name} ${wheel.version}, ${wheel.megabytes} MB`
  onProgress({ step: 'download', detail, fraction: 0 })
  // pip has no machine-readable progress: watch its temporary folder.
  const watch = setInterval(() => {
    const fraction = Math.min(sizeOf(folder) / (wheel.megabytes * 1e6), 1)
    onProgress({ step: 'download', detail, fraction })
  }, 250)
  const args = ['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--python-version', '3.11']
  args.push('--no-cache-dir', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off')
  args.push('--retries', '2', '--timeout', '20', '-d', folder, `${wheel.name}==${wheel.version}`)
  const result = await runTool(python, args, { env: { ...process.env, TMPDIR: scratch } })
  clearInterval(watch)
  rmSync(scratch, { recursive: true, force: true })
  const [name] = readdirSync(folder).filter((file) => file.endsWith('.whl'))
  if (result.code !== 0 || name === undefined)
    throw new Obstacle(
      `pip could not download ${wheel.name} ${wheel.version}: ${failureLine(result)}`,
      'Check the network, or set PIP_INDEX_URL to an index you can reach, then run `npx lidvae setup` again',
    )
  return verified(path.join(folder, name), wheel, onProgress)
}

function verified(file: string, wheel: Wheel, onProgress: OnProgress): string {
  onProgress({ step: 'verify', detail: path.basename(file) })
  const found = sha256(file)
  if (found !== wheel.sha256)
    throw new Obstacle(
      `${path.basename(file)} (${statSync(file).size} bytes) has sha256 ${found}, expected ${wheel.sha256}`,
      'It was damaged or altered on the way and is refused: run `npx lidvae setup` again, perhaps on another network',
    )
  return file
}

const sizeOf = (folder: string): number => {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(path.join(folder, name)))
      .reduce((sum, found) => sum + (found.isFile() ? found.size : 0), 0)
  } catch {
    // A file disappeared between listing and reading: the next round will do.
    return 0
  }
}

// All headers that the addon includes; the wheel has 36 MB more.
const headers =
  /^tensorflow\/include\/(tensorflow\/c|tensorflow\/c\/eager|tensorflow\/core\/platform|tsl\/c|tsl\/platform)\/[^/]+\.h$/

/** Unpacks the libraries and the few required headers into `deps/` below `folder`. */
export async function unpackWheel(
  file: string,
  wheel: Wheel,
  folder: string,
  onProgress: OnProgress,
): Promise<void> {
  const wanted = new Map(
    wheel.libraries.map(([name]) => [`tensorflow/${name}`, path.join(folder, 'deps/lib', name)]),
  )
  const zip = await yauzl.openPromise(file)
  try {
    const missing = new Set(wanted.keys())
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName
      const header = headers.test(name)
        ? path.join(folder, 'deps', name.slice('tensorflow/'.length))
        : undefined
      const target = wanted.get(name) ?? header
      if (target === undefined) continue
      mkdirSync(path.dirname(target), { recursive: true })
      const say = (fraction: number) => onProgress({ step: 'unpack', detail: path.basename(name), fraction })
      const source = await zip.openReadStreamPromise(entry)
      const sink = createWriteStream(target)
      if (header === undefined) await pipeline(source, counting(entry.uncompressedSize, say), sink)
      else await pipeline(source, sink)
      missing.delete(name)
    }
    if (missing.size > 0)
      throw new Obstacle(`${path.basename(file)} lacks ${[...missing].join(', ')}`, 'Report this line')
  } finally {
    zip.close()
  }
  for (const [name, link] of wheel.libraries) symlinkSync(name, path.join(folder, 'deps/lib', link))
}

function counting(total: number, say: (fraction: number) => void): Transform {
  let seen = 0
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      seen += piece.length
      say(seen / total)
      done(null, piece)
    },
  })
}

/** Compiles tfjs-node's addon against the unpacked library; needs no node-gyp and no Node headers. */
export async function compileAddon(
  tfjsNode: string,
  nodeApi: string,
  folder: string,
  onProgress: OnProgress,
): Promise<string> {
  const compiler = await findCompiler()
  onProgress({ step: 'compile', detail: `tfjs-node's addon with ${compiler}` })
  await cp(path.join(tfjsNode, 'binding'), path.join(folder, 'binding'), { recursive: true })
  mkdirSync(path.join(folder, 'lib/napi-v8'), { recursive: true })
  const addon = 'lib/napi-v8/tfjs_binding.node'
  const args = [
    '-std=c++17',
    '-O2',
    '-shared',
    '-fPIC',
    '-DNAPI_VERSION=8',
    `-I${nodeApi}`,
    '-Ideps/include',
    '-I.',
  ]
  args.push('binding/tfjs_backend.cc', 'binding/tfjs_binding.cc', '-o', addon, '-Ldeps/lib')
  args.push('-ltensorflow', '-ltensorflow_framework')
  // Node's own functions are found in the running process; macOS needs a flag.
  if (process.platform === 'darwin')
    args.push('-undefined', 'dynamic_lookup', '-Wl,-rpath,@loader_path/../../deps/lib')
  else args.push('-Wl,-rpath,$ORIGIN/../../deps/lib')
  const result = await runTool(compiler, args, { cwd: folder })
  if (result.code !== 0 || !existsSync(path.join(folder, addon)))
    throw new Obstacle(
      `${compiler} could not compile tfjs-node's addon: ${failureLine(result)}`,
      'Use a compiler that knows C++17 (set CXX to it), then run `npx lidvae setup` again',
    )
  return addon
}
