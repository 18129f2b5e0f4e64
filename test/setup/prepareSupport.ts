import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import zlib from 'node:zlib'
import { findNative } from '../../src/compute/native/native'
import type { Prepared } from '../../src/setup/tensorflow'
import type { Wheel } from '../../src/setup/wheel'
import { typescript } from '../support/child'

/** The engine that is really prepared on this machine, if there is one. */
export const realEngine = findNative()

/** A temporary folder, removed after `body`. */
export async function inTemporary<T>(body: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lidvae-test-'))
  try {
    return await body(folder)
  } finally {
    chmodSync(folder, 0o755)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A zip of uncompressed files, as the format's specification lays it out. */
export function zipOf(files: Record<string, Buffer>): Buffer {
  const local: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const [name, body] of Object.entries(files)) {
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt32LE(crc32(body), 10)
    common.writeUInt32LE(body.length, 14)
    common.writeUInt32LE(body.length, 18)
    common.writeUInt16LE(Buffer.byteLength(name), 22)
    const piece = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), body])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, tail, Buffer.from(name)]))
    local.push(piece)
    offset += piece.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(central.length, 4)
  end.writeUInt16LE(central.length, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...local, directory, Buffer.from('PK\x05\x06'), end])
}

function crc32(bytes: Buffer): number {
  // A gzip stream ends with the checksum and the length.
  const packed = zlib.gzipSync(bytes)
  return packed.readUInt32LE(packed.length - 8)
}

/** A wheel with two tiny libraries and one header, and its description. */
export function fakeWheel(folder: string, files?: Record<string, Buffer>): { wheel: Wheel; file: string } {
  const body = zipOf(
    files ?? {
      'tensorflow/libtensorflow_cc.so.2': Buffer.from('not a library'),
      'tensorflow/libtensorflow_framework.so.2': Buffer.from('not a library either'),
      'tensorflow/include/tensorflow/c/c_api.h': Buffer.from('// a header'),
      'tensorflow/include/external/large.h': Buffer.from('// not wanted'),
    },
  )
  const file = path.join(folder, 'tensorflow_fake-1.0-py3-none-any.whl')
  writeFileSync(file, body)
  const wheel: Wheel = {
    name: 'tensorflow-fake',
    version: '1.0',
    megabytes: 1,
    sha256: createHash('sha256').update(body).digest('hex'),
    libraries: [
      ['libtensorflow_cc.so.2', 'libtensorflow.so'],
      ['libtensorflow_framework.so.2', 'libtensorflow_framework.so'],
    ],
  }
  return { wheel, file }
}

/** An executable of that name in `folder`, written in JavaScript; `args` is what it was called with. */
export function fakeTool(folder: string, name: string, body: string): void {
  mkdirSync(folder, { recursive: true })
  const text = `#!${process.execPath}\nconst args = process.argv.slice(2)\nconst fs = require('node:fs')\n${body}\n`
  writeFileSync(path.join(folder, name), text, { mode: 0o755 })
}

/** A Python that knows its version and a pip that hands out `wheel`; each download is noted in a file `downloads`. */
export function fakePython(folder: string, wheel: string, extra = ''): void {
  fakeTool(
    folder,
    'python3',
    `if (args[0] === '-c') { console.log('3.11.7'); process.exit(0) }
if (args[1] === 'pip' && args[2] === '--version') { console.log('pip 24'); process.exit(0) }
const target = args[args.indexOf('-d') + 1]
fs.appendFileSync(${JSON.stringify(path.join(folder, 'downloads'))}, 'one\\n')
${extra}
fs.copyFileSync(${JSON.stringify(wheel)}, target + '/' + ${JSON.stringify(path.basename(wheel))})`,
  )
}

/** A compiler that puts a copy of `addon` where it is told to. */
export function fakeCompiler(folder: string, addon: string, extra = ''): void {
  const answer = "if (args[0] === '--version') process.exit(0)"
  fakeTool(
    folder,
    'c++',
    `${answer}\n${extra}\nfs.copyFileSync(${JSON.stringify(addon)}, args[args.indexOf('-o') + 1])`,
  )
}

/** prepareNative in a process of its own, and how to end it early. */
export function prepareInChild(
  { cache, tools, wheel }: { cache: string; tools: string; wheel: Wheel },
  env: Record<string, string> = {},
) {
  const script = path.join(__dirname, 'prepareChild.ts')
  const child = spawn(process.execPath, [...typescript, script, JSON.stringify(wheel)], {
    env: { HOME: cache, PATH: tools, LIDVAE_CACHE: cache, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  const waiting: { step: string; go: () => void }[] = []
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
    for (const { step, go } of waiting) if (text.includes(`"step":"${step}"`)) go()
  })
  const ended = new Promise<Prepared | undefined>((resolve) => {
    child.on('close', () => {
      const line = text.split('\n').find((one) => one.startsWith('{"ready"'))
      resolve(line === undefined ? undefined : (JSON.parse(line) as Prepared))
    })
  })
  const reached = (step: string) => new Promise<void>((go) => waiting.push({ step, go }))
  return { child, ended, reached, steps: () => text }
}

/** What lies in the engine's folder of a cache. */
export function leftIn(cache: string): string[] {
  try {
    return readdirSync(path.join(cache, 'engine')).sort()
  } catch {
    return []
  }
}
