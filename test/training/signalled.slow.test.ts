import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import path from 'node:path'
import { describe, it } from 'node:test'
import { nativeIsTested } from '../support/engines'
import { typescript } from '../support/child'

/** Trains in a process that is sent signals all the time once its steps run as a graph; what it printed at its end. */
function trained(signal?: NodeJS.Signals): Promise<{ weights: string; heard: boolean }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...typescript, path.join(__dirname, 'signalledChild.ts')])
    let [printed, complaint] = ['', '']
    let isRecorded = false
    const send = (): void => {
      if (child.exitCode !== null || child.signalCode !== null || printed.includes('{')) return
      if (signal) for (let i = 0; i < 20; i++) child.kill(signal)
      setTimeout(send)
    }
    child.stdout.on('data', (text: Buffer) => {
      printed += text.toString()
      if (!isRecorded && printed.includes('recorded')) {
        isRecorded = true
        send()
      }
    })
    child.stderr.on('data', (text: Buffer) => (complaint += text.toString()))
    child.on('close', (code, by) => {
      if (code === 0) resolve(JSON.parse(printed.slice(printed.indexOf('{'))) as never)
      else reject(new Error(`${by ?? code} ${complaint.slice(-300)}`))
    })
  })
}

const skip =
  process.platform === 'win32'
    ? 'Windows has no such signals'
    : !nativeIsTested() && 'the native engine is missing'

describe('a training on the native engine', { skip }, () => {
  it('has the same weights, whatever number of signals comes while its steps run as a graph', async () => {
    const unbroken = await trained()
    const signalled = await trained('SIGWINCH')
    assert.equal(signalled.heard, true)
    assert.equal(signalled.weights, unbroken.weights)
  })
})
