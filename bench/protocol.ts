import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Spec } from './spec'

/** How PyTorch computes: which formulation of the Brenier map, compiled or not, on how many threads. */
export interface Variant {
  brenier: 'closed form' | 'hand-written' | 'authors'
  compiled: boolean
  threads: number
}

/** A command to an engine, one JSON object a line. */
export type Command =
  | { do: 'build'; spec: Spec; folder: string; variant?: Variant }
  | { do: 'run'; count: number }
  | { do: 'memory' }
  | { do: 'matmul'; threads?: number }
  | { do: 'versions' }
  | { do: 'reference'; spec: Spec; folder: string; check: boolean }

/** What an engine computed at the reference's weights, data and noise. */
export interface Check {
  /** The loss, or the log-likelihood, in nats a data point. */
  value: number
  /** Norm of the gradient of each weight by name; none for an evaluation. */
  norms?: Record<string, number>
}

/** Answers, one JSON object a line each. */
export interface Answers {
  build: { parameters: number } & Partial<Check>
  run: { ms: number[]; value: number }
  memory: { mb: number }
  matmul: { gflops: number }
  versions: Record<string, string>
  reference: { images: number }
}

/** What a child process does on each command. */
export type Handlers = {
  [K in keyof Answers]?: (command: Extract<Command, { do: K }>) => Answers[K] | Promise<Answers[K]>
}

/** Serves commands from standard input until it closes; a failure is answered in one line. */
export async function serve(handlers: Handlers): Promise<void> {
  // Answers go the line's own way: whatever a library prints must not mix with them.
  const answer = process.stdout.write.bind(process.stdout)
  console.log = console.info = () => undefined
  for await (const line of createInterface(process.stdin)) {
    const command = JSON.parse(line) as Command
    try {
      const handler = handlers[command.do] as ((command: Command) => object | Promise<object>) | undefined
      if (!handler) throw new Error(`unknown command ${command.do}`)
      answer(`${JSON.stringify(await handler(command))}\n`)
    } catch (error) {
      const [message] = String(error instanceof Error ? error.message : error).split('\n')
      answer(`${JSON.stringify({ error: message })}\n`)
    }
  }
}

/** Times `task` again and again. */
export async function timed(
  count: number,
  task: () => number | Promise<number>,
): Promise<{ ms: number[]; value: number }> {
  const ms: number[] = []
  let value = NaN
  for (let i = 0; i < count; i++) {
    const began = performance.now()
    value = await task()
    ms.push(performance.now() - began)
  }
  if (!Number.isFinite(value)) throw new Error(`the loss is ${value}`)
  return { ms, value }
}

/** Peak resident memory of this process, MB. */
export function peakMemory(): number {
  try {
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    if (peak !== undefined) return Number(peak) / 1024
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS / 1024
}
