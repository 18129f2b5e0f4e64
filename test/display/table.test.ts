import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { inspect } from 'node:util'
import * as aq from 'arquero'
import * as lid from '../../src'
import { bundle } from '../../src/display/show'

const estimate = (value: number, standardError: number): lid.Estimate => ({
  value,
  standardError,
  estimator: 'closed form',
})

describe('table', () => {
  it('formats a column alike: integers plain, other numbers with digits, tiny ones in powers of ten', () => {
    const rows = [
      { model: 'plain', seed: 1, kl: 0.5, gap: 3.21e-9 },
      { model: 'identifiable', seed: 12, kl: 2, gap: -0 },
    ]
    assert.deepEqual(lid.table(rows, { digits: { kl: 2 } }).objects(), [
      { model: 'plain', seed: '1', kl: '0.50', gap: '3.2e-9' },
      { model: 'identifiable', seed: '12', kl: '2.00', gap: '0.000' },
    ])
  })

  it('shows estimates with their error, booleans as marks, what is missing as a dash', () => {
    const rows = [
      { ll: estimate(-1.234, 0.056), found: true },
      { ll: estimate(0.0001, 0.0001), found: false, note: 'no | bar' },
    ]
    assert.match(lid.table(rows, { digits: 2 }).toHTML(), />-1\.23\u00a0±\u00a00\.06</, 'not broken in two')
    assert.deepEqual(lid.table(rows, { digits: 2 }).objects(), [
      { ll: '-1.23 ± 0.06', found: '✓', note: '–' },
      { ll: '< 0.01', found: '✗', note: 'no | bar' },
    ])
  })

  it('chooses columns in the order asked for, and gives them headings', () => {
    const rows = [{ kl: 1.5, model: 'plain', seed: 1 }]
    assert.deepEqual(lid.table(rows, { columns: ['model', 'kl'] }).columnNames(), ['model', 'kl'])
    const named = lid.table(rows, { columns: { model: 'model', kl: '$F$ < |1|' }, digits: 1 })
    assert.deepEqual(named.objects(), [{ model: 'plain', '$F$ < |1|': '1.5' }])
    assert.equal(named.toMarkdown(), '|model|$F$ < \\|1\\||\n|:-|-:|\n|plain|1.5|\n')
    assert.match(named.toHTML(), /<th style="text-align: right;">\$F\$ &lt; \|1\|<\/th>/)
    assert.equal(inspect(named), named.toMarkdown())
  })

  it('takes an arquero table', () =>
    assert.deepEqual(lid.table(aq.table({ n: [1, 2] })).objects(), [{ n: '1' }, { n: '2' }]))

  it('is shown as HTML and text in a notebook', () => {
    const { data } = bundle(lid.table([{ model: '<b>', kl: 0.25 }]))
    const named = bundle(lid.table([{ "plain's <a>": 1 }])).data
    assert.match(String(named['text/html']), /plain&#39;s &lt;a&gt;<\/th>/, 'escaped once')
    assert.match(String(data['text/html']), /^<table>.*&lt;b&gt;.*0\.250.*<\/table>$/s)
    assert.equal(data['text/plain'], '|model|kl|\n|:-|-:|\n|<b>|0.250|\n')
  })

  it('is printed in plain Node', async () => {
    const print = mock.method(console, 'table', () => undefined)
    await lid.show(lid.table([{ kl: 0.25 }]))
    assert.deepEqual(print.mock.calls[0].arguments, [[{ kl: '0.250' }]])
    print.mock.restore()
  })

  it('says what it does not take', () => {
    const refused = (call: () => unknown, message: RegExp): void =>
      assert.throws(call, { name: 'ArgumentError', message })
    refused(() => lid.table([]), /^`rows` must be a list of at least one row, got an Array of length 0/)
    refused(() => lid.table([1] as never), /^`rows` must be a list of objects, got/)
    refused(() => lid.table([{ a: 1 }], { columns: ['b'] }), /^`columns` must be some of a, got 'b'\./)
    refused(
      () => lid.table([{ a: 1 }], { digits: 1.5 }),
      /^`digits` must be an integer from 0 to 20, got 1.5/,
    )
    refused(
      () => lid.table([{ a: { b: 1 } }]),
      /^column `a` of `rows` must be a number, .*, got an object with b/,
    )
  })
})
