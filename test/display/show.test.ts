import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import { inspect, promisify } from 'node:util'
import * as aq from 'arquero'
import { PNG } from 'pngjs'
import { ArgumentError, DataError } from '../../src/base/errors'
import { save } from '../../src/display/save'
import { bundle, show, showLive } from '../../src/display/show'
import { table } from '../../src/display/table'
import { example, examples } from '../plots/examples'

interface Message {
  data: Record<string, unknown>
  metadata: Record<string, { width: number; height: number }>
  transient: { display_id?: string }
}

const fake = (file: string, exports: object) => {
  const filename = path.join(tmpdir(), 'node_modules', 'tslab', 'dist', file)
  require.cache[filename] = { filename, exports } as unknown as NodeModule
  return () => delete require.cache[filename]
}

describe('show in a notebook', () => {
  let sent: { message: Message; update: boolean }[] = []
  let remove: () => void
  beforeEach(() => {
    sent = []
    remove = fake('jupyter.js', {
      lastWriteDisplayData: (message: Message, update: boolean) => sent.push({ message, update }),
    })
  })
  afterEach(() => remove())

  it('sends one bundle, before it returns', async () => {
    const spec = example('comparison')
    const shown = show(spec)
    assert.equal(sent.length, 1, 'also where the await was forgotten')
    await shown
    const [{ message, update }] = sent
    assert.equal(update, false)
    assert.deepEqual(Object.keys(message.data).sort(), [
      'application/vnd.vegalite.v5+json',
      'image/png',
      'image/svg+xml',
      'text/plain',
    ])
    assert.equal(message.data['application/vnd.vegalite.v5+json'], spec, 'an object, not text')
    assert.match(String(message.data['image/svg+xml']), /^<svg .*Log-likelihood/)
    assert.equal(message.data['text/plain'], '[Chart: Log-likelihood of held-out data]')
    const png = PNG.sync.read(Buffer.from(String(message.data['image/png']), 'base64'))
    assert.ok(Math.abs(png.width - message.metadata['image/png'].width * (4 / 3)) <= 1)
  })

  it('shows a table as HTML and text, and says what it leaves out', async () => {
    await show(aq.table({ n: Array.from({ length: 60 }, (_, i) => i), name: new Array(60).fill('<x>') }))
    const { data } = sent[0].message
    assert.match(String(data['text/html']), /<table>.*&lt;x&gt;.*<p>… 10 more rows<\/p>$/s)
    assert.match(String(data['text/plain']), /\|n\|name\|[^]*… 10 more rows$/)
  })

  it('shows text as Markdown', async () => {
    await show('**0.02** nats')
    assert.deepEqual(sent[0].message.data, {
      'text/markdown': '**0.02** nats',
      'text/plain': '**0.02** nats',
    })
  })

  it('sends at most ten in one go, and loses none', async () => {
    const all = Array.from({ length: 40 }, (_, i) => show(`${i}`))
    assert.equal(sent.length, 10)
    await Promise.all(all)
    assert.deepEqual(
      sent.map(({ message }) => message.data['text/plain']),
      Array.from({ length: 40 }, (_, i) => `${i}`),
    )
    await show('after')
    assert.equal(sent.length, 41)
  })

  it('prints nothing where a cell ends in show without await', async () => {
    const shown = show('x')
    assert.equal(inspect(shown), '')
    await shown
  })

  it('refuses at once what it cannot show', () => {
    for (const wrong of [{ a: 1 }, null, undefined, 3, [1]])
      assert.throws(
        () => show(wrong as never),
        (e: Error) => e instanceof ArgumentError && /`item` must be/.test(e.message),
      )
    assert.equal(sent.length, 0)
  })

  it('replaces what was shown under the same id', () => {
    assert.equal(showLive(bundle(example('trainingOne'), false), 'live', true), true)
    assert.deepEqual(sent[0].message.transient, { display_id: 'live' })
    assert.equal(sent[0].update, true)
    assert.equal(sent[0].message.data['image/png'], undefined)
  })

  it('keeps a notebook with fifteen charts under 1 MB', () => {
    const sizes = Object.keys(examples).map((name) => JSON.stringify(bundle(example(name))).length)
    assert.ok(sizes.length >= 12)
    const mean = sizes.reduce((a, b) => a + b) / sizes.length
    assert.ok(15 * mean < 1e6, `${mean} bytes a chart`)
  })

  it('takes tslab’s public way where its inner one is gone', async () => {
    remove()
    const raw = mock.fn()
    remove = fake('public.js', { display: { raw } })
    await show('text')
    assert.deepEqual(raw.mock.calls[0].arguments, ['text/markdown', 'text'])
  })
})

