import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'

/** The processor's architecture, e.g. x64. */
export const architecture: string = process.arch

/** What the system says of its processors, with their instructions; throws where it does not say. */
export const processorDescription = (): string => readFileSync('/proc/cpuinfo', 'utf8')

/** Version of what runs JavaScript. */
export const nodeVersion = (): string => process.versions.node

/** This machine, as a run records it. */
export const machine = (): { cpu?: string; cores: number; memory: number; system: string } => ({
  cpu: cpus()[0]?.model.trim(),
  cores: cpus().length,
  memory: totalmem(),
  system: `${process.platform} ${release()} ${process.arch}`,
})

const FATAL = ['uncaughtException', 'unhandledRejection'] as const

/** Runs `f`, and takes away again what it added to the listeners for errors that nothing caught, as libraries do that mean to own the process. */
export async function withoutNewFatalListeners(f: () => Promise<void>): Promise<void> {
  const listeners = (event: (typeof FATAL)[number]) => process.listeners(event as 'uncaughtException')
  const before = FATAL.map(listeners)
  await f()
  FATAL.forEach((event, i) => {
    for (const listener of listeners(event))
      if (!before[i].includes(listener)) process.removeListener(event, listener)
  })
}
