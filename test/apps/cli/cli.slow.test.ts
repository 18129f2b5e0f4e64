import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import type { Diagnosis } from '../../../src/apps/cli/doctor'
import { packageRoot } from '../../../src/platform/places'
import { tfjsNodeFolder, addonIn } from '../../../src/compute/native/native'
import { fakeTool, inTemporary } from '../../setup/prepareSupport'
import { typescript } from '../../support/child'

/** Runs the command from its sources, in `cwd`, with an empty cache unless told otherwise. */
function lidvae(
  args: string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string | undefined> },
) {
  const main = path.join(packageRoot(), 'src', 'apps', 'cli', 'index.ts')
  const { stdout, stderr, status } = spawnSync(process.execPath, [...typescript, main, ...args], {
    cwd,
    encoding: 'utf8',
    timeout: 300_000,
    env: {
      HOME: cwd,
      PATH: process.env.PATH,
      LIDVAE_CACHE: path.join(cwd, 'cache'),
      NO_COLOR: '1',
      ...env,
    },
  })
  return { stdout, stderr, status }
}

const doctor = (cwd: string, env?: Record<string, string | undefined>): Diagnosis => {
  const { stdout, status } = lidvae(['doctor', '--json'], { cwd, env })
  assert.equal(status, 0)
  return JSON.parse(stdout) as Diagnosis
}

const ownAddon = addonIn(tfjsNodeFolder() ?? '/none') !== undefined

