import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { packageRoot } from '../../src/platform/places'
import { jupyterState, kernelState } from '../../src/setup/jupyter'
import { type RunEvent, notebooksIn, outputFor, runNotebook } from '../../src/runner/run'
import { inTemporary } from '../setup/prepareSupport'

const ready = jupyterState().ready && kernelState().installed
const skip = !ready && 'the project’s Jupyter is not prepared: run npx lidvae setup'
const fixture = (name: string) => path.join(packageRoot(), 'test', 'fixtures', 'notebooks', `${name}.ipynb`)

interface Output {
  output_type: string
  text?: string[]
  ename?: string
  evalue?: string
}
type Cell = { cell_type: string; execution_count?: number | null; outputs?: Output[] }

/** Runs a fixture through the real kernel; returns what was told and what was written. */
async function ran(name: string, html = false, keepGoing = false) {
  return inTemporary(async (folder) => {
    const out = path.join(folder, 'deep', `${name}.ipynb`)
    const page = path.join(folder, 'deep', `${name}.html`)
    const events: RunEvent[] = []
    const onEvent = (event: RunEvent) => void events.push(event)
    const good = await runNotebook(fixture(name), {
      out,
      ...(html && { html: page }),
      size: 'quick',
      keepGoing,
      onEvent,
    })
    const { cells } = JSON.parse(readFileSync(out, 'utf8')) as { cells: Cell[] }
    const failed = events.find((one): one is RunEvent & { event: 'failed' } => one.event === 'failed')
    return {
      good,
      events,
      failed,
      message: failed?.traceback.join('\n') ?? '',
      code: cells.filter((cell) => cell.cell_type === 'code'),
      page: html ? readFileSync(page, 'utf8') : '',
      files: readdirSync(path.join(folder, 'deep')).sort(),
    }
  })
}

const notebookOf = (sources: readonly string[]) => ({
  cells: sources.map((source) => ({
    cell_type: 'code',
    execution_count: null,
    metadata: {},
    outputs: [],
    source,
  })),
  metadata: { kernelspec: { name: 'tslab', display_name: 'TypeScript', language: 'typescript' } },
  nbformat: 4,
  nbformat_minor: 4,
})

const printed = (cell: Cell) => (cell.outputs ?? []).flatMap((one) => one.text ?? []).join('')

