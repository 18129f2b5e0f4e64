// What the page, the worker that runs cells and the worker that compiles them say to each other.

/** A cell, compiled. */
export interface Compiled {
  /** CommonJS; `exports.tsLastExpr` is the cell's value. */
  js: string
  /** For each line of `js`, from 1, the line of the cell that it comes from; 0 where there is none. */
  lines: number[]
}

/** To the worker that runs cells. */
export type ToRunner =
  | { type: 'run'; id: string; count: number; code: string; compiled?: Compiled }
  | { type: 'interrupt' }
  | { type: 'file'; path: string; bytes: Uint8Array }
  | { type: 'complete'; id: string; code: string; at: number }

/** From it. */
export type FromRunner =
  | { type: 'ready' }
  | { type: 'output'; id: string; kind: OutputKind; content: object }
  | { type: 'reply'; id: string; content: object }
  | { type: 'file'; path: string; bytes?: Uint8Array }

export type OutputKind = 'stream' | 'display' | 'update' | 'result' | 'error'

/** To the worker that compiles. `before` declares what earlier cells made. */
export type ToCompiler = { id: number; before: string; code: string; at: number } & {
  type: 'compile' | 'inspect' | 'complete'
}

/** A type error. */
export interface Complaint {
  line: number
  column: number
  message: string
}

/** What it answers. */
export interface CompileAnswer {
  complaints: Complaint[]
  compiled?: Compiled
  declares?: string
}

/** From it; without an id once it is ready, or has failed. */
export type FromCompiler = { id: number; answer: unknown } | { ready: true } | { failed: string }
