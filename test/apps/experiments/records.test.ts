import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import * as lid from '../../../src'
import { readAtPlain } from '../../../src/apps/experiments/table/runCell'

const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-records-'))

describe('records', () => {
  after(() => rmSync(folder, { recursive: true }))

  it('of texts come plain first, by seed', () => {
    const records = lid.experiments.textRecords()
    assert.deepEqual(
      records.slice(0, 6).map(({ method, seed }) => `${method} ${seed}`),
      ['plain 1', 'plain 2', 'plain 3', 'lid 1', 'lid 2', 'lid 3'],
    )
    for (const { metrics, curve, epochs, certificate } of records) {
      assert.ok(Number.isFinite(metrics.ll.value) && metrics.probe)
      assert.equal(curve.length, epochs)
      assert.ok(certificate.constant >= 0)
    }
    for (const data of ['yelp', 'yahoo'] as const)
      assert.deepEqual(
        lid.experiments.textRecords({ data }).map(({ method }) => method),
        ['plain', 'lid'],
      )
  })

  it('of strong decoders come plain first, by seed, and keep every unit where z is identifiable', () => {
    for (const data of ['fashion-mnist', 'omniglot'] as const) {
      const records = lid.experiments.strongRecords({ data })
      assert.deepEqual(
        records.slice(0, 6).map(({ method, seed }) => `${method} ${seed}`),
        ['plain 1', 'plain 2', 'plain 3', 'lid 1', 'lid 2', 'lid 3'],
      )
      for (const { method, metrics, certificate } of records) {
        assert.equal(certificate > 0, method.startsWith('lid'), method)
        if (method === 'lid') assert.ok(metrics.au.value === 1 && metrics.kl.value > 2)
      }
    }
    assert.throws(() => lid.experiments.strongRecords({ data: 'mnist' as 'omniglot' }), /'fashion-mnist', /)
  })

  it('of the pinwheel have every metric', () => {
    const records = lid.experiments.pinwheelRecords()
    assert.deepEqual([...new Set(records.map(({ part }) => part))], ['pair', 'ablations', 'curve'])
    assert.equal(lid.experiments.pinwheelRecords({ parts: ['pair'] }).length, 9)
    for (const { metrics, steps, hidden } of records) {
      assert.ok(metrics.ll.value < 0 && metrics.mi.value >= 0 && metrics.quadratureError < 0.05)
      assert.ok(steps > 0 && hidden > 0)
    }
  })

  it('of flexibility have a truth: as a gap, or as a record of its own', () => {
    for (const { metrics } of lid.experiments.flexibilityRecords())
      assert.ok(Math.abs(metrics.truth!.value - metrics.ll.value - metrics.gap!.value) < 1e-9)
    assert.deepEqual(
      lid.experiments.flexibilityRecords({ data: 'fashion-mnist' }).map(({ method }) => method),
      ['truth', 'plain', 'lid'],
    )
  })

  it('are none where a folder has none', () =>
    assert.deepEqual(lid.experiments.pinwheelRecords({ results: folder }), []))

  it('of a measurement on the way are refused where they are none', () => {
    const file = path.join(folder, 'at-plain.json')
    for (const text of ['', 'null', '{"metrics": 1}', '['.repeat(1e6)]) {
      writeFileSync(file, text)
      const message = `${file} is not what was written there. Delete it, and it is measured again.`
      assert.throws(() => readAtPlain(file), { name: 'DataError', message })
    }
    rmSync(file)
  })

  it('that are none are refused by the name of their file', () => {
    const refused = (text: string, message: RegExp): void => {
      mkdirSync(path.join(folder, 'yelp'), { recursive: true })
      writeFileSync(path.join(folder, 'yelp', 'a.json'), text)
      assert.throws(() => lid.experiments.textRecords({ data: 'yelp', results: folder }), {
        name: 'DataError',
        message,
      })
    }
    refused('{"seed": 1, "metrics": {"ll": {}}}', /a\.json: is not a record of this kind: it has no elbo, /)
    refused(
      '{"seed": 1, "metrics": {"ll": null, "elbo": {}}}',
      /a\.json: is not a record of this kind: it has no ll, /,
    )
    refused('no JSON', /a\.json: is not a record of this kind: it has no ll, /)
    refused('null', /a\.json: is not a record/)
  })

  it('that do not exist are refused', () => {
    assert.throws(
      () => lid.experiments.textRecords({ data: 'news' as never }),
      /^ArgumentError: `data` must be /,
    )
    assert.throws(
      () => lid.experiments.pinwheelRecords({ parts: ['all' as never] }),
      /^ArgumentError: `parts` must be /,
    )
    assert.throws(
      () => lid.experiments.flexibilityRecords({ data: 'yelp' as never }),
      /^ArgumentError: `data` must be /,
    )
    assert.throws(() => lid.experiments.pinwheelRecords({ results: 'nowhere' }), /^DataError: results: /)
  })
})
