import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'

/** The processor's architecture, e.g. x64. */
export const architecture: string = process.arch

/** The system's description of its processors, with their instruction sets; throws if it gives none. */
export const processorDescription = (): string => readFileSync('/proc/cpuinfo', 'utf8')

/** Version of the JavaScript runtime. */
export const nodeVersion = (): string => process.versions.node

/** Bytes of memory that this process may use: the machine's, or less in a container with a limit. */
export function memoryLimit(): number {
  const limit = process.constrainedMemory?.() ?? 0
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

/** This machine, as runs record it. */
export const machine = (): { cpu?: string; cores: number; memory: number; system: string } => ({
  cpu: cpus()[0]?.model.trim(),
  cores: cpus().length,
  memory: totalmem(),
  system: `${process.platform} ${release()} ${process.arch}`,
})

const FATAL = ['uncaughtException', 'unhandledRejection'] as const

/** Runs `f`, then removes the listeners for uncaught errors that it added, as some libraries do. */
export async function withoutNewFatalListeners(f: () => Promise<void>): Promise<void> {
  const listeners = (event: (typeof FATAL)[number]) => process.listeners(event as 'uncaughtException')
  const before = FATAL.map(listeners)
  await f()
  FATAL.forEach((event, i) => {
    for (const listener of listeners(event))
      if (!before[i].includes(listener)) process.removeListener(event, listener)
  })
}
