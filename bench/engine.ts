import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import path from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import type { Answers, Command } from './protocol'

/** An engine that failed or stopped answering; the benchmark goes on with the others. */
export class EngineFailure extends Error {}

const ROOT = path.dirname(__dirname)
const running = new Set<Engine>()

/** A child process that computes: one command a line in, one answer a line out, one at a time. */
export class Engine {
  private readonly child: ChildProcessWithoutNullStreams
  private readonly lines: AsyncIterator<string>
  private readonly reader: Interface
  private complaint = ''

  constructor(
    readonly name: string,
    command: string,
    args: string[],
    env: NodeJS.ProcessEnv = {},
  ) {
    this.child = spawn(command, args, { cwd: ROOT, env: { ...process.env, ...env } })
    this.child.on('error', (error) => (this.complaint = error.message))
    this.child.stdin.on('error', () => undefined)
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.complaint = `${this.complaint}${text}`.slice(-2000)
    })
    this.reader = createInterface(this.child.stdout)
    this.lines = this.reader[Symbol.asyncIterator]()
    running.add(this)
  }

  /** Sends a command and waits for its answer. */
  async ask<K extends keyof Answers>(command: Extract<Command, { do: K }>): Promise<Answers[K]> {
    this.child.stdin.write(`${JSON.stringify(command)}\n`)
    const { value, done } = (await this.lines.next()) as IteratorResult<string, undefined>
    if (done) throw new EngineFailure(`${this.name} ended: ${lastLine(this.complaint) ?? 'no message'}`)
    const answer = JSON.parse(value) as Answers[K] & { error?: string }
    if (answer.error !== undefined) throw new EngineFailure(`${this.name}: ${answer.error}`)
    return answer
  }

  /** Ends the process. */
  end(): void {
    running.delete(this)
    this.reader.close()
    this.child.kill('SIGKILL')
  }
}

/** Ends every engine that still runs. */
export function endAll(): void {
  for (const engine of running) engine.end()
}

const lastLine = (text: string): string | undefined =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .at(-1)

const inTypeScript = (file: string, ...rest: string[]): string[] => [
  '--import',
  'tsx',
  path.join(__dirname, file),
  ...rest,
]

/** This library on an engine of its own choice of threads. */
export const startLidvae = (engine: 'native' | 'wasm', env: NodeJS.ProcessEnv = {}): Engine =>
  new Engine(`lidvae, ${engine}`, process.execPath, inTypeScript('lidvae.ts'), {
    ...env,
    LIDVAE_ENGINE: engine,
  })

/** TensorFlow.js as it comes: with TensorFlow's own choice of threads, not the one that lidvae measured. */
export const startTfjs = (backend: 'tensorflow' | 'wasm'): Engine =>
  new Engine(
    backend === 'tensorflow' ? 'tfjs-node' : 'tfjs-wasm',
    process.execPath,
    inTypeScript('tfjs.ts', backend),
    { TF_NUM_INTRAOP_THREADS: '0', TF_NUM_INTEROP_THREADS: '0' },
  )

/** PyTorch by its Python. */
export const startPytorch = (python: string, cache: string): Engine =>
  new Engine('pytorch', python, [path.join(__dirname, 'pytorch', 'peer.py')], {
    TORCHINDUCTOR_CACHE_DIR: cache,
    PYTHONDONTWRITEBYTECODE: '1',
  })
