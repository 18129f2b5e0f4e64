import { tslabChannel, type Channel } from '../platform/tslab'

export type { Bundle, Channel } from '../platform/tslab'

let given: Channel | undefined

/**
 * Sends all output through `channel` from now on: for kernels other than tslab, for example in a browser.
 *
 * @param channel receives outputs; undefined detects tslab again.
 */
export function setChannel(channel: Channel | undefined): void {
  given = channel
}

/** The channel to the notebook; undefined outside one. */
export const findChannel = (): Channel | undefined => given ?? tslabChannel()
