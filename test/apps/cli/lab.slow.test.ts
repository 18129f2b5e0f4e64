import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import path from 'node:path'
import { it } from 'node:test'
import { jupyterState, kernelState } from '../../../src/setup/jupyter'
import { answers, startLab } from '../../browser/lab'

const skip =
  !(jupyterState().ready && kernelState().installed) &&
  'the project’s Jupyter is not prepared: run npx lidvae setup'

const onlyPorts = process.platform === 'win32' && 'Jupyter has no files for channels there'

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

it(
  'the channels of the lab’s kernels are files in a private folder',
  { skip: skip || onlyPorts },
  async () => {
    const lab = await startLab({})
    try {
      const { origin, searchParams } = new URL(lab.url('x.ipynb'))
      const headers = { Authorization: `token ${searchParams.get('token')}` }
      const kernels = `${origin}/api/kernels`
      const begun = await fetch(kernels, { method: 'POST', headers, body: '{"name":"tslab"}' })
      assert.equal(begun.status, 201)
      const { id } = (await begun.json()) as { id: string }
      const file = path.join(lab.folder, '..', 'runtime', `kernel-${id}.json`)
      const { transport, ip } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>
      assert.equal(transport, 'ipc')
      assert.equal(statSync(file).mode & 0o777, 0o600)
      assert.equal(statSync(path.dirname(ip)).mode & 0o777, 0o700)
      assert.equal((await fetch(`${kernels}/${id}`, { method: 'DELETE', headers })).status, 204)
    } finally {
      await lab.end()
    }
  },
)
