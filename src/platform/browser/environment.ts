import type { EnvironmentThreads } from '../environment'

// A page has no environment variables: every one counts as not set.

export type { EnvironmentThreads } from '../environment'

export const askedEngine = (): string | undefined => undefined
export const askedCache = (): string | undefined => undefined
export const askedData = (): string | undefined => undefined
export const isHeadless = (): boolean => false
export const oneDnnSetting = (): string | undefined => undefined
export const tensorFlowThreads = (): EnvironmentThreads => ({})
export const setTensorFlowThreads = (_: EnvironmentThreads): void => undefined
export const sharedVariable = (_: string): string | undefined => undefined
// Each update draws the chart anew in the page, which also makes a picture of it: fewer, so that memory stays small.
export const LIVE_INTERVAL: number = 2000
