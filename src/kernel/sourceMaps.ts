import { SourceMap, type SourceMapPayload } from 'node:module'
import vm from 'node:vm'
import type { Cells } from './cells'
import { cellFile } from './errors'
import { withPropertyNames } from './propertyNames'
import { type Timers, withRoomForLookups } from './timers'

interface TranspileOutput {
  outputText: string
  sourceMapText?: string
}

type CreateProgram = (...args: unknown[]) => unknown

interface Compiler {
  createWatchCompilerHost(
    files: unknown,
    options: object,
    system: Timers,
    createProgram: CreateProgram | null,
    ...rest: unknown[]
  ): unknown
  createEmitAndSemanticDiagnosticsBuilderProgram: CreateProgram
  transpileModule(input: string, options: { compilerOptions: object }): TranspileOutput
}

const comment = /\n?\/\/# sourceMappingURL=\S*\s*$/
const inline = /\n\/\/# sourceMappingURL=data:application\/json;base64,(\S+)\s*$/

/**
 * Makes tslab keep source maps to the text of the cell: it compiles in two stages and discards the maps of
 * both, so that its errors name lines of generated code.
 */
export function keepSourceMaps(require_: NodeRequire, cells: Cells): void {
  const compiler = require_('@tslab/typescript-for-tslab') as Compiler
  let latest: SourceMap[] = []
  const createWatchCompilerHost: Compiler['createWatchCompilerHost'] = (
    files,
    options,
    system,
    createProgram,
    ...rest
  ) =>
    compiler.createWatchCompilerHost(
      files,
      { ...options, inlineSourceMap: true },
      withRoomForLookups(system),
      withPropertyNames(compiler, createProgram ?? compiler.createEmitAndSemanticDiagnosticsBuilderProgram),
      ...rest,
    )

  const transpileModule: Compiler['transpileModule'] = (input, options) => {
    const first = decode(inline.exec(input)?.[1])
    if (first === undefined) return compiler.transpileModule(input, options)
    const compilerOptions = { ...options.compilerOptions, sourceMap: true }
    const output = compiler.transpileModule(input.replace(inline, ''), { ...options, compilerOptions })
    // A module beside the notebook is compiled in the same way and keeps its name.
    if (first.sources.some((name) => name.endsWith('__tslab__.ts')) && output.sourceMapText)
      latest = [new SourceMap(JSON.parse(output.sourceMapText) as SourceMapPayload), new SourceMap(first)]
    return { ...output, outputText: output.outputText.replace(comment, '\n') }
  }
  replaceExports(require_, { createWatchCompilerHost, transpileModule })

  const run = vm.runInThisContext.bind(vm) as (
    code: string,
    options?: vm.RunningScriptOptions | string,
  ) => unknown
  vm.runInThisContext = (code: string, options?: vm.RunningScriptOptions | string) => {
    if (typeof options !== 'object' || !options.breakOnSigint) return run(code, options)
    const cell = cells.ran.get(cells.current)
    if (cell !== undefined) cell.maps = latest
    const filename = cellFile(cells.current)
    return cells.interruption.guard(code, (breakOnSigint) =>
      run(code, { ...options, filename, breakOnSigint }),
    )
  }
}

function decode(text: string | undefined): SourceMapPayload | undefined {
  return text === undefined
    ? undefined
    : (JSON.parse(Buffer.from(text, 'base64').toString()) as SourceMapPayload)
}

// The compiler's exports are read-only: from now on `require` returns a copy with these replaced.
function replaceExports(require_: NodeRequire, replaced: Partial<Compiler>): void {
  const module_ = require_.cache[require_.resolve('@tslab/typescript-for-tslab')]!
  const descriptors: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(module_.exports as object)
  for (const [name, value] of Object.entries(replaced))
    descriptors[name] = { value: value as unknown, enumerable: true, configurable: true }
  module_.exports = Object.defineProperties({}, descriptors)
}
