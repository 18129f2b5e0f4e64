// The worker that runs cells: one for each kernel, ended and begun anew by Restart.
import { inspect } from 'node-inspect-extracted'
import type { Compiled, FromRunner, OutputKind, ToRunner } from './messages'
import { strip } from './strip'
import { describeError, stoppedError, type RanCell } from './failure'

interface Library {
  start(options: object): Promise<unknown>
  stop(): boolean
  loadPacks(...names: string[]): Promise<void>
  files: {
    write(path: string, bytes: Uint8Array): void
    onChange(listener: (path: string, bytes: Uint8Array | undefined) => void): void
  }
}
interface Bundle {
  data: object
  metadata: object
}

declare const self: {
  postMessage(message: FromRunner): void
  onmessage: unknown
  location: { href: string }
} & Record<string, unknown>

const root = new URL('../../../../lidvae/', self.location.href)
/** Most characters that one cell prints: more would fill the page's memory. */
const MOST_PRINTED = 200_000
/** A larger file is not copied to the file browser. */
const LARGEST = 2 ** 25

let current = ''
let printed = 0
const output = (kind: OutputKind, content: object, id = current): void =>
  self.postMessage({ type: 'output', id, kind, content })

// Cells read LIDVAE_SIZE; TensorFlow.js must not take this for Node.
Object.assign(globalThis, { process: { env: {} } })

function print(name: 'stdout' | 'stderr', args: unknown[]): void {
  const words = args.map((one) => (typeof one === 'string' ? one : inspect(one, { depth: 4 })))
  const text = `${words.join(' ')}\n`
  if (printed > MOST_PRINTED) return
  printed += text.length
  output('stream', {
    name,
    text: printed > MOST_PRINTED ? '… more was printed; a cell shows the first 200,000 characters.\n' : text,
  })
}
for (const name of ['log', 'info', 'debug', 'dir'] as const)
  console[name] = (...args: unknown[]) => print('stdout', args)
for (const name of ['warn', 'error'] as const) console[name] = (...args: unknown[]) => print('stderr', args)
console.table = (rows: unknown) => print('stdout', [rows])

const channel = ({ data, metadata }: Bundle, display: string | undefined, update: boolean): void =>
  output(update ? 'update' : 'display', {
    // Typed arrays inside a chart would not survive as numbers.
    data: JSON.parse(JSON.stringify(data)) as object,
    metadata,
    transient: display === undefined ? {} : { display_id: display },
  })

let library: Library | undefined
let loading: Promise<Library> | undefined
/** Files of the page that came before the library. */
const early: { path: string; bytes: Uint8Array }[] = []

async function load(): Promise<Library> {
  const address = new URL('dist/browser/lidvae.js', root).href
  const loaded = (await import(address)) as Library & { setChannel(one: typeof channel): void }
  loaded.setChannel(channel)
  for (const { path, bytes } of early) loaded.files.write(path, bytes)
  loaded.files.onChange((path, bytes) => {
    if (fromPage || !path.startsWith('/home/') || (bytes && bytes.length > LARGEST)) return
    self.postMessage({ type: 'file', path: path.slice('/home/'.length), bytes })
  })
  works().kernel = { mayBegin: () => !stopped }
  return (library = loaded)
}

let fromPage = false
function takeFile(path: string, bytes: Uint8Array): void {
  if (!library) return void early.push({ path, bytes })
  fromPage = true
  library.files.write(path, bytes)
  fromPage = false
}

/** The library's work under way, shared by all its copies. */
const works = (): { kernel?: { mayBegin(): boolean }; active: Set<unknown> } => {
  const place = Symbol.for('lidvae.works')
  const shared = globalThis as unknown as Record<symbol, { active: Set<unknown> } | undefined>
  return (shared[place] ??= { active: new Set() })
}

const modules: Readonly<Record<string, () => Promise<unknown>>> = {
  lidvae: () => (loading ??= load()),
  arquero: () => import(new URL('arquero.js', self.location.href).href),
}
async function importModule(name: string): Promise<unknown> {
  if (name in modules) return modules[name]()
  throw new Error(
    `Cannot find module '${name}': in the browser there are ${Object.keys(modules).join(' and ')}.`,
  )
}
Object.assign(globalThis, { lidvaeImport: importModule })

let value: unknown
/** What cells export becomes global, so that the next cells see it. */
const exported = new Proxy(
  {},
  {
    set(_, name, given) {
      if (name === 'tsLastExpr') value = given
      else define(String(name), { value: given as unknown, writable: true })
      return true
    },
    get: (_, name) => (globalThis as unknown as Record<string | symbol, unknown>)[name],
    defineProperty(_, name, descriptor) {
      if (name !== '__esModule') define(String(name), descriptor)
      return true
    },
  },
)
const define = (name: string, descriptor: PropertyDescriptor): void =>
  void Object.defineProperty(globalThis, name, { enumerable: true, ...descriptor, configurable: true })

