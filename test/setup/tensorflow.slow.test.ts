import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import {
  fakeCompiler,
  fakePython,
  fakeTool,
  fakeWheel,
  inTemporary,
  leftIn,
  prepareInChild,
  realEngine,
} from './prepareSupport'

/** Runs one preparation with fake tools, and returns how it ended and what it left. */
async function attempt(prepareTools: (tools: string, wheel: string) => void, cacheMode?: number) {
  return inTemporary(async (folder) => {
    const tools = path.join(folder, 'bin')
    const cache = path.join(folder, 'cache')
    mkdirSync(tools)
    mkdirSync(cache)
    if (cacheMode !== undefined) chmodSync(cache, cacheMode)
    const { wheel, file } = fakeWheel(folder)
    prepareTools(tools, file)
    const result = await prepareInChild({ cache, tools, wheel }).ended
    const left = leftIn(cache)
    if (cacheMode !== undefined) chmodSync(cache, 0o755)
    return { result, left }
  })
}

function assertRefused(result: unknown, why: RegExp, remedy: RegExp): void {
  const refused = result as { ready: boolean; why: string; remedy: string }
  assert.equal(refused.ready, false)
  assert.match(refused.why, why)
  assert.match(refused.remedy, remedy)
  assert.ok(!`${refused.why}${refused.remedy}`.includes('\n'), 'one line')
}

describe('prepareNative where something is missing', () => {
  it('says that there is no compiler before it downloads anything', async () => {
    let tools = ''
    const { result, left } = await attempt((folder, wheel) => fakePython((tools = folder), wheel))
    assertRefused(result, /no C\+\+ compiler/, /apt install g\+\+|xcode-select/)
    assert.equal(existsSync(path.join(tools, 'downloads')), false)
    assert.deepEqual(left, [])
  })

  it('says that there is no Python', async () => {
    const { result, left } = await attempt((tools) => fakeCompiler(tools, '/dev/null'))
    assertRefused(result, /no Python was found/, /python3/)
    assert.deepEqual(left, [])
  })

  it('says that Python has no pip', async () => {
    const { result } = await attempt((tools) => {
      fakeCompiler(tools, '/dev/null')
      fakeTool(tools, 'python3', "if (args[0] === '-c') console.log('3.11.7'); else process.exit(1)")
    })
    assertRefused(result, /python3 3\.11\.7 has no pip/, /python3-pip|ensurepip/)
  })

  it('passes on what pip says when it fails', async () => {
    const { result, left } = await attempt((tools, wheel) => {
      fakeCompiler(tools, '/dev/null')
      fakePython(tools, wheel, "console.error('ERROR: Could not reach the index'); process.exit(1)")
    })
    assertRefused(
      result,
      /pip could not download tensorflow-fake 1\.0: ERROR: Could not reach the index/,
      /network/,
    )
    assert.deepEqual(left, [])
  })

  it('refuses a wheel whose checksum differs, by name, size and checksum', async () => {
    const { result, left } = await attempt((tools, wheel) => {
      fakeCompiler(tools, '/dev/null')
      writeFileSync(wheel, 'another file')
      fakePython(tools, wheel)
    })
    assertRefused(
      result,
      /tensorflow_fake-1\.0.*\(12 bytes\) has sha256 [0-9a-f]{64}, expected [0-9a-f]{64}/,
      /refused/,
    )
    assert.deepEqual(left, [])
  })

  it('passes on what the compiler says when it fails', async () => {
    const { result, left } = await attempt((tools, wheel) => {
      fakePython(tools, wheel)
      fakeCompiler(
        tools,
        '/dev/null',
        "console.error('a.cc:1: fatal error: no such header'); process.exit(1)",
      )
    })
    assertRefused(result, /could not compile.*fatal error: no such header/, /C\+\+17/)
    assert.deepEqual(left, [])
  })

  it('keeps no engine that does not run', async () => {
    const { result, left } = await attempt((tools, wheel) => {
      fakePython(tools, wheel)
      writeFileSync(path.join(tools, 'broken.node'), 'no addon at all')
      fakeCompiler(tools, path.join(tools, 'broken.node'))
    })
    assertRefused(result, /does not run on this machine/, /WebAssembly/)
    assert.deepEqual(left, [])
  })

  it(
    'says that the cache may not be written',
    { skip: process.getuid?.() === 0 && 'root may write anywhere' },
    async () => {
      const { result } = await attempt((tools, wheel) => fakePython(tools, wheel), 0o500)
      assertRefused(result, /may not be written/, /LIDVAE_CACHE/)
    },
  )

  it('says that the cache would be in a file', async () => {
    await inTemporary(async (folder) => {
      const file = path.join(folder, 'file')
      writeFileSync(file, '')
      const cache = path.join(file, 'cache')
      const { wheel } = fakeWheel(folder)
      assertRefused(
        await prepareInChild({ cache, tools: folder, wheel }).ended,
        /is not a folder/,
        /LIDVAE_CACHE/,
      )
    })
  })
})

