import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import {
  engineName,
  findNative,
  tfjsNodeFolder,
  tfjsNodeVersion,
  type FoundNative,
} from '../../../src/compute/native/native'
import { checkEngine } from '../../../src/compute/native/check'
import { type EngineManifest, manifestFile, recordFiles } from '../../../src/compute/native/manifest'
import { fakeTool, inTemporary, realEngine } from '../../setup/prepareSupport'
import { typescript } from '../../support/child'

const version = tfjsNodeVersion(tfjsNodeFolder()!)
const binding = 'lib/napi-v8/tfjs_binding.node'

/** Looks for an engine in a cache that holds a fake one, changed by `change` after its record was written. */
async function findAfter(change: (folder: string) => void, record: Partial<EngineManifest> = {}) {
  const before = process.env.LIDVAE_CACHE
  try {
    return await inTemporary((cache) => {
      process.env.LIDVAE_CACHE = cache
      const folder = path.join(cache, 'engine', engineName(version, '1.0'))
      for (const name of [binding, 'deps/lib/libtensorflow_cc.so.2']) {
        mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
        writeFileSync(path.join(folder, name), `the content of ${name}`)
      }
      const manifest: EngineManifest = {
        tensorflow: '1.0',
        tfjsNode: version,
        system: `${process.platform} ${process.arch}`,
        from: 'wheel',
        source: { name: 'fake', sha256: null },
        binding,
        files: recordFiles(folder),
        ...record,
      }
      writeFileSync(path.join(folder, manifestFile), JSON.stringify(manifest))
      change(folder)
      return findNative()
    })
  } finally {
    if (before === undefined) delete process.env.LIDVAE_CACHE
    else process.env.LIDVAE_CACHE = before
  }
}

async function assertDamaged(
  why: RegExp,
  change: (folder: string) => void,
  record?: Partial<EngineManifest>,
) {
  const found = await findAfter(change, record)
  assert.equal(found.found, false)
  assert.match(found.found ? '' : found.why, why)
  assert.match(found.found ? '' : found.remedy, /npx lidvae setup/)
}

const installed = realEngine.found && realEngine.from === 'installed with the package'

describe(
  'findNative',
  { skip: installed && 'tfjs-node came with its own addon, which is found first' },
  () => {
    it('finds an engine whose files are as recorded', async () => {
      const found = await findAfter(() => undefined)
      assert.ok(found.found)
      assert.equal(found.tensorflow, '1.0')
      assert.equal(found.from, 'wheel')
    })

    it('says that none is prepared in an empty cache', async () => {
      await inTemporary((cache) => {
        const before = process.env.LIDVAE_CACHE
        process.env.LIDVAE_CACHE = cache
        const found = findNative()
        if (before === undefined) delete process.env.LIDVAE_CACHE
        else process.env.LIDVAE_CACHE = before
        assert.match(found.found ? '' : found.why, /not prepared on this machine/)
      })
    })

    it('notices a file that is cut short', () =>
      assertDamaged(/libtensorflow_cc\.so\.2 has 3 bytes, expected 45/, (folder) =>
        truncateSync(path.join(folder, 'deps/lib/libtensorflow_cc.so.2'), 3),
      ))

    it('notices a file altered without a change of size', () =>
      assertDamaged(/tfjs_binding\.node was altered/, (folder) => {
        const file = path.join(folder, binding)
        const { size } = statSync(file)
        writeFileSync(file, 'x'.repeat(size))
        utimesSync(file, 1000, 1000)
      }))

    it('takes a copy whose files only have other times', async () => {
      const found = await findAfter((folder) => utimesSync(path.join(folder, binding), 1000, 1000))
      assert.ok(found.found)
    })

    it('notices a record that is missing, unreadable or empty', async () => {
      await assertDamaged(/prepared\.json is not readable/, (folder) =>
        writeFileSync(path.join(folder, manifestFile), '{'),
      )
      await assertDamaged(/lists no files/, () => undefined, { files: [] })
    })

    it('notices an engine made for another system or tfjs-node', async () => {
      await assertDamaged(/made for plan9 mips/, () => undefined, { system: 'plan9 mips' })
      await assertDamaged(/made for tfjs-node 0\.0\.1/, () => undefined, { tfjsNode: '0.0.1' })
    })
  },
)

/** Runs a piece of TypeScript with the native module at hand, in a process of its own. */
function inChild(code: string, env: Record<string, string> = {}) {
  const file = path.resolve(__dirname, '../../../src/compute/native/native')
  const script = `const { findNative, loadNative } = require(${JSON.stringify(file)});${code}`
  const { stdout, stderr, status } = spawnSync(process.execPath, [...typescript, '-e', script], {
    encoding: 'utf8',
    timeout: 300_000,
    env: { ...process.env, ...env },
  })
  return { stdout, stderr, status }
}

describe('loadNative', () => {
  it('turns a library that is none into one line', () =>
    inTemporary((folder) => {
      const file = path.join(folder, 'tfjs_binding.node')
      writeFileSync(file, 'no library')
      const engine = {
        found: true,
        folder: '/f',
        binding: file,
        tensorflow: '1',
        tfjsNode: '1',
        from: 'wheel',
      }
      const { stdout, status } = inChild(
        `try { loadNative(${JSON.stringify(engine)}) } catch (error) { console.log(error.name, error.message) }`,
      )
      assert.match(
        stdout,
        /^EngineError The native engine in \/f does not load: .+\. Run: npx lidvae setup --force\n$/,
      )
      assert.equal(status, 0)
    }))

  it('multiplies, silently, and writes nothing into node_modules', { skip: !realEngine.found }, () => {
    const folder = tfjsNodeFolder()!
    const before = statSync(folder).mtimeMs
    const { stdout, stderr } = inChild(
      'const { tf, engine } = loadNative(); console.log(tf.getBackend(), engine.tensorflow, tf.matMul([[1, 2]], [[3], [4]]).arraySync()[0][0])',
    )
    assert.match(stdout, /^tensorflow \d+\.\d+\.\d+ 11\n$/)
    assert.equal(stderr, '')
    assert.equal(statSync(folder).mtimeMs, before)
  })

  it('loads where Node has lost util.isArray and util.isNullOrUndefined', { skip: !realEngine.found }, () => {
    const { stdout } = inChild(
      `const util = require('node:util'); delete util.isArray; delete util.isNullOrUndefined;
       console.log(loadNative().tf.tensor1d([1, 2]).sum().arraySync())`,
    )
    assert.equal(stdout, '3\n')
  })
})

describe('checkEngine', () => {
  it('says which TensorFlow a whole engine has', { skip: !realEngine.found }, async () => {
    const { folder, binding, tensorflow } = realEngine as FoundNative
    assert.deepEqual(await checkEngine(folder, binding), { tensorflow })
  })

  it('survives a library that ends the process', async () => {
    await inTemporary(async (folder) => {
      // A module that ends its process on loading does what a crashing library does.
      const file = path.join(folder, 'crash.js')
      fakeTool(folder, 'crash.js', 'process.abort()')
      await assert.rejects(
        checkEngine(folder, file),
        /does not run on this machine: the process that tried it ended/,
      )
    })
  })
})
