/**
 * Lets the event loop turn once: signals, messages and timers get through. A macrotask, for a promise that is
 * resolved at once would let none of them through.
 */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
