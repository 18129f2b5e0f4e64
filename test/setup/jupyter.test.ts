import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import {
  installKernel,
  jupyterPackages,
  jupyterState,
  kernelState,
  prepareJupyter,
  pythonIn,
} from '../../src/setup/jupyter'
import { fakeTool, inTemporary } from './prepareSupport'

/**
 * A Python that makes environments holding a copy of itself, where `pip install` does what `pip` says. Calls are noted
 * in `calls`.
 */
function fakePython(tools: string, { venv = '', pip = '' } = {}): void {
  fakeTool(
    tools,
    'python3',
    `if (args[0] === '-c') { console.log('3.11.7'); process.exit(0) }
fs.appendFileSync(${JSON.stringify(path.join(tools, 'calls'))}, args[1] + '\\n')
if (args[1] === 'venv') { ${venv}
  fs.mkdirSync(args[2] + '/bin', { recursive: true }); fs.copyFileSync(__filename, args[2] + '/bin/python') }
if (args[1] === 'pip') { ${pip}
  console.log('Collecting jupyterlab==4.6.6') }`,
  )
}

/** Runs with only the fake tools on PATH. */
async function withTools<T>(body: (place: { tools: string; folder: string }) => Promise<T>): Promise<T> {
  return inTemporary(async (temporary) => {
    const tools = path.join(temporary, 'bin')
    mkdirSync(tools)
    const before = process.env.PATH
    process.env.PATH = tools
    try {
      return await body({ tools, folder: path.join(temporary, 'jupyter') })
    } finally {
      process.env.PATH = before
    }
  })
}

const calls = (tools: string) => readFileSync(path.join(tools, 'calls'), 'utf8').trim().split('\n')
const prepare = (folder: string) => prepareJupyter(undefined, folder)

describe('prepareJupyter', () => {
  it('makes an environment with the pinned versions, once', () =>
    withTools(async ({ tools, folder }) => {
      fakePython(tools)
      const lines: string[] = []
      const state = await prepareJupyter((line) => void lines.push(line), folder)
      assert.equal(state.ready, true)
      assert.deepEqual(state.versions, { python: '3.11.7', ...jupyterPackages })
      assert.deepEqual(calls(tools), ['venv', 'pip'])
      assert.match(
        lines.join('\n'),
        /installing jupyterlab==4\.6\.6, nbclient==0\.11\.0, nbconvert==7\.17\.2\nfetching jupyterlab/,
      )
      await prepare(folder)
      assert.deepEqual(calls(tools), ['venv', 'pip'])
    }))

  it('is done once by two at the same time', () =>
    withTools(async ({ tools, folder }) => {
      fakePython(tools, { pip: 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)' })
      const both = await Promise.all([prepare(folder), prepare(folder)])
      assert.ok(both.every(({ ready }) => ready))
      assert.deepEqual(calls(tools), ['venv', 'pip'])
    }))

  it('begins anew after a failure, an interruption, a loss of its Python or a change of versions', () =>
    withTools(async ({ tools, folder }) => {
      fakePython(tools, { pip: "console.error('ERROR: connection lost'); process.exit(1)" })
      await assert.rejects(
        prepare(folder),
        /pip could not install jupyterlab.*ERROR: connection lost\. Check the network/,
      )
      assert.equal(jupyterState(folder).why, 'its preparation was interrupted')
      writeFileSync(path.join(folder, 'left-over'), '')
      fakePython(tools)
      assert.equal((await prepare(folder)).ready, true)
      assert.equal(existsSync(path.join(folder, 'left-over')), false)

      rmSync(pythonIn(folder))
      assert.match(jupyterState(folder).why ?? '', /its Python is gone/)
      assert.equal((await prepare(folder)).ready, true)

      const marker = path.join(folder, 'lidvae.json')
      writeFileSync(marker, readFileSync(marker, 'utf8').replace('4.6.6', '1.0.0'))
      assert.match(jupyterState(folder).why ?? '', /other versions/)
      assert.equal((await prepare(folder)).ready, true)
    }))

  it('says in one line what is missing: Python, a newer Python, venv', () =>
    withTools(async ({ tools, folder }) => {
      await assert.rejects(
        prepare(folder),
        /^EngineError: no Python was found on PATH\. Install it .*python3|^Obstacle/,
      )
      fakeTool(tools, 'python3', "console.log('3.8.10')")
      await assert.rejects(
        prepare(folder),
        /Python 3\.10 or newer is needed, python3 is 3\.8\.10\. Install it/,
      )
      fakePython(tools, {
        venv: "console.log('The virtual environment was not created: ensurepip is not\\\\navailable'); process.exit(1)",
      })
      await assert.rejects(prepare(folder), /venv or ensurepip module is missing\. Install it.*python3-venv/)
    }))

  it(
    'says that the folder may not be written',
    { skip: process.getuid?.() === 0 && 'root may write anywhere' },
    () =>
      withTools(async ({ tools, folder }) => {
        fakePython(tools)
        mkdirSync(folder)
        chmodSync(folder, 0o500)
        await assert.rejects(prepare(folder), /may not be written/)
      }),
  )
})

describe('installKernel', () => {
  it('writes a specification that starts our kernel, and puts a foreign or damaged one right', () =>
    inTemporary((folder) => {
      assert.equal(kernelState(folder).installed, false)
      const { spec, tslab } = installKernel(folder)
      assert.match(tslab ?? '', /^\d+\.\d+\.\d+$/)
      const { argv } = JSON.parse(readFileSync(spec, 'utf8')) as { argv: string[] }
      assert.equal(argv[0], process.execPath)
      assert.match(argv[1], /dist[\\/]kernel[\\/]kernel\.js$/)
      assert.equal(argv[2], '{connection_file}')
      writeFileSync(spec, '{"argv": ["another"]}')
      assert.match(kernelState(folder).why ?? '', /points to another/)
      assert.equal(installKernel(folder).installed, true)
      assert.deepEqual(JSON.parse(readFileSync(spec, 'utf8')), {
        argv,
        display_name: 'TypeScript',
        language: 'typescript',
        metadata: { supported_encryption: 'curve' },
      })
    }))
})
