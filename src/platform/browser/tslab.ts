import type { Channel } from '../tslab'

export type { Bundle, Channel } from '../tslab'

/** A kernel in the browser gives its own channel. */
export const tslabChannel = (): Channel | undefined => undefined
