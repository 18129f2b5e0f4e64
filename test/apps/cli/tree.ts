import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/** Why tests that look at processes are left out. */
export const skipProcesses = !fs.existsSync('/proc/self/environ') && 'processes are found in /proc'

/** A command with everything it starts, which a word in their environment tells from all others. */
export interface Tree {
  readonly child: ChildProcess
  /** What it has printed so far. */
  said(): string
  /** Once it has exited. */
  readonly ended: Promise<{ code: number | null; by: NodeJS.Signals | null; left: string[] }>
  /** The command lines of those that live. */
  living(): { pid: number; line: string }[]
}

/** Starts `lidvae`, built, in a folder. */
export function startTree(args: string[], cwd: string, env: NodeJS.ProcessEnv = {}): Tree {
  const word = `LIDVAE_TEST_TREE=${randomUUID()}`
  const [name, value] = word.split('=')
  const child = spawn(
    process.execPath,
    [path.join(__dirname, '..', '..', '..', 'bin', 'lidvae.js'), ...args],
    {
      cwd,
      env: { ...process.env, ...env, [name]: value, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (said += String(text)))
  const living = (): { pid: number; line: string }[] =>
    fs.readdirSync('/proc').flatMap((pid) => {
      try {
        if (!/^\d+$/.test(pid) || !fs.readFileSync(`/proc/${pid}/environ`, 'latin1').includes(word)) return []
        // One that has ended and that nobody has asked about yet has no command line any more.
        const line = fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')
        return line === '' ? [] : [{ pid: Number(pid), line }]
      } catch {
        return []
      }
    })
  const ended = new Promise<{ code: number | null; by: NodeJS.Signals | null; left: string[] }>((resolve) =>
    child.once('exit', (code, by) => resolve({ code, by, left: living().map(({ line }) => line) })),
  )
  return { child, said: () => said, ended, living }
}

/** Waits until something is so; an error with what is known of it where the tree ends before. */
export async function until(tree: Tree, is: () => boolean): Promise<void> {
  while (!is()) {
    if (tree.child.exitCode !== null || tree.child.signalCode !== null)
      throw new Error(`it ended: ${tree.said()}`)
    await wait(20)
  }
}

/** Waits until all of it are gone, for so many seconds. @returns those that are left */
export async function gone(tree: Tree, seconds: number): Promise<string[]> {
  for (const latest = Date.now() + seconds * 1000; Date.now() < latest && tree.living().length > 0;)
    await wait(100)
  return tree.living().map(({ line }) => line)
}
