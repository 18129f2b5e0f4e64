import { tslabChannel, type Channel } from '../platform/tslab'

export type { Bundle, Channel } from '../platform/tslab'

let given: Channel | undefined

/**
 * Shows everything through `channel` from now on: the way of a kernel other than tslab, a browser's say, to its notebook.
 *
 * @param channel takes an output; undefined looks for tslab again.
 */
export function setChannel(channel: Channel | undefined): void {
  given = channel
}

/** The way to the notebook; undefined outside one. */
export const findChannel = (): Channel | undefined => given ?? tslabChannel()
