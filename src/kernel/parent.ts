import { Worker } from 'node:worker_threads'

/** Milliseconds for the current step and its checkpoint; a cell that never yields is killed after them. */
const GRACE = 20_000

/** Checks once per second in a separate thread, because a cell may block the main one. */
const watch = `
const { parentPort, workerData } = require('node:worker_threads')
const timer = setInterval(() => {
  if (process.ppid === workerData.parent) return
  clearInterval(timer)
  parentPort.postMessage('gone')
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), workerData.grace)
}, 1000)
`

/**
 * Calls `end` when the process that started this kernel has ended, even by kill −9. Jupyter names that
 * process in JPY_PARENT_PID.
 */
export function followParent(end: () => void): void {
  const parent = Number(process.env.JPY_PARENT_PID)
  // Started by another process, or on Windows, where the variable has another meaning.
  if (parent !== process.ppid) return
  const worker = new Worker(watch, { eval: true, workerData: { parent, grace: GRACE } })
  worker.on('message', end)
  worker.unref()
}