describe('a notebook run headless through the tslab kernel', { skip, concurrency: 2 }, () => {
  it('runs to its end, with numbered cells, headings, folder and size', async () => {
    const { good, events, code, files } = await ran('good')
    assert.equal(good, true)
    assert.deepEqual(
      code.map((cell) => cell.execution_count),
      [1, 2, 3],
    )
    assert.equal(printed(code[0]), '2\n')
    assert.match(printed(code[1]), /^notebooks quick\n/)
    assert.match(printed(code[1]), /\n\S+ \/\S+\n$/, 'the cache is absolute')
    assert.deepEqual(
      events.flatMap((one) => (one.event === 'cell' ? [one.title] : [])),
      ['A small notebook', 'Reading the environment', 'Reading the environment'],
    )
    assert.deepEqual(files, ['good.ipynb'])
  })

  it('finds a package that is installed while the notebook is open', async () => {
    const { good, message, code } = await ran('installed')
    assert.equal(message, '')
    assert.equal(good, true)
    assert.equal(printed(code[2]), '8\n')
  })

  it('knows names of properties from variables of earlier cells, in destructuring too', async () => {
    const { message, code } = await ran('names')
    assert.equal(message, '')
    assert.equal(printed(code[1]), '3 first 1\nfirst 1\n1 3\n3 7\n')
  })

  it('names the cell, the line the person wrote and the error when a cell throws', async () => {
    const { good, failed, message, code } = await ran('throws')
    assert.equal(good, false)
    assert.equal(failed?.number, 2)
    assert.equal(failed?.title, 'The box')
    assert.match(
      message,
      /cell 1, line 4:\n\s+if \(box\.size > 1\) throw new RangeError\("the box is too large"\)/,
    )
    assert.match(message, /\nRangeError: the box is too large\n/)
    assert.match(message, /at open \(cell 1, line 4\)\n\s+at cell 2, line 4$/)
    assert.doesNotMatch(message, /tslab|node:vm|evalmachine/)
    assert.equal(code[1].outputs?.at(-1)?.output_type, 'error')
    assert.equal(code[2].execution_count, null, 'what comes after is not run')
  })

  it('shows a type error at its line', async () => {
    const { good, failed, message } = await ran('typeError')
    assert.equal(good, false)
    assert.equal(failed?.number, 2)
    assert.match(
      message,
      /cell 2, line 3:\n\s+const wrong: string = p\.x\nType 'number' is not assignable to type 'string'\./,
    )
  })

  it('fails for a rejection that nobody awaits', async () => {
    const { good, failed, message, code } = await ran('floating')
    assert.equal(good, false)
    assert.equal(failed?.number, 2)
    assert.match(message, /a promise without await was rejected: Error: nobody awaits me/)
    assert.match(printed(code[1]), /goes on/)
  })

  it('fails for one that comes after the last cell, and names the cell it began in', async () => {
    const { good, failed, message, code } = await ran('floatingLate')
    assert.equal(good, false)
    assert.equal(failed?.number, 1)
    assert.match(message, /it began in cell 1\): Error: too late/)
    assert.equal(code[0].outputs?.at(-1)?.ename, 'Error')
  })

  it('does not wait for ever where such a rejection is why the cell hangs', async () => {
    const { good, message } = await ran('hangs')
    assert.equal(good, false)
    assert.match(message, /the reason it hangs/)
  })

  it('takes a rejection that is handled later for what it is', async () => {
    const { good, code } = await ran('handledLater')
    assert.equal(good, true)
    assert.equal(printed(code[0]), 'caught caught in the end\n')
  })

  it('says that the kernel ended when a cell calls process.exit', async () => {
    const { good, failed, message, code } = await ran('exits')
    assert.equal(good, false)
    assert.equal(failed?.number, 2)
    assert.equal(failed?.title, 'The end')
    assert.match(message, /the kernel ended while this cell ran/)
    assert.equal(code[0].execution_count, 1, 'what ran before is kept')
  })

  it('loses no line and no display, however many are sent at once', async () => {
    const { good, code } = await ran('prints')
    assert.equal(good, true)
    const lines = (name: string) => Array.from({ length: 3000 }, (_, i) => `${name} ${i}\n`).join('')
    assert.equal(printed(code[0]), lines('line'))
    assert.equal(printed(code[1]), lines('single'))
    assert.equal(code[2].outputs?.length, 500)
    assert.equal(printed(code[3]), 'the last cell\n')
  })

  // @fault prints-on
  it('keeps a million characters of what a cell prints and 50 million of what it shows, and says what more there was', () =>
    inTemporary(async (folder) => {
      const file = path.join(folder, 'talkative.ipynb')
      const prints = "for (let i = 0; i < 30; i++) console.log('x'.repeat(99_999))"
      const shows =
        "import { display } from 'tslab'\nfor (let i = 0; i < 12; i++) display.html('x'.repeat(9e6))"
      writeFileSync(file, JSON.stringify(notebookOf([prints, "console.log('after')", shows])))
      const out = path.join(folder, 'out', 'talkative.ipynb')
      assert.equal(await runNotebook(file, { out, onEvent: () => undefined }), true)
      const [first, second, third] = (JSON.parse(readFileSync(out, 'utf8')) as { cells: Cell[] }).cells
      const [kept, note] = printed(first).split('\n… ')
      assert.equal(kept, `${'x'.repeat(99_999)}\n`.repeat(10))
      assert.equal(note, '2,000,000 more characters that this cell printed are not kept.\n')
      assert.equal(printed(second), 'after\n')
      assert.equal(third.outputs!.filter((one) => one.output_type === 'display_data').length, 5)
      assert.equal(printed(third), '\n… 7 more charts or tables that this cell showed are not kept.\n')
    }))

  for (const [what, code, limits, why] of [
    [
      'a cell that waits for ever',
      'await new Promise((resolve) => setTimeout(resolve, 1e9))',
      { timeout: 2 },
      /^this cell ran for more than 2 s \(--timeout\)$/m,
    ],
    [
      'a cell that never yields',
      'while (true) {}',
      { timeout: 2 },
      /^this cell ran for more than 2 s \(--timeout\)$/m,
    ],
    [
      'a notebook that takes too long',
      'await new Promise((resolve) => setTimeout(resolve, 1e9))',
      { totalTimeout: 15 },
      /^the notebook ran for more than 15 s \(--total-timeout\)$/m,
    ],
  ] as const)
    // @fault never-ends
    it(`ends ${what}, says why, and keeps what ran before`, () =>
      inTemporary(async (folder) => {
        const file = path.join(folder, 'endless.ipynb')
        const notebook = notebookOf(["console.log('before')", code, "console.log('after')"])
        writeFileSync(file, JSON.stringify(notebook))
        const out = path.join(folder, 'out', 'endless.ipynb')
        const events: RunEvent[] = []
        const good = await runNotebook(file, { out, ...limits, onEvent: (event) => void events.push(event) })
        assert.equal(good, false)
        const failed = events.find((one): one is RunEvent & { event: 'failed' } => one.event === 'failed')
        assert.ok(failed, JSON.stringify(events))
        assert.match(failed.traceback.join('\n'), why)
        const ran = (JSON.parse(readFileSync(out, 'utf8')) as { cells: Cell[] }).cells
        assert.equal(printed(ran[0]), 'before\n')
        assert.deepEqual(ran[2].outputs, [])
      }))

  it('goes on after cells that fail where it is asked to, and still fails', async () => {
    const { good, events, code } = await ran('throwsTwice', false, true)
    assert.equal(good, false)
    assert.deepEqual(
      events.flatMap((one) =>
        one.event === 'failed' || one.event === 'done' ? [`${one.event} ${one.number}`] : [],
      ),
      ['failed 1', 'failed 2', 'done 3'],
    )
    assert.equal(printed(code[2]), 'went on\n')
  })

  it('writes a page with charts as pictures and formulas that are set, which asks no other host', async () => {
    const { good, page, files } = await ran('chart', true)
    assert.equal(good, true)
    assert.deepEqual(files, ['chart.html', 'chart.ipynb'])
    const [, data] = /<img[^>]+src="data:image\/svg\+xml;base64,([^"]+)"/.exec(page) ?? []
    assert.match(Buffer.from(data ?? '', 'base64').toString(), /<rect width="40" height="20" fill="teal"/)
    assert.equal(page.match(/class="katex"/g)?.length, 2)
    assert.doesNotMatch(page, /<(script|link|img|iframe)[^>]*(src|href)="(https?:)?\/\/|\bimport\(/)
  })

  it('refuses what is no notebook, in one line, and writes nothing', async () => {
    await inTemporary(async (folder) => {
      const file = path.join(folder, 'broken.ipynb')
      writeFileSync(file, '{ "cells": [')
      const out = path.join(folder, 'out.ipynb')
      await assert.rejects(runNotebook(file, { out }), /broken\.ipynb: it is not a notebook/)
      assert.equal(existsSync(out), false)
      await assert.rejects(runNotebook(path.join(folder, 'none.ipynb'), { out }), /there is no such notebook/)
    })
  })
})