type Run = (...args: unknown[]) => Promise<unknown>
// eslint-disable-next-line @typescript-eslint/require-await
const { constructor: AsyncFunction } = Object.getPrototypeOf(async () => undefined) as {
  constructor: new (...text: string[]) => Run
}

/** Runs a cell, unless Stop is pressed while what it uses is loaded. */
async function work(code: string, name: string, compiled: Compiled | undefined, may: () => boolean) {
  if (/['"]lidvae['"]/.test(code)) await importModule('lidvae')
  await prepare(code)
  const run = compiled && (await loaded(compiled, name))
  return may() ? (run ?? stripped(code, name))() : undefined
}

async function loaded({ js }: Compiled, name: string): Promise<Run> {
  const found: Record<string, unknown> = {}
  for (const [, asked] of js.matchAll(/\brequire\(["']([^"']+)["']\)/g))
    found[asked] = await importModule(asked)
  const run = new AsyncFunction('exports', 'require', `${js}\n//# sourceURL=${name}`)
  return async () => {
    value = undefined
    await run(exported, (one: string) => found[one])
    return value
  }
}

function stripped(code: string, name: string): Run {
  const { js, names } = strip(code, 'lidvaeImport')
  for (const one of names) {
    const own = Object.getOwnPropertyDescriptor(globalThis, one)
    if (!own?.writable) define(one, { value: undefined, writable: true })
  }
  return new AsyncFunction(`'use strict';${js}\n//# sourceURL=${name}`)
}

const cells = new Map<string, RanCell>()
let stopped = false
let release: (() => void) | undefined

/** What a cell is about to use, before it runs: the library reads models and samples at once. */
async function prepare(code: string): Promise<void> {
  if (library && /\bpretrained\b|checkpoints/.test(code)) await library.loadPacks('labs')
}

async function run({ id, count, code, compiled }: Extract<ToRunner, { type: 'run' }>): Promise<void> {
  current = id
  printed = 0
  stopped = false
  const name = `lidvae-cell-${count}.ts`
  cells.set(name, { count, code, lines: compiled?.lines })
  try {
    let mayBegin = true
    const end = new Promise<typeof STOPPED>((resolve) => {
      release = () => {
        mayBegin = false
        resolve(STOPPED)
      }
    })
    const working = work(code, name, compiled, () => mayBegin)
    const result = await Promise.race([working, end])
    if (result === STOPPED) {
      void working.catch(() => undefined)
      throw stoppedError()
    }
    const words = result === undefined ? '' : inspect(result, { depth: 3 })
    if (words !== '')
      output('result', { execution_count: count, data: { 'text/plain': words }, metadata: {} }, id)
    self.postMessage({
      type: 'reply',
      id,
      content: { status: 'ok', execution_count: count, user_expressions: {}, payload: [] },
    })
  } catch (error) {
    const content = describeError(error, cells)
    output('error', content, id)
    self.postMessage({ type: 'reply', id, content: { status: 'error', execution_count: count, ...content } })
  } finally {
    release = undefined
  }
}
const STOPPED = Symbol('stopped')

/** The first press ends the library's work, the cell goes on behind it; without work it ends the cell. */
function interrupt(): void {
  if (!release) return
  if (library?.stop()) return
  stopped = true
  release()
}

/** Names by reflection, while the compiler loads. */
function complete(code: string, at: number): object {
  const [, path, begun] = /([\w$]+(?:\.[\w$]+)*\.)?([\w$]*)$/.exec(code.slice(0, at))!
  let target: unknown = globalThis
  for (const name of path?.slice(0, -1).split('.') ?? [])
    target = (target as Record<string, unknown> | undefined)?.[name]
  const names = new Set<string>()
  for (
    let one = target;
    one !== null && one !== undefined && one !== Object.prototype;
    one = Object.getPrototypeOf(Object(one))
  )
    for (const name of Object.getOwnPropertyNames(Object(one))) names.add(name)
  const matches = [...names]
    .filter((name) => name.startsWith(begun))
    .sort()
    .slice(0, 300)
  return { matches, cursor_start: at - begun.length, cursor_end: at, metadata: {}, status: 'ok' }
}

self.onmessage = ({ data }: { data: ToRunner }) => {
  if (data.type === 'run') void run(data)
  else if (data.type === 'interrupt') interrupt()
  else if (data.type === 'file') takeFile(data.path, data.bytes)
  else self.postMessage({ type: 'reply', id: data.id, content: complete(data.code, data.at) })
}
Object.assign(globalThis, {
  onunhandledrejection: (event: { reason: unknown; preventDefault(): void }) => {
    event.preventDefault()
    const content = describeError(event.reason, cells)
    output('stream', { name: 'stderr', text: `a promise without await was rejected: ${content.evalue}\n` })
  },
})
self.postMessage({ type: 'ready' })
