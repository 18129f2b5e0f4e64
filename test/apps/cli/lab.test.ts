import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { it } from 'node:test'
import { jupyterState, kernelState } from '../../../src/setup/jupyter'
import { startLab } from '../../browser/lab'

const skip =
  !(jupyterState().ready && kernelState().installed) &&
  'the project’s Jupyter is not prepared: run npx lidvae setup'

/** Whether anybody listens there. */
const answers = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 })
    const end = (found: boolean) => (): void => {
      socket.destroy()
      resolve(found)
    }
    socket.on('connect', end(true)).on('error', end(false)).on('timeout', end(false))
  })

it('lidvae lab asks for its token, and listens to this machine alone', { skip }, async () => {
  const lab = await startLab({})
  try {
    const { origin, port, searchParams } = new URL(lab.url('x.ipynb'))
    const ask = async (token?: string): Promise<number> =>
      (await fetch(`${origin}/api/contents${token === undefined ? '' : `?token=${token}`}`)).status
    assert.equal(await ask(), 403)
    assert.equal(await ask('another'), 403)
    assert.equal(await ask(searchParams.get('token')!), 200)
    assert.equal(await answers('127.0.0.1', Number(port)), true)
    const others = Object.values(networkInterfaces())
      .flat()
      .filter((one) => one && !one.internal && one.family === 'IPv4')
    for (const one of others) assert.equal(await answers(one!.address, Number(port)), false, one!.address)
  } finally {
    await lab.end()
  }
})