const skip =
  !realEngine.found && 'no engine is prepared on this machine to take the place of the compiled one'

describe('prepareNative where all is there', { skip }, () => {
  // The fake compiler hands out the real addon, which finds the real libraries by this variable.
  const env: Record<string, string> = realEngine.found
    ? { LD_LIBRARY_PATH: path.join(realEngine.folder, 'deps', 'lib') }
    : {}
  const addon = realEngine.found ? realEngine.binding : ''

  const inPlace = (
    body: (place: {
      cache: string
      tools: string
      wheel: ReturnType<typeof fakeWheel>['wheel']
      file: string
    }) => Promise<void>,
  ) =>
    inTemporary(async (folder) => {
      const tools = path.join(folder, 'bin')
      const cache = path.join(folder, 'cache')
      mkdirSync(tools)
      const { wheel, file } = fakeWheel(folder)
      fakeCompiler(tools, addon)
      await body({ cache, tools, wheel, file })
    })

  const downloads = (tools: string) =>
    readFileSync(path.join(tools, 'downloads'), 'utf8').trim().split('\n').length

  it('leaves one engine with its record, and returns it at once the next time', async () => {
    await inPlace(async ({ cache, tools, wheel, file }) => {
      fakePython(tools, file)
      const first = await prepareInChild({ cache, tools, wheel }, env).ended
      assert.ok(first?.ready)
      assert.equal(first.already, false)
      const [name] = leftIn(cache)
      assert.deepEqual(leftIn(cache), [name])
      const manifest = JSON.parse(
        readFileSync(path.join(cache, 'engine', name, 'prepared.json'), 'utf8'),
      ) as {
        files: { name: string }[]
      }
      assert.deepEqual(
        manifest.files.map((one) => one.name),
        [
          'deps/lib/libtensorflow_cc.so.2',
          'deps/lib/libtensorflow_framework.so.2',
          'lib/napi-v8/tfjs_binding.node',
        ],
      )
      const second = await prepareInChild({ cache, tools, wheel }, env).ended
      assert.ok(second?.ready && second.already)
      assert.equal(downloads(tools), 1)
    })
  })

  it('is done once by two processes at the same time', async () => {
    await inPlace(async ({ cache, tools, wheel, file }) => {
      fakePython(tools, file, 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)')
      const both = await Promise.all([1, 2].map(() => prepareInChild({ cache, tools, wheel }, env).ended))
      assert.ok(both.every((one) => one?.ready))
      assert.equal(downloads(tools), 1)
      assert.equal(leftIn(cache).length, 1)
    })
  })

  for (const step of ['download', 'unpack', 'compile', 'check'])
    it(`is whole again after a kill during ${step}`, async () => {
      await inPlace(async ({ cache, tools, wheel, file }) => {
        // Slow enough to be met in the middle.
        const slow = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400)'
        fakePython(tools, file, slow)
        fakeCompiler(tools, addon, slow)
        const first = prepareInChild({ cache, tools, wheel }, env)
        await first.reached(step)
        first.child.kill('SIGKILL')
        await first.ended
        const engines = leftIn(cache).filter((name) => name.startsWith('tfjs-node'))
        assert.deepEqual(engines, [], 'nothing looks finished')
        // The lock of the dead process is as fresh as if it lived: make it old.
        const { utimesSync } = await import('node:fs')
        const lock = path.join(cache, 'engine', '.lock')
        if (existsSync(lock)) utimesSync(lock, 1, 1)
        const again = await prepareInChild({ cache, tools, wheel }, env).ended
        assert.ok(again?.ready)
        assert.equal(leftIn(cache).length, 1)
      })
    })

  it('leaves nothing behind when it is asked to end', async () => {
    await inPlace(async ({ cache, tools, wheel, file }) => {
      fakePython(tools, file, 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500)')
      const one = prepareInChild({ cache, tools, wheel }, env)
      await one.reached('download')
      one.child.kill('SIGTERM')
      assert.equal(await one.ended, undefined)
      assert.deepEqual(leftIn(cache), [])
    })
  })
})
