import assert from 'node:assert/strict'
import { EVALUATION_VERSION } from '../../../../src/metrics/evaluation'
import { describe, it } from 'node:test'
import * as lid from '../../../../src'
import type { CellRecord } from '../../../../src/apps/experiments/table/record'
import { toSvg } from '../../../../src/display/render'

const { tableRows, tableInMarkdown, tableTradeOff, tableCurves, tableClaims, tableClaimsInMarkdown } =
  lid.experiments

/** A record of two epochs; the rest is beside the point. */
function record(method: string, mi: number, about: Partial<CellRecord> = {}): CellRecord {
  const values = { au: mi > 0.5 ? 1 : 0, kl: mi, mi, ll: -240 + mi }
  const metrics = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { value, standardError: 0.1, estimator: 'given' }]),
  )
  const curve = [1, 2].map((epoch) => ({
    epoch,
    loss: 0,
    reconstruction: -240 + epoch,
    klZ: 10 * epoch,
    klW: mi * epoch,
  }))
  const made = {
    data: 'fashion-mnist',
    model: 'gmvae',
    method,
    size: 'quick',
    seed: 1,
    variable: 'w' as const,
  }
  const run = { metrics, verdict: [], epochs: 2, updates: 400, seconds: 9, memory: 1, engine: 'wasm', curve }
  const rule = { rule: 2, converged: true }
  const origin = { versions: {}, machine: {}, dataChecksum: 'none', commit: 'none', command: 'none' }
  return { ...made, ...run, ...rule, ...origin, evaluation: EVALUATION_VERSION, ...about }
}

const records = [record('plain', 0), record('sa-vae', 0, { updates: 100, seconds: 27 }), record('lid', 1.5)]
const ofPlain = record('plain', 0)
const au01 = { value: 0.25, standardError: 0, estimator: 'given' }
const omniglot: CellRecord = {
  ...ofPlain,
  data: 'omniglot',
  variable: 'z',
  metrics: { ...ofPlain.metrics, au01 },
}

