import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { describe, it } from 'node:test'
import path from 'node:path'
import * as tf from '@tensorflow/tfjs'
import {
  engineInfo,
  startEngine,
  requireEngine,
  describeEngine,
  type EngineInfo,
} from '../../src/compute/engine'
import { ArgumentError, EngineError } from '../../src/base/errors'
import { inFolder } from '../data/temporary'
import { nativeIsTested, onEachEngine } from '../support/engines'
import { typescript } from '../support/child'

const listeners = () =>
  ['uncaughtException', 'unhandledRejection'].map((event) => process.listenerCount(event))
// Read before any engine runs: the WASM module adds its own when it starts.
let listenersAtFirst: number[] = []

interface Child {
  /** Whether there is a native engine to be found. */
  native: boolean
  before: null
  info: EngineInfo
  product: number[]
  backend: string
  again: boolean
  said: string[]
  error?: { name: string; message: string; stack: string }
  stderr: string
}

/** What startEngine() does in a process of its own, with this environment and argument. */
async function readyIn(env: Record<string, string | undefined>, engine = ''): Promise<Child> {
  const script = path.join(__dirname, 'readyInChild.ts')
  const child = spawn(process.execPath, [...typescript, script, engine], {
    env: { ...process.env, LIDVAE_ENGINE: undefined, NODE_TEST_CONTEXT: undefined, ...env },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (text) => (stdout += text))
  child.stderr.on('data', (text) => (stderr += text))
  const code = await new Promise((resolve) => child.on('close', resolve))
  assert.equal(code, 0, stderr)
  return { ...(JSON.parse(stdout) as Child), stderr }
}

describe('before startEngine()', () => {
  it('there is no engine, and who needs one is told so', () => {
    listenersAtFirst = listeners()
    assert.equal(engineInfo(), undefined)
    assert.throws(
      () => requireEngine('encode'),
      (error) =>
        error instanceof EngineError &&
        error.message === 'encode: no engine is chosen yet. Put `await lid.ready()` first.',
    )
  })
})

onEachEngine('ready', (engine) => {
  it('says which engine runs, its version and why', async () => {
    const info = await startEngine({ engine, quiet: true })
    assert.equal(info.engine, engine)
    assert.equal(info.why, 'asked for by name')
    assert.equal(tf.getBackend(), { native: 'tensorflow', wasm: 'wasm' }[engine])
    assert.match(info.version, /^\d+\.\d+\.\d+/)
    if (engine === 'wasm') assert.equal(info.version, tf.version['tfjs-core'])
    assert.equal(info.threads === undefined, engine === 'wasm')
    assert.equal(engineInfo(), info)
    assert.match(
      describeEngine(info),
      engine === 'native'
        ? /^lidvae: native engine, TensorFlow \d.* \(asked for by name\)$/
        : /^lidvae: WebAssembly engine, TensorFlow\.js \d.* \(asked for by name\)$/,
    )
  })

  it('changes nothing and says nothing when called again', async () => {
    const info = engineInfo()
    const lines: string[] = []
    const log = console.log
    console.log = (line: string) => void lines.push(line)
    try {
      assert.equal(await startEngine(), info)
      assert.equal(await startEngine({ engine }), info)
    } finally {
      console.log = log
    }
    assert.deepEqual(lines, [])
  })

  it('refuses an unknown name and stays on its engine', async () => {
    for (const wrong of ['gpu', 'tensorflow', 'WASM'])
      await assert.rejects(
        startEngine({ engine: wrong as never }),
        (error) =>
          error instanceof ArgumentError &&
          error.message === `\`engine\` must be 'native', 'wasm' or 'cpu', got '${wrong}'.`,
      )
    assert.equal(engineInfo()?.engine, engine)
  })
})

describe('ready, going from one engine to the other', () => {
  it('leaves no listener for uncaught errors behind', async () => {
    await startEngine({ engine: 'cpu', quiet: true })
    assert.equal(tf.getBackend(), 'cpu')
    await startEngine({ engine: 'wasm', quiet: true })
    assert.deepEqual(listeners(), listenersAtFirst)
  })

  it('keeps the values of tensors', { skip: !nativeIsTested() }, async () => {
    await startEngine({ engine: 'native', quiet: true })
    const x = tf.tensor1d([1, 2, 3])
    await startEngine({ engine: 'wasm', quiet: true })
    const y = tf.mul(x, 2)
    assert.deepEqual(Array.from(y.dataSync()), [2, 4, 6])
    tf.dispose([x, y])
  })
})

describe('ready in a fresh process', () => {
  it(
    'takes the native engine where it is prepared, and says so in one line',
    { skip: !nativeIsTested() },
    async () => {
      const { info, product, again, said, before } = await readyIn({})
      assert.equal(before, null)
      assert.deepEqual([info.engine, product, again], ['native', [11], true])
      assert.equal(said.length, 1)
      assert.match(said[0], /^lidvae: native engine, TensorFlow \d+\.\d+\.\d+ \(the fastest one found\)$/)
    },
  )

  // @fault engine-missing
  it('falls back to WASM where native is not prepared, says why and what to do, and never takes pure JavaScript', async (t) => {
    await inFolder(async (empty) => {
      const { native, info, product, said, backend, stderr } = await readyIn({ LIDVAE_CACHE: empty })
      if (native) return t.skip('tfjs-node brought an engine of its own')
      assert.deepEqual([info.engine, backend, product], ['wasm', 'wasm', [11]])
      assert.equal(said.length, 1)
      assert.match(
        said[0],
        /^lidvae: WebAssembly engine, TensorFlow\.js \S+ \(the native engine is not prepared .+\. Run: npx lidvae setup\)$/,
      )
      assert.equal(stderr, '')
    })
  })

  it('fails in one line when native is asked for by name and missing', async (t) => {
    await inFolder(async (empty) => {
      for (const { native, error } of [
        await readyIn({ LIDVAE_CACHE: empty }, 'native'),
        await readyIn({ LIDVAE_CACHE: empty, LIDVAE_ENGINE: 'native' }),
      ]) {
        if (native) return t.skip('tfjs-node brought an engine of its own')
        assert.equal(error?.name, 'EngineError')
        assert.match(error.message, /^No native engine: .+ Run: npx lidvae setup$/)
        assert.equal(error.stack, `EngineError: ${error.message}`, 'no stack trace')
      }
    })
  })

  it('asks LIDVAE_ENGINE, and an argument goes before it', async () => {
    const byVariable = await readyIn({ LIDVAE_ENGINE: 'wasm' })
    assert.deepEqual([byVariable.info.engine, byVariable.info.why], ['wasm', 'asked for by name'])
    const byArgument = await readyIn({ LIDVAE_ENGINE: 'wasm' }, 'cpu')
    assert.deepEqual([byArgument.info.engine, byArgument.backend], ['cpu', 'cpu'])
    assert.match(byArgument.said[0], /^lidvae: pure JavaScript engine/)
    const unknown = await readyIn({ LIDVAE_ENGINE: 'fast' })
    assert.equal(unknown.error?.message, "`LIDVAE_ENGINE` must be 'native', 'wasm' or 'cpu', got 'fast'.")
  })
})
