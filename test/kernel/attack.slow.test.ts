import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { askKernel, skip } from './askKernel'

const MESSAGES = process.env.LIDVAE_TEST_FULL ? 10_000 : 1000

interface Attack {
  ownUid: number | null
  uid: number | null
  cells: number
  wrong: unknown[]
  alive: boolean
  heartbeat: string
  owned: boolean
  broadcast: number
  strange: number
  secrets: number
  held: number
  grown: number
  leaked: number
  answers: Record<string, string[]>
  tried: Record<string, number>
}

interface Reach {
  text: string[]
  transport: string
  encrypted: boolean
  listening: number
  connectionFile: number
  fileForAnother: string | null
  overheard?: number
  folder?: number
  sockets?: number[]
  own?: string
  another?: string | null
  anotherInOpenFolder?: string | null
  left?: string[]
}

const asRoot = process.getuid?.() === 0

describe('a neighbour on the same machine', { skip }, () => {
  it(`has no effect with ${MESSAGES} messages without the key, on ports that it can reach`, async (t) => {
    const seen = await askKernel<Attack>('attack.py', MESSAGES, 1)
    if (seen.uid === seen.ownUid) t.diagnostic('not as another user: only root can become one')
    else assert.equal(seen.uid, 65_534)
    assert.equal(
      Object.values(seen.tried).reduce((sum, one) => sum + one, 0),
      MESSAGES,
    )
    assert.equal(Object.keys(seen.tried).length, 13)
    assert.deepEqual(seen.wrong, [], 'cells and their outputs')
    assert.deepEqual([seen.alive, seen.heartbeat, seen.owned], [true, 'ping', false])
    assert.deepEqual([seen.strange, seen.secrets, seen.leaked], [0, 0, 0], 'what is broadcast')
    assert.deepEqual(seen.answers, { shell: [], control: [], stdin: [] })
    assert.ok(seen.broadcast >= seen.cells * 2, `${seen.broadcast} messages heard of ${seen.cells} cells`)
    assert.ok(seen.held < 20, `${seen.held} MB held`)
    // The system keeps what the largest messages took for a moment; it does not rise with their number.
    t.diagnostic(`the kernel holds ${seen.held} MB more, its memory has grown by ${seen.grown} MB`)
    assert.ok(seen.grown < 300, `grown by ${seen.grown} MB`)
  })

  const files = process.platform === 'linux' ? false : 'it is asked of Linux’s /proc'

  it(
    'cannot reach a kernel that a run or the lab starts: its sockets are files',
    { skip: files },
    async (t) => {
      const reach = await askKernel<Reach>('private.py', 'ipc')
      assert.deepEqual([reach.transport, reach.listening, reach.text], ['ipc', 0, ['42\n', '48\n']])
      assert.deepEqual([reach.folder, reach.connectionFile], [0o700, 0o600])
      assert.deepEqual(reach.sockets, Array(5).fill(0o600))
      assert.deepEqual([reach.own, reach.left], ['open', []])
      if (!asRoot) t.diagnostic('not tried as another user: only root can become one')
      else
        assert.deepEqual(
          [reach.another, reach.anotherInOpenFolder, reach.fileForAnother],
          Array(3).fill('PermissionError'),
        )
    },
  )

  it('cannot read along where there are only ports: they are encrypted', { skip: files }, async () => {
    const reach = await askKernel<Reach>('private.py', 'tcp')
    assert.deepEqual([reach.transport, reach.listening, reach.text], ['tcp', 5, ['42\n', '48\n']])
    assert.deepEqual([reach.encrypted, reach.overheard, reach.connectionFile], [true, 0, 0o600])
  })
})
