// The worker that compiles: tslab's own converter with its TypeScript, over files in memory.
import { TraceMap, originalPositionFor } from '@jridgewell/trace-mapping'
import type { CompileAnswer, Compiled, FromCompiler, ToCompiler } from './messages'

interface Converter {
  convert(
    before: string,
    code: string,
  ): {
    output?: string
    declOutput?: string
    diagnostics: { start: { line: number; character: number }; messageText: string; fileName?: string }[]
  }
  inspect(before: string, code: string, at: number): Inspected | undefined
  complete(before: string, code: string, at: number): { candidates: string[]; start: number; end: number }
}
type Words = { text: string }[]
interface Inspected {
  displayParts?: Words
  documentation?: Words
  tags?: { name: string; text?: Words }[]
}
interface Transpiled {
  outputText: string
  sourceMapText?: string
}
interface TypeScript {
  setSys: (system: object) => void
  createWatchCompilerHost: (files: unknown, options: object, ...rest: unknown[]) => unknown
  transpileModule: (text: string, options: { compilerOptions: object }) => Transpiled
}

declare function require(name: string): unknown
declare const self: {
  postMessage(message: FromCompiler): void
  onmessage: unknown
  location: { href: string }
}

const inline = /\n\/\/# sourceMappingURL=data:application\/json;base64,(\S+)\s*$/
let maps: TraceMap[] = []

/**
 * TypeScript that keeps the maps to the cell's lines, which tslab drops in both of its stages; its own
 * exports are fixed.
 */
function withMaps(ts: TypeScript): TypeScript {
  const { createWatchCompilerHost, transpileModule } = ts
  const replaced = {
    createWatchCompilerHost: (files: unknown, options: object, ...rest: unknown[]) =>
      createWatchCompilerHost(files, { ...options, inlineSourceMap: true }, ...rest),
    transpileModule: (text: string, options: { compilerOptions: object }): Transpiled => {
      const first = inline.exec(text)?.[1]
      if (first === undefined) return transpileModule(text, options)
      const output = transpileModule(text.replace(inline, ''), {
        compilerOptions: { ...options.compilerOptions, sourceMap: true },
      })
      maps = [new TraceMap(output.sourceMapText!), new TraceMap(atob(first))]
      return { ...output, outputText: output.outputText.replace(/\n?\/\/# sourceMappingURL=\S*\s*$/, '\n') }
    },
  }
  const descriptors: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(ts)
  for (const [name, value] of Object.entries(replaced))
    descriptors[name] = { value: value as unknown, enumerable: true, configurable: true }
  return Object.defineProperties({}, descriptors) as TypeScript
}

/** The line of the cell that a place of its compiled text comes from; 0 where tslab put it there. */
function originOf(row: number, at: number): number {
  let line: number | null = row
  let column: number | null = at
  for (const map of maps) {
    if (line === null || column === null) return 0
    ;({ line, column } = originalPositionFor(map, { line, column }))
  }
  // tslab puts one line before the cell's own text.
  return line === null ? 0 : line - 1
}

/** The line of the cell for each line of its compiled text: of its last part, for tslab puts its own first. */
function linesOf(js: string): number[] {
  return js.split('\n').map((text, i) => {
    for (let at = text.length - 1; at >= 0; at--) {
      const line = originOf(i + 1, at)
      if (line > 0) return line
    }
    return 0
  })
}

/** TypeScript's view of a machine: only what was packed for it. */
function systemOf(files: Map<string, string>): object {
  const folders = new Set(['/'])
  for (const path of files.keys())
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
      folders.add(path.slice(0, end))
  const none = () => ({ close: () => undefined })
  return {
    args: [],
    newLine: '\n',
    useCaseSensitiveFileNames: true,
    write: () => undefined,
    writeOutputIsTTY: () => false,
    getCurrentDirectory: () => '/cells',
    getExecutingFilePath: () => '/lib/typescript.js',
    fileExists: (path: string) => files.has(path),
    readFile: (path: string) => files.get(path),
    writeFile: () => undefined,
    resolvePath: (path: string) => path,
    directoryExists: (path: string) => folders.has(path),
    createDirectory: () => undefined,
    getDirectories: (path: string) =>
      [...folders].flatMap((one) =>
        one.startsWith(`${path}/`) && !one.includes('/', path.length + 1) ? [one.slice(path.length + 1)] : [],
      ),
    readDirectory: () => [],
    exit: () => undefined,
    realpath: (path: string) => path,
    watchFile: none,
    watchDirectory: none,
    setTimeout: (f: () => void, milliseconds: number) => setTimeout(f, milliseconds),
    clearTimeout: (timer: number) => clearTimeout(timer),
    createHash: (text: string) => {
      let hash = 5381
      for (let i = 0; i < text.length; i++) hash = (hash * 33) ^ text.charCodeAt(i)
      return String(hash >>> 0)
    },
    getEnvironmentVariable: () => '',
  }
}

const textOf = (words: Words | undefined): string => (words ?? []).map(({ text }) => text).join('')

function answer(converter: Converter, { type, before, code, at }: ToCompiler): unknown {
  if (type === 'compile') {
    maps = []
    const { output, declOutput, diagnostics } = converter.convert(before, code)
    const complaints = diagnostics.map(({ start, messageText, fileName }) => ({
      line: start.line + 1,
      column: start.character + 1,
      message: `${fileName ? `${fileName}: ` : ''}${messageText}`,
    }))
    const compiled: Compiled | undefined =
      output === undefined ? undefined : { js: output, lines: linesOf(output) }
    return { complaints, compiled, declares: declOutput } satisfies CompileAnswer
  }
  if (type === 'complete') {
    const { candidates, start, end } = converter.complete(before, code, at)
    return { matches: candidates, cursor_start: start, cursor_end: end, metadata: {}, status: 'ok' }
  }
  const found = converter.inspect(before, code, at)
  const tags = (found?.tags ?? []).map(({ name, text }) => `@${name} ${textOf(text)}`)
  const words =
    found && [textOf(found.displayParts), textOf(found.documentation), ...tags].filter(Boolean).join('\n\n')
  return {
    status: 'ok',
    found: words !== undefined,
    data: words ? { 'text/plain': words } : {},
    metadata: {},
  }
}

async function begin(): Promise<Converter> {
  const types = await fetch(new URL('types.json', self.location.href))
  const files = new Map(Object.entries((await types.json()) as Record<string, string>))
  const ts = require('@tslab/typescript-for-tslab') as TypeScript
  ts.setSys(systemOf(files))
  // The bundler gives this one to tslab, which reads the system as it loads.
  Object.assign(globalThis, { lidvaeTypeScript: withMaps(ts) })
  const { createConverter } = require('tslab/dist/converter.js') as {
    createConverter: (options: object) => Converter
  }
  const converter = createConverter({ isJS: false, isBrowser: false })
  // The first use reads all types, in a second or two.
  converter.convert('', "import * as lid from 'lidvae'\nlid.fit")
  return converter
}

const ready = begin()
ready.then(
  () => self.postMessage({ ready: true }),
  (error: unknown) => self.postMessage({ failed: String(error) }),
)
self.onmessage = async ({ data }: { data: ToCompiler }) => {
  const converter = await ready
  self.postMessage({ id: data.id, answer: answer(converter, data) })
}
