import type { ChildProcess } from 'node:child_process'

/** Seconds until what was told to end is killed: a runner gives its kernel 20 for the step under way and its checkpoint. */
export const GRACE = 25

const followers = new Map<ChildProcess, { asks: boolean }>()
const tools = new Set<ChildProcess>()

/**
 * Tells a process when this one is to end, and waits for it.
 *
 * @param asks true where it hears Ctrl-C itself, from the terminal, and asks the person what is meant.
 */
export function follow(child: ChildProcess, { asks = false } = {}): void {
  followers.set(child, { asks })
  child.once('exit', () => followers.delete(child))
}

/** True while Ctrl-C is another process's to answer. */
export const asksItself = (): boolean => [...followers.values()].some(({ asks }) => asks)

/** Tells all that follow to end. @returns false where none does */
export function passOn(): boolean {
  for (const child of followers.keys()) {
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), GRACE * 1000).unref()
  }
  return followers.size > 0
}

/** Ends a tool, and what it has started, with this process. It must have been spawned with `apart`. */
export function endWithUs(tool: ChildProcess): void {
  if (tools.size === 0) process.once('exit', endTools)
  tools.add(tool)
  tool.once('exit', () => {
    tools.delete(tool)
    if (tools.size === 0) process.removeListener('exit', endTools)
  })
}

/** Spawn options of a group of its own, which Ctrl-C reaches through this process alone. */
export const apart = { detached: process.platform !== 'win32' }

/** Ends the tools that run. */
export function endTools(): void {
  for (const tool of tools)
    try {
      if (apart.detached && tool.pid !== undefined) process.kill(-tool.pid, 'SIGTERM')
      else tool.kill()
    } catch {
      // It has ended.
    }
}
