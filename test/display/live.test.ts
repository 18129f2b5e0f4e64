import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Writable } from 'node:stream'
import { afterEach, before, beforeEach, describe, it } from 'node:test'
import { NumericalError } from '../../src/base/errors'
import { showTrainings, shownIn } from '../../src/display/live'
import { ProgressLine } from '../../src/display/progressLine'
import type { Watch } from '../../src/display/watch'
import { readWeights } from '../../src/models/weights'
import { fit } from '../../src/training/fit'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { dataFor, variants } from '../support/models'

interface Sent {
  data: Record<string, unknown>
  transient: { display_id: string }
  update: boolean
}

const chart = 'application/vnd.vegalite.v5+json'
const build = () => variants.find(({ title }) => title === 'gmvae, bernoulli, q(w|x) q(z|x)')!.build()
const data = dataFor('bernoulli', 60)
const options = { epochs: 6, batchSize: 10, validation: dataFor('bernoulli', 40) }

onEachEngine('a training shown as it happens', () => {
  before(showTrainings)

  describe('in a notebook', () => {
    let sent: Sent[] = []
    const filename = path.join(tmpdir(), 'node_modules', 'tslab', 'dist', 'jupyter.js')
    beforeEach(() => {
      sent = []
      const lastWriteDisplayData = (message: Sent, update: boolean) => sent.push({ ...message, update })
      require.cache[filename] = { filename, exports: { lastWriteDisplayData } } as unknown as NodeModule
    })
    afterEach(() => delete require.cache[filename])

    it('sends a bar and a chart in place, the final state with a picture, and changes no bit', async () => {
      const model = build()
      const plain = build()
      const history = await expectNoLeaks(() => fit(model, data, options))
      const before = await fit(plain, data, { ...options, verbose: false })
      assert.deepEqual(readWeights(model), readWeights(plain))
      assert.deepEqual(
        history.rows.map(({ loss }) => loss),
        before.rows.map(({ loss }) => loss),
      )
      const ids = [...new Set(sent.map(({ transient }) => transient.display_id))]
      assert.equal(ids.length, 2)
      for (const id of ids) {
        const own = sent.filter(({ transient }) => transient.display_id === id)
        assert.deepEqual(
          own.map(({ update }) => update),
          own.map((_, i) => i > 0),
          'shown once, then replaced',
        )
      }
      const bars = sent.filter(({ data }) => 'text/html' in data)
      const charts = sent.filter(({ data }) => chart in data)
      assert.match(String(bars[0].data['text/html']), /<progress max="36" value="0"/)
      assert.match(String(bars.at(-1)!.data['text/html']), /<progress max="36" value="36"/)
      assert.match(
        String(bars.at(-1)!.data['text/plain']),
        /^gmvae · done · epoch 6 of 6 · 36 of 36 steps · /,
      )
      assert.ok('image/png' in charts.at(-1)!.data)
      assert.ok(
        charts.slice(0, -1).every(({ data }) => !('image/png' in data)),
        'pictures only at the end',
      )
      model.dispose()
      plain.dispose()
    })

    it('says where it was stopped', async () => {
      const stop = new AbortController()
      const onStep = (step: number) => step === 9 && stop.abort()
      const model = build()
      await fit(model, data, { ...options, signal: stop.signal, onStep: (step) => void onStep(step) })
      const words = String(sent.filter(({ data }) => 'text/html' in data).at(-1)!.data['text/plain'])
      assert.match(
        words,
        /stopped; the model can be used and trained further · epoch 1.5 of 6 · 9 of 36 steps/,
      )
      model.dispose()
    })

    it('says at a NaN what happened and what to try', async () => {
      const broken = dataFor('bernoulli', 60)
      broken.x[40 * data.dim] = NaN
      const model = build()
      await assert.rejects(() => fit(model, broken, options), NumericalError)
      const words = String(sent.filter(({ data }) => 'text/html' in data).at(-1)!.data['text/plain'])
      assert.match(words, /gmvae · ended by an error .*\n?.*⚠ .*the data of this batch.*correct that row/s)
      model.dispose()
    })

    it('shows nothing where nothing is wanted', async () => {
      const model = build()
      await fit(model, data, { ...options, verbose: false })
      assert.deepEqual(sent, [])
      model.dispose()
    })
  })

  it('updates at most every so often, less often where it is slow, and at the end in any case', async () => {
    let clock = 0
    const shows: { at: number; last: boolean; done: number }[] = []
    const view = {
      every: 250,
      show: (watch: Watch, last: boolean) => {
        shows.push({ at: clock, last, done: watch.pace.done })
        clock += 50
      },
    }
    const model = build()
    const observer = shownIn(view, () => clock)
    await fit(model, data, { ...options, observer, onStep: () => void (clock += 100) })
    const gaps = shows.slice(1, -1).map(({ at }, i) => at - shows[i].at)
    assert.ok(gaps.length > 3 && gaps.every((gap) => gap >= 500), `${gaps.join(' ')}`)
    assert.deepEqual([shows.at(-1)!.last, shows.at(-1)!.done], [true, 36])
    model.dispose()
  })

  it('goes on with the curve of what was done before', async () => {
    let watched: Watch | undefined
    const observer = shownIn({ every: 0, show: (watch) => void (watched = watch) })
    const stop = new AbortController()
    const model = build()
    const history = await fit(model, data, {
      ...options,
      verbose: false,
      signal: stop.signal,
      onEpoch: ({ epoch }) => void (epoch === 2 && stop.abort()),
    })
    await fit(model, data, { ...options, resume: history, observer })
    const [loss] = watched!.curves.panels
    assert.deepEqual(
      loss.lines.map(({ name, points }) => [name, points.length, points[0].epoch]),
      [
        ['training', 2 + 24, 1],
        ['validation', 6, 1],
      ],
    )
    model.dispose()
  })

  it('is one line in a terminal, and a line at the end', async () => {
    let text = ''
    const terminal = Object.assign(
      new Writable({ write: (chunk, _, done) => ((text += String(chunk)), done()) }),
      { isTTY: true, columns: 200 },
    ) as unknown as NodeJS.WriteStream
    const model = build()
    await fit(model, data, { ...options, observer: shownIn(new ProgressLine(terminal)) })
    // eslint-disable-next-line no-control-regex
    const lines = text.replace(/\x1b\[[\d?]*[A-Za-z]/g, '\r').split('\n')
    assert.equal(lines.length, 2, text)
    assert.match(
      lines[0],
      /\r\W*gmvae · done · epoch 6 of 6 · 36 of 36 steps · .* · loss [\d.]+ nats · KL z /,
    )
    model.dispose()
  })
})
