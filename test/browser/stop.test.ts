import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Kernel, KernelClient } from '../../web/kernel/jupyter'
import { hearStop } from '../../web/kernel/stop'

it('a second Stop of the same cell offers a restart, and a deaf cell is told of', async () => {
  const did: string[] = []
  const kernel: { running?: string; interrupt(): void } = { interrupt: () => void did.push('kernel') }
  const client: KernelClient = {
    interrupt: () => Promise.resolve(void did.push('waiting')),
    getModel: () => Promise.resolve<Kernel>(kernel),
  }
  const commands = { execute: (name: string) => Promise.resolve(did.push(name)) }
  hearStop(client, { commands }, 20)
  const press = async (running: string | undefined, wait = 0): Promise<string> => {
    kernel.running = running
    await client.interrupt('one')
    await setTimeout(wait)
    return did.splice(0).join(' ')
  }
  assert.equal(await press(undefined, 60), 'kernel waiting', 'no cell runs')
  assert.equal(await press('a'), 'kernel waiting')
  assert.equal(await press('a', 60), 'kernel waiting notebook:restart-kernel')
  assert.equal(await press('b'), 'kernel waiting', 'another cell')
  assert.equal(await press('c', 60), 'kernel waiting apputils:notify')
  assert.equal(await press('c'), 'kernel waiting notebook:restart-kernel')
  assert.equal(await press('c'), 'kernel waiting', 'the restart was declined')
})
