import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { describe, it } from 'node:test'
import { tfjsNodeFolder } from '../../src/compute/native/native'
import { downloadReachable, prebuiltAddress, runOwnInstaller } from '../../src/setup/download'
import { inTemporary } from './prepareSupport'

const folder = tfjsNodeFolder()!
const mirror = 'npm_config_tfjs_binding_binary_host_mirror'

/** Runs with a server that answers every request so, as the place tfjs-node downloads from; returns what was asked. */
async function withServer(status: number, body: () => Promise<void>): Promise<string[]> {
  const asked: string[] = []
  const server = http.createServer((request, answer) => {
    asked.push(`${request.method} ${request.url}`)
    answer.writeHead(status).end('not here')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  Object.assign(process.env, { [mirror]: address, TFJS_NODE_CDN_STORAGE: `${address}/` })
  try {
    await body()
  } finally {
    delete process.env[mirror]
    delete process.env.TFJS_NODE_CDN_STORAGE
    server.closeAllConnections()
    server.close()
  }
  return asked
}

describe('tfjs-node’s own download', () => {
  it('has the address that its package names', () => {
    assert.match(
      prebuiltAddress(folder),
      /^https:\/\/\S+\/napi-v8\/4\.22\.0\/CPU-\w+-4\.22\.0\.(tar\.gz|zip)$/,
    )
  })

  it('is reachable only where the file answers', { skip: process.arch !== 'x64' }, async () => {
    const asked = await withServer(200, async () => assert.equal(await downloadReachable(folder), true))
    assert.match(asked[0], /^HEAD \/napi-v8\/4\.22\.0\/CPU-/)
    await withServer(404, async () => assert.equal(await downloadReachable(folder), false))
    process.env[mirror] = 'http://127.0.0.1:9'
    assert.equal(await downloadReachable(folder), false)
    delete process.env[mirror]
  })

  it('fails in one line, and leaves the installed package as it is', async () => {
    const manifest = path.join(folder, 'package.json')
    const before = [statSync(folder).mtimeMs, readFileSync(manifest, 'utf8')]
    await inTemporary(async (temporary) => {
      const copy = path.join(temporary, 'copy')
      mkdirSync(copy)
      const install = () => runOwnInstaller(folder, copy, () => undefined)
      const asked = await withServer(404, () =>
        assert.rejects(install(), /tfjs-node's own download failed: [^\n]+$/),
      )
      assert.ok(asked.some((one) => one.startsWith('GET /tensorflow/libtensorflow')))
    })
    assert.deepEqual([statSync(folder).mtimeMs, readFileSync(manifest, 'utf8')], before)
  })
})
