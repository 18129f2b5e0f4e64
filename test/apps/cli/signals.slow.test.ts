import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { packageRoot } from '../../../src/platform/places'
import { listCheckpoints } from '../../../src/training/runFolder'
import { FIXTURES, skip as skipAudit } from '../../audit/runtime'
import { inTemporary } from '../../setup/prepareSupport'
import { skipProcesses, startTree, until, type Tree } from './tree'

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
type Signal = keyof typeof CODES

/** All signals in the large run, else one. */
const signals = (one: Signal): Signal[] =>
  process.env.LIDVAE_TEST_FULL ? (Object.keys(CODES) as Signal[]) : [one]

/** All files below a folder, without the folders. */
const filesIn = (folder: string): string[] =>
  fs.existsSync(folder)
    ? fs
        .readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => !fs.statSync(path.join(folder, name)).isDirectory())
    : []

/** A command that is ended once it is in the middle of its work. */
interface Case {
  args: string[]
  one: Signal
  skip?: string | false
  env?: (folder: string) => NodeJS.ProcessEnv
  prepare?: (folder: string) => void
  isUnderWay: (folder: string, tree: Tree) => boolean
  /** Files that may be left, beside those it found. */
  leaves?: (folder: string, name: string) => boolean
  check?: (folder: string) => void
}

/** A proxy that takes every connection and answers none: a download that never begins. */
let silent: Server
let connections = 0
const nowhere = (folder: string): NodeJS.ProcessEnv => {
  const proxy = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  return {
    LIDVAE_CACHE: path.join(folder, 'cache'),
    LIDVAE_DATA: '',
    ...{
      http_proxy: proxy,
      https_proxy: proxy,
      HTTP_PROXY: proxy,
      HTTPS_PROXY: proxy,
      NO_PROXY: '',
      no_proxy: '',
    },
  }
}

const rows = (): string =>
  ['a,b,c', ...Array.from({ length: 400 }, (_, i) => [i % 7, (i * i) % 5, (i % 3) - 1].join(','))].join('\n')

const RECORD = path.join('results', 'table', 'quick', 'synthetic-text', 'plain', 'seed-1.json')

const cases: Record<string, Case> = {
  setup: {
    args: ['setup', '--engine-only', '--force'],
    one: 'SIGHUP',
    env: nowhere,
    isUnderWay: () => connections > 0,
    leaves: () => false,
  },
  'data fetch': {
    args: ['data', 'fetch', 'fashion-mnist'],
    one: 'SIGINT',
    env: nowhere,
    isUnderWay: () => connections > 0,
    // What has arrived stays, under a name of its own, and the next download resumes there.
    leaves: (_, file) => /\/\.[^/]*\.part(\.json)?$/.test(file),
  },
  fit: {
    args: [
      'fit',
      'a.csv',
      '--latent',
      '2',
      '--hidden',
      '8',
      '--epochs',
      '100000',
      '--run',
      'run',
      '--html',
      'a.html',
    ],
    one: 'SIGTERM',
    prepare: (folder) => fs.writeFileSync(path.join(folder, 'a.csv'), rows()),
    isUnderWay: (folder) => fs.existsSync(path.join(folder, 'run', 'run.json')),
    leaves: (_, name) => name.startsWith('run/') && !/lock|\.tmp|diagnosis/.test(name),
    check: (folder) => assert.ok(listCheckpoints(path.join(folder, 'run')).length > 0),
  },
  audit: {
    args: [
      ...['audit', '--encoder', path.join(FIXTURES, 'healthy.enc.onnx')],
      ...['--decoder', path.join(FIXTURES, 'healthy.dec.onnx'), '--data', path.join(FIXTURES, 'rows.npy')],
      ...['--likelihood', 'bernoulli', '--samples', '100000', '--json', 'a.json', '--html', 'a.html'],
    ],
    one: 'SIGINT',
    skip: skipAudit,
    isUnderWay: (_, { child }) =>
      fs.readFileSync(`/proc/${child.pid}/maps`, 'latin1').includes('onnxruntime'),
    leaves: () => false,
  },
  'table --again': {
    args: ['table', '--data', 'synthetic-text', '--method', 'plain', '--again'],
    one: 'SIGHUP',
    env: (folder) => ({ TMPDIR: path.join(folder, 'tmp') }),
    prepare: (folder) => fs.mkdirSync(path.join(folder, 'tmp')),
    isUnderWay: (folder) => filesIn(path.join(folder, 'tmp')).some((name) => name.endsWith('run.json')),
    leaves: () => false,
    check: (folder) => assert.ok(!fs.existsSync(path.join(folder, RECORD))),
  },
}

// @fault tool-ended
describe('a command that is ended', { skip: skipProcesses }, () => {
  before(async () => {
    silent = createServer((socket) => {
      connections++
      socket.on('error', () => undefined)
    })
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  })
  after(() => void silent.close())

  for (const [name, { args, one, skip, env, prepare, isUnderWay, leaves, check }] of Object.entries(cases))
    for (const signal of signals(one))
      it(
        `lidvae ${name} by ${signal}: exit code ${CODES[signal]}, nothing half-written, no process left`,
        { skip: skip ?? false },
        () =>
          inTemporary(async (folder) => {
            prepare?.(folder)
            connections = 0
            const found = filesIn(folder)
            const tree = startTree(args, folder, env?.(folder))
            await until(tree, () => isUnderWay(folder, tree))
            tree.child.kill(signal)
            const { code, left } = await tree.ended
            assert.deepEqual([code, left], [CODES[signal], []], tree.said())
            assert.doesNotMatch(tree.said(), /\n +at /)
            const more = filesIn(folder).filter((file) => !found.includes(file) && !leaves?.(folder, file))
            assert.deepEqual(more, [])
            check?.(folder)
          }),
      )

  // @fault terminal
  it(
    'lidvae setup by Ctrl-C in a terminal: the cursor and the wrapping of lines are as before',
    { skip: !fs.existsSync('/usr/bin/script') && 'there is no command script, which makes a terminal' },
    () =>
      inTemporary(async (folder) => {
        connections = 0
        const command = `${process.execPath} ${path.join(packageRoot(), 'bin', 'lidvae.js')} setup --engine-only --force`
        const terminal = spawn('/usr/bin/script', ['-qec', command, '/dev/null'], {
          cwd: folder,
          env: { ...process.env, ...nowhere(folder) },
          stdio: ['pipe', 'pipe', 'inherit'],
        })
        let shown = ''
        terminal.stdout.on('data', (part: Buffer) => (shown += String(part)))
        const ended = new Promise((resolve) => terminal.once('exit', resolve))
        while (connections === 0 && terminal.exitCode === null)
          await new Promise((resolve) => setTimeout(resolve, 50))
        terminal.stdin.write('\x03')
        assert.equal(await ended, CODES.SIGINT, shown)
        const modes = shown.split('\x1b[?').flatMap((text) => [/^(\d+)([hl])/.exec(text) ?? []])
        const last = new Map(modes.map(([, mode, set]) => [mode, set]))
        const now = ['25', '7'].map((mode) => last.get(mode) ?? 'h')
        assert.deepEqual(now, ['h', 'h'], JSON.stringify(shown))
        assert.match(shown, /download/)
      }),
  )
})
