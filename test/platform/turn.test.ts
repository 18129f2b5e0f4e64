import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { turn } from '../../src/platform/turn'

it('lets timers and messages through, which a promise alone does not', async () => {
  const { port1, port2 } = new MessageChannel()
  const heard = new Promise((resolve) => port1.on('message', () => resolve('message')))
  let due = false
  setTimeout(() => (due = true), 0)
  port2.postMessage(1)
  const passed = performance.now() + 20
  while (performance.now() < passed) await Promise.resolve()
  assert.equal(due, false)
  while (!due) await turn()
  assert.equal(await heard, 'message')
  port1.close()
})

it('is the one way to wait for the event loop', () => {
  const src = path.join(__dirname, '../../src')
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const own = /new Promise\(\(?\w+\)? => setImmediate\(\w+\)\)|setImmediate as/
  assert.deepEqual(
    files.filter((name) => own.test(readFileSync(path.join(src, name), 'utf8'))),
    [path.join('platform', 'turn.ts')],
  )
})
