import { Worker } from 'node:worker_threads'

/** Milliseconds for the step under way and its checkpoint; a cell that never lets anything through is then ended all the same. */
const GRACE = 20_000

/** Looks once a second in a thread of its own, for a cell may keep the other one busy. */
const watch = `
const { parentPort, workerData } = require('node:worker_threads')
const timer = setInterval(() => {
  if (process.ppid === workerData.parent) return
  clearInterval(timer)
  parentPort.postMessage('gone')
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), workerData.grace)
}, 1000)
`

/** Calls `end` when the process that started this kernel is gone, which kill −9 leaves it no time to say. Jupyter names that process in JPY_PARENT_PID. */
export function followParent(end: () => void): void {
  const parent = Number(process.env.JPY_PARENT_PID)
  // Another one started it, or Windows, where the variable holds something else.
  if (parent !== process.ppid) return
  const worker = new Worker(watch, { eval: true, workerData: { parent, grace: GRACE } })
  worker.on('message', end)
  worker.unref()
}