describe('outside a notebook', () => {
  let folder = ''
  const before = process.cwd()
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'lidvae-show-'))
    process.chdir(folder)
  })
  afterEach(async () => {
    process.chdir(before)
    await rm(folder, { recursive: true })
  })

  it('show writes files and says where, also for two charts of one name', async () => {
    const log = mock.method(console, 'log', () => undefined)
    await show(example('comparison'))
    await show(example('comparison'))
    log.mock.restore()
    assert.deepEqual(
      (await readdir('out')).sort(),
      ['', '-2']
        .flatMap((n) => ['.png', '.svg'].map((end) => `log-likelihood-of-held-out-data${n}${end}`))
        .sort(),
    )
    const said = String(log.mock.calls[0].arguments[0])
    assert.match(said, /^Log-likelihood of held-out data: .*\.png/)
    assert.equal(showLive({ data: {}, metadata: {} }, 'x', false), false)
  })

  it('save writes each format', async () => {
    const spec = example('collapseOne')
    for (const ending of ['svg', 'png', 'html', 'json'])
      assert.equal(save(spec, `a/b.${ending}`), path.resolve(`a/b.${ending}`))
    assert.deepEqual(JSON.parse(await readFile('a/b.json', 'utf8')), spec)
    assert.match(await readFile('a/b.svg', 'utf8'), /^<svg .*<\/svg>$/s)
    assert.equal(PNG.sync.read(await readFile('a/b.png')).width > 1000, true)
    const page = await readFile('a/b.html', 'utf8')
    assert.doesNotMatch(page, /(src|href)="https?:/, 'needs no network')
    assert.equal((page.match(/<script>/g) ?? []).length, (page.match(/<\/script>/g) ?? []).length)
    assert.deepEqual((await readdir('a')).length, 4, 'nothing partial stays')
  })

  it('save writes a table as CSV or Arrow', async () => {
    const table = aq.table({ row: [0, 1], z: [0.25, -1e-7] })
    const csv = save(table, 'tables/codes.csv')
    const arrow = save(table, 'tables/codes.arrow')
    for (const read of [
      aq.fromCSV(await readFile(csv, 'utf8')),
      aq.fromArrow(new Uint8Array(await readFile(arrow))),
    ])
      assert.deepEqual(read.objects(), table.objects())
    assert.throws(
      () => save(table, 'codes.xlsx'),
      /^ArgumentError: `file` must be a path ending in \.csv or \.arrow/,
    )
  })

  it('save says what is wrong', async () => {
    await writeFile('file', '')
    assert.throws(
      () => save(example('comparison'), 'a.pdf'),
      /`file` must be a path ending in .*, got 'a.pdf'/,
    )
    assert.throws(
      () => save(example('comparison'), 'file/a.svg'),
      (e: Error) =>
        e instanceof DataError && /cannot be written/.test(e.message) && !e.message.includes('\n'),
    )
    assert.throws(() => save({ $schema: 'x' }, 'b.svg'), ArgumentError)
    assert.throws(
      () => save(table([{ kl: 1 }]), 'a.csv'),
      /`what` must be a model, a chart or an arquero table, got .*aq\.from\(rows\)/,
    )
    for (const nothing of [undefined, [{ kl: 1 }], Promise.resolve()])
      assert.throws(() => save(nothing as never, 'a.csv'), /`what` must be/)
    assert.deepEqual(await readdir('.'), ['file'])
  })
})

/** Runs a notebook through tslab's own kernel and prints it as JSON. */
const runner = `
import json, sys, nbformat
from nbclient import NotebookClient
cells = json.loads(sys.argv[1])
nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
NotebookClient(nb, kernel_name='lidvae-test', timeout=300, raise_on_iopub_timeout=True).execute()
print(json.dumps([c.outputs for c in nb.cells]))
`
const root = path.join(__dirname, '..', '..')
const python = path.join(root, '.venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')

interface Output {
  output_type: string
  text?: string
  data?: Record<string, unknown>
}

describe(
  'show in a real tslab kernel',
  { skip: !existsSync(python) && 'no Jupyter: run lidvae setup' },
  () => {
    it('every viewer gets its format, a forgotten await too, and a loop loses nothing', async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'lidvae-kernel-'))
      try {
        const kernel = path.join(folder, 'kernels', 'lidvae-test')
        await mkdir(kernel, { recursive: true })
        const tslab = path.join(root, 'node_modules', 'tslab', 'bin', 'tslab')
        const argv = [process.execPath, tslab, 'kernel', '--config-path={connection_file}']
        await writeFile(
          path.join(kernel, 'kernel.json'),
          JSON.stringify({ argv, display_name: 'test', language: 'typescript' }),
        )
        const file = (name: string) => JSON.stringify(path.join(root, name))
        const cells = [
          `require(${file('node_modules/tsx/dist/cjs/index.cjs')})
         const { show } = require(${file('src/display/show.ts')})
         const { example } = require(${file('test/plots/examples.ts')})
         show(example('comparison'))`,
          'await null; for (let i = 0; i < 150; i++) await show(`line ${i}`)',
          'try { show({ a: 1 }) } catch (error) { console.log(String(error)) }',
        ]
        const { stdout } = await promisify(execFile)(python, ['-c', runner, JSON.stringify(cells)], {
          cwd: root,
          env: { ...process.env, JUPYTER_PATH: folder },
          maxBuffer: 1e8,
        })
        const [charts, lines, wrong] = JSON.parse(stdout) as Output[][]
        const shown = charts.filter((output) => output.output_type === 'display_data')
        assert.equal(shown.length, 1)
        assert.deepEqual(Object.keys(shown[0].data ?? {}).sort(), [
          'application/vnd.vegalite.v5+json',
          'image/png',
          'image/svg+xml',
          'text/plain',
        ])
        assert.equal(charts.filter((output) => output.text?.includes('Promise')).length, 0)
        assert.deepEqual(
          lines.map((output) => output.data?.['text/plain']),
          Array.from({ length: 150 }, (_, i) => `line ${i}`),
        )
        assert.match(
          wrong[0].text ?? '',
          /^ArgumentError: `item` must be a chart of lid\.plots, .*, got an object with a/,
        )
      } finally {
        await rm(folder, { recursive: true })
      }
    })
  },
)
