import type { ChildProcess } from 'node:child_process'

/**
 * Seconds before a process that was told to end is killed; a runner gives its kernel 20 to finish the step
 * and checkpoint.
 */
export const GRACE = 25

const followers = new Map<ChildProcess, { asks: boolean }>()
const tools = new Set<ChildProcess>()

/**
 * Passes the end of this process on to another, and waits for it.
 *
 * @param asks true if it receives Ctrl-C itself from the terminal and asks the user.
 */
export function follow(child: ChildProcess, { asks = false } = {}): void {
  followers.set(child, { asks })
  child.once('exit', () => followers.delete(child))
}

/** True while another process answers Ctrl-C. */
export const asksItself = (): boolean => [...followers.values()].some(({ asks }) => asks)

/** Tells all followers to end. @returns false if there are none */
export function passOn(): boolean {
  for (const child of followers.keys()) {
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), GRACE * 1000).unref()
  }
  return followers.size > 0
}

/** Ends a tool and its children with this process. It must have been spawned with `apart`. */
export function endWithUs(tool: ChildProcess): void {
  if (tools.size === 0) process.once('exit', endTools)
  tools.add(tool)
  tool.once('exit', () => {
    tools.delete(tool)
    if (tools.size === 0) process.removeListener('exit', endTools)
  })
}

/** Spawn options for a separate process group, which Ctrl-C reaches only through this process. */
export const apart = { detached: process.platform !== 'win32' }

/** Ends all running tools. */
export function endTools(): void {
  for (const tool of tools)
    try {
      if (apart.detached && tool.pid !== undefined) process.kill(-tool.pid, 'SIGTERM')
      else tool.kill()
    } catch {
      // It has ended.
    }
}
