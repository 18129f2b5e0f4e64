const waiting: (() => void)[] = []
const { port1, port2 } = new MessageChannel()
Object.assign(port1, { onmessage: () => waiting.shift()?.() })

/** A message to oneself: timers wait at least 4 ms. */
export const turn = (): Promise<void> =>
  new Promise((resolve) => {
    waiting.push(resolve)
    port2.postMessage(0)
  })