describe('notebooksIn and outputFor', () => {
  it('finds notebooks in folders, without checkpoints, and keeps their place', () => {
    const root = path.join(packageRoot(), 'test', 'fixtures', 'notebooks')
    const names = notebooksIn(root).map((file) => path.basename(file))
    assert.ok(names.includes('good.ipynb') && names.every((name) => name.endsWith('.ipynb')))
    assert.deepEqual(notebooksIn(path.join(root, 'none')), [])
    const inside = path.join(packageRoot(), 'notebooks', 'paper', 'figure.ipynb')
    assert.equal(outputFor(inside, '/out'), path.join('/out', 'paper', 'figure.ipynb'))
  })

  it('keeps apart what two people handed in under one name', () => {
    const [anna, ben] = ['anna', 'ben'].map((name) => outputFor(`/elsewhere/${name}/lab.ipynb`, '/out'))
    assert.deepEqual(
      [anna, ben],
      [path.join('/out', 'anna', 'lab.ipynb'), path.join('/out', 'ben', 'lab.ipynb')],
    )
    const below = path.resolve('hand-ins', 'anna', 'lab.ipynb')
    assert.equal(outputFor(below, '/out'), path.join('/out', 'hand-ins', 'anna', 'lab.ipynb'))
    assert.equal(outputFor(path.resolve('mine.ipynb'), '/out'), path.join('/out', 'mine.ipynb'))
  })
})
