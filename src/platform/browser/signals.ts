import type { Hearing } from '../signals'

// No signals reach a page; its own buttons call `stopWorks`, or abort what was given an AbortSignal.

export type { Hearing } from '../signals'

export const ENDING = ['SIGTERM', 'SIGHUP'] as const

export const exitCodeOf = (_: NodeJS.Signals): number => 1

export const isNew = (): (() => boolean) => () => true

export const hearSignals =
  (_: Hearing): (() => void) =>
  () =>
    undefined

export const raise = (_: NodeJS.Signals): void => undefined

export const outliveReaders = (): void => undefined