describe('lidvae doctor', () => {
  it('names everything where nothing is prepared, and a remedy for every problem', () =>
    inTemporary((cwd) => {
      const found = doctor(cwd)
      assert.deepEqual(Object.keys(found), ['node', 'engine', 'kernel', 'jupyter', 'data', 'problems'])
      assert.equal(found.node.version, process.version)
      assert.equal(found.engine.cache, path.join(cwd, 'cache'))
      assert.match(found.kernel.tslab ?? '', /^1\./)
      assert.ok(found.data.some(({ name }) => name === 'fashion-mnist'))
      for (const { what, remedy } of found.problems)
        assert.ok(what.length > 5 && remedy.length > 5 && !what.includes('\n'))
      if (!ownAddon) {
        assert.equal(found.engine.name, 'wasm')
        assert.match(found.engine.version, /^4\./)
        assert.ok(found.problems.some(({ what }) => /engine: the native engine is not prepared/.test(what)))
      }
      const { stdout } = lidvae(['doctor'], { cwd })
      assert.match(stdout, /! data {5}yelp: not on this machine \(how to put it there by hand/)
      assert.match(stdout, /engine .*\n.*jupyter .*\n.*kernel .*\n.*data /)
    }))

  it('foresees what setup would stumble over', { skip: ownAddon }, () =>
    inTemporary((cwd) => {
      const empty = path.join(cwd, 'bin')
      mkdirSync(empty)
      const { problems } = doctor(cwd, { PATH: empty })
      assert.ok(problems.some(({ what, remedy }) => /no Python/.test(what) && /python3/.test(remedy)))
      assert.ok(
        problems.some(({ what, remedy }) => /no C\+\+ compiler/.test(what) && /g\+\+|xcode/.test(remedy)),
      )
    }),
  )

  it('explains LIDVAE_ENGINE and the threads, also where it is misspelt', () =>
    inTemporary((cwd) => {
      const asked = doctor(cwd, { LIDVAE_ENGINE: 'cpu', TF_NUM_INTRAOP_THREADS: '3' })
      assert.equal(asked.engine.name, 'cpu')
      assert.equal(asked.engine.why, 'LIDVAE_ENGINE is cpu')
      assert.deepEqual(asked.engine.threads, { intra: '3', inter: 'default' })
      const misspelt = doctor(cwd, { LIDVAE_ENGINE: 'natvie' })
      assert.ok(misspelt.problems.some(({ what }) => what === "LIDVAE_ENGINE is 'natvie'"))
    }))

  it('finds data in LIDVAE_DATA, relative to where it was started', () =>
    inTemporary((cwd) => {
      const folder = path.join(cwd, 'mine', 'fashion-mnist')
      mkdirSync(folder, { recursive: true })
      const state = () =>
        doctor(cwd, { LIDVAE_DATA: 'mine' }).data.find(({ name }) => name === 'fashion-mnist')
      assert.notEqual(state()?.source, 'LIDVAE_DATA')
      for (const set of ['train', 't10k'])
        for (const kind of ['images-idx3', 'labels-idx1'])
          writeFileSync(path.join(folder, `${set}-${kind}-ubyte.gz`), 'x')
      assert.deepEqual([state()?.source, state()?.folder], ['LIDVAE_DATA', folder])
    }))
})

describe('lidvae', () => {
  it('answers a mistake in one line and with code 1', () =>
    inTemporary((cwd) => {
      const mistakes: [string[], RegExp][] = [
        [['doctr'], /unknown command 'doctr'/],
        [['doctor', '--jason'], /unknown option '--jason'/],
        [['doctor', 'me'], /too many arguments/],
        [['setup', '--engine-only', '--jupyter-only'], /cannot be used with/],
        [['data', 'verify', 'mnist'], /data set must be 'fashion-mnist'.*, got 'mnist'/],
        [['run'], /notebooks` must be one or more \.ipynb files, got none/],
        [['run', 'none.ipynb'], /none\.ipynb: there is no such notebook/],
        [['run', 'none.ipynb', '--size', 'huge'], /`--size` must be 'quick', 'local' or 'paper', got 'huge'/],
      ]
      for (const [args, wanted] of mistakes) {
        const { stderr, status } = lidvae(args, { cwd })
        assert.equal(status, 1, args.join(' '))
        assert.match(stderr, wanted)
        const lines = stderr.trim().split('\n')
        assert.ok(lines.length === 1 || /Did you mean/.test(lines[1]), stderr)
      }
    }))
})

describe('lidvae run', () => {
  it('refuses two notebooks whose copies would be one file', () =>
    inTemporary((cwd) => {
      for (const term of ['spring', 'autumn']) {
        mkdirSync(path.join(cwd, term, 'anna'), { recursive: true })
        writeFileSync(path.join(cwd, term, 'anna', 'lab.ipynb'), '')
      }
      const elsewhere = path.join(cwd, 'started', 'here')
      mkdirSync(elsewhere, { recursive: true })
      const files = ['spring', 'autumn'].map((term) => path.join(cwd, term, 'anna', 'lab.ipynb'))
      const { stderr, status } = lidvae(['run', ...files], { cwd: elsewhere })
      assert.equal(status, 1)
      assert.match(
        stderr,
        /output paths must be different for each notebook, got anna.lab\.ipynb twice\. Run them one by one/,
      )
    }))
})

describe('lidvae labs --students', () => {
  it('hands out the notebooks with exercises, no solutions, and overwrites nobody’s work', () =>
    inTemporary((cwd) => {
      const handOut = () => lidvae(['labs', '--students', 'class'], { cwd })
      assert.equal(handOut().status, 0)
      const names = readdirSync(path.join(cwd, 'class'))
      assert.deepEqual(names.map((name) => name[0]).sort(), ['1', '2', '3', '4', '5'])
      const [first] = names.map((name) => path.join(cwd, 'class', name))
      assert.match(readFileSync(first, 'utf8'), /"version": "student"/)
      assert.equal(handOut().status, 0)
      writeFileSync(first, '{}')
      const { stderr, status } = handOut()
      assert.equal(status, 1)
      assert.match(stderr, /ipynb exists and has been changed\. Name another folder\./)
      assert.equal(readFileSync(first, 'utf8'), '{}')
      unlinkSync(first)
      mkdirSync(first)
      assert.match(
        handOut().stderr,
        /^lidvae: .*ipynb is a folder, not a file \(EISDIR\)\. Move it away.*\n$/,
      )
      rmdirSync(first)
      if (process.platform === 'win32') return
      assert.equal(spawnSync('mkfifo', [first]).status, 0)
      assert.match(handOut().stderr, /^lidvae: .*ipynb is a pipe, a device or a socket, not a file.*\n$/)
    }))
})

describe('lidvae setup', () => {
  it('falls back to WebAssembly where there is no compiler, and says so', { skip: ownAddon }, () =>
    inTemporary((cwd) => {
      const tools = path.join(cwd, 'bin')
      mkdirSync(tools)
      fakeTool(tools, 'python3', "console.log('3.11.7')")
      // A download that cannot be reached, so that nothing leaves this machine.
      const env = { PATH: tools, npm_config_tfjs_binding_binary_host_mirror: 'http://127.0.0.1:9' }
      const { stdout, status } = lidvae(['setup', '--engine-only'], { cwd, env })
      assert.equal(status, 0)
      assert.match(stdout, /✗ no native engine: no C\+\+ compiler was found on PATH\. Install it/)
      assert.match(stdout, /WebAssembly instead/)
    }),
  )
})

describe('lidvae data fetch', () => {
  it('says of a proxy that is none one line, and nothing of the libraries in use', () =>
    inTemporary((cwd) => {
      for (const proxy of ['garbage', 'http://:::', 'socks5://x:1']) {
        const { stderr, status } = lidvae(['data', 'fetch', 'fashion-mnist'], {
          cwd,
          env: { https_proxy: proxy },
        })
        assert.equal(status, 1)
        assert.match(stderr, /^lidvae: HTTP_PROXY and HTTPS_PROXY must be addresses [^\n]*\n$/)
      }
    }))
})
