import { spawn, type SpawnOptions } from 'node:child_process'
import { createInterface } from 'node:readline'
import { apart, endWithUs } from './children'
import { EngineError } from '../base/errors'

/** Why something cannot be prepared, and what to do about it. */
export class Obstacle extends EngineError {
  constructor(
    readonly why: string,
    readonly remedy: string,
  ) {
    super(`${why}. ${remedy}`)
  }
}

/** A tool's output and exit code; `code` is null if the tool does not exist. */
export interface ToolResult {
  code: number | null
  stdout: string
  stderr: string
}

/**
 * Runs a tool to its end, without a shell and without input, for at most `seconds`; `onLine` receives its
 * output.
 */
export function runTool(
  command: string,
  args: string[],
  options: SpawnOptions & { seconds?: number; onLine?: (line: string) => void } = {},
): Promise<ToolResult> {
  const { seconds, onLine, ...rest } = options
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...rest, ...apart, stdio: ['ignore', 'pipe', 'pipe'] })
    endWithUs(child)
    const limit = seconds === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), seconds * 1000)
    const text = { stdout: '', stderr: '' }
    child.stdout?.setEncoding('utf8').on('data', (piece: string) => (text.stdout += piece))
    child.stderr?.setEncoding('utf8').on('data', (piece: string) => (text.stderr += piece))
    if (onLine && child.stdout) createInterface(child.stdout).on('line', onLine)
    child.on('error', (error) => {
      clearTimeout(limit)
      resolve({ code: null, stdout: '', stderr: error.message })
    })
    child.on('close', (code) => {
      clearTimeout(limit)
      resolve({ code: code ?? 1, ...text })
    })
  })
}