describe('the table in a notebook', () => {
  const rows = tableRows(records)

  it('is a Markdown table a data set, the paper beside it', () => {
    const [title, , head, rule, ...lines] = tableInMarkdown(rows).split('\n')
    assert.match(
      title,
      /^\*\*Fashion-MNIST\*\*: Gaussian mixture, K 10, .* 2,000 images; AU, KL and MI about w\.$/,
    )
    assert.equal(head.split('|').length, rule.split('|').length)
    assert.equal(
      lines[2],
      '| LID | 1 | 1.00 | 1.50 | 1.50 | -238.5 |  (0.00) | 400 | 9 | – | 1.00, 1.60, 2.60, -242.3 | ✓\u00a0✓\u00a0✓\u00a0✓ |',
    )
    assert.match(lines[1], /^\| SA-VAE \| 1 \| .* \| 100 \| 27 \|/)
    const z = tableInMarkdown(tableRows([...records, omniglot]))
    assert.match(
      z,
      /\n\n\*\*Omniglot\*\*: Gaussian z 32, .* about z; the paper’s models are mixtures of 50 components.*\n\n\|/,
    )
    assert.match(z, /\| AU \| AU at 0\.1 \| KL \|/)
    assert.match(z, /\n\| plain \| 1 \| 0\.00 \| 0\.25 \| 0\.00 \|/)
  })

  it('marks rows of the earlier rule, and compares none of them with one of the present rule', () => {
    const { rule: _rule, converged: _converged, evaluation: _now, ...earlier } = record('sa-vae', 0.9)
    const mixed = tableRows([records[0], earlier, records[2]])
    const text = tableInMarkdown(mixed)
    assert.match(
      text,
      /about w; † by the earlier rule, not until converged: .*; measured by an older evaluation\.\n/,
    )
    assert.match(text, /\n\| SA-VAE † \| 1 \|/)
    assert.match(text, /\n\| plain \| 1 \|/)
    assert.deepEqual(
      mixed.map(({ directions }) => directions !== undefined),
      [false, false, true],
    )
  })

  it('has a method from records of the present rule alone, as soon as there is one', () => {
    const {
      rule: _rule,
      converged: _converged,
      evaluation: _now,
      ...earlier
    } = record('plain', 0.9, { seed: 2 })
    const [row] = tableRows([earlier, records[0]])
    assert.deepEqual([row.seeds, row.metrics.mi.mean, row.rule], [[1], 0, 2])
  })

  it('says how many seeds did not converge, the bias that may be left, and what was at plain’s updates', () => {
    const ll = {
      value: -240,
      standardError: 1,
      estimator: 'importance-weighted, 50 to 3200 draws, 9 data points',
    }
    const metrics = (bias: number) => ({ ...ofPlain.metrics, ll: { ...ll, bias } })
    const atPlain = { epochs: 1, updates: 200, seconds: 1, evaluationSeconds: 1, metrics: ofPlain.metrics }
    const some = [-0.02, -0.13].map((bias, i) =>
      record('lagging', 1, { seed: i + 1, converged: i === 0, metrics: metrics(bias), atPlain }),
    )
    assert.match(
      tableInMarkdown(tableRows(some)),
      /\| lagging \| 2, 1 not converged \| .* \| 50 to 3200 \(0\.13\) \| 400 \| 9 \| 0\.00 ± 0\.00, -240\.0 ± 0\.0 \|/,
    )
  })

  it('compares no direction of metrics that are about another variable in the paper', () => {
    const [, row] = tableRows([omniglot, { ...omniglot, method: 'lid' }])
    assert.deepEqual(Object.keys(row.directions!), ['ll'])
  })

  it('names what lies to another side of plain than in the paper', () => {
    assert.deepEqual(lid.experiments.tableDifferences(rows), [
      'Fashion-MNIST, SA-VAE: AU as for plain here, above plain there; KL as for plain here, above plain there; ' +
        'MI as for plain here, above plain there; LL as for plain here, above plain there',
    ])
    assert.deepEqual(lid.experiments.tableDifferences(tableRows([records[0]])), [])
  })

  it('says which claims hold, with p and by which numbers', () => {
    const seeds = (method: string, mi: number) =>
      [1, 2, 3, 4, 5].map((seed) => record(method, mi + 0.01 * seed, { seed }))
    const text = tableClaimsInMarkdown(tableClaims(tableRows([...seeds('plain', 0), ...seeds('lid', 1.5)])))
    assert.match(
      text,
      /\| Fashion-MNIST \| LID: AU at least 0\.9 \| holds at quick size \| 0\.0\d\d \| AU 1\.00 ± 0\.00: \+0\.10, effect/,
    )
    const less = tableClaims(tableRows([...seeds('plain', 0), ...seeds('lid', 0.3)]))
    assert.match(
      tableClaimsInMarkdown(less),
      /AU at least 0\.9 \| \*\*does not hold\*\* at quick size \| < 0\.001/,
    )
    assert.match(tableClaimsInMarkdown(tableClaims(rows)), /not decided \| – \| AU 1\.00, 1 seed \|/)
    assert.match(
      tableClaimsInMarkdown(tableClaims(tableRows([records[0]]))),
      /not decided \| – \| no records/,
    )
  })

  it('draws the trade-off, a point a method by its short name', () => {
    const svg = toSvg(tableTradeOff(rows))
    for (const name of ['plain', 'SA-VAE', 'LID']) assert.ok(svg.includes(`>${name}<`), name)
    const { rule: _rule, ...earlier } = records[1]
    assert.ok(toSvg(tableTradeOff(tableRows([earlier]))).includes('>SA-VAE †<'))
  })

  it('draws learning curves: the KL of the row’s variable, and the ELBO over updates', () => {
    const points = (quantity: 'kl' | 'elbo' | 'validation', given: CellRecord[]) => {
      const text = JSON.stringify(tableCurves(given, quantity))
      const [, values] = /"values":"((?:[^"\\]|\\.)*)"/.exec(text)!
      const [head, ...lines] = values.split('\\n').filter(Boolean)
      assert.equal(head, 'dial,value,model')
      return lines.map((line) => line.replaceAll('\\"', ''))
    }
    assert.deepEqual(points('kl', [records[2]]), ['1,1.5,LID', '2,3,LID'])
    assert.deepEqual(points('kl', [{ ...records[2], variable: 'z' }]), ['1,10,LID', '2,20,LID'])
    // −239 − 10 − 1.5 after 200 updates.
    assert.deepEqual(points('elbo', [records[2]]), ['200,-250.5,LID', '400,-261,LID'])
    const measured = {
      ...records[2],
      curve: [records[2].curve[0], { ...records[2].curve[1], validation: -99 }],
    }
    assert.deepEqual(points('validation', [measured]), ['400,-99,LID'])
    assert.throws(
      () => tableCurves([records[2]], 'validation'),
      /`records` must be some with validation data/,
    )
    assert.deepEqual(points('elbo', [records[1]]), ['50,-249,SA-VAE', '100,-258,SA-VAE'])
  })

  it('refuses rows of several data sets, none, and other quantities', () => {
    const both = [...records, omniglot]
    assert.throws(
      () => tableTradeOff(tableRows(both)),
      /`rows` must be rows of one data set at one size, got an Array/,
    )
    assert.throws(() => tableCurves(both), /`records` must be rows of one data set at one size, got an Array/)
    assert.throws(() => tableCurves([]), /`records` must be /)
    assert.throws(
      () => tableCurves(records, 'loss' as 'kl'),
      /`quantity` must be 'kl', 'elbo' or 'validation', got 'loss'/,
    )
    assert.throws(() => tableInMarkdown(undefined as never), /`rows` must be an array, got undefined/)
  })
})
