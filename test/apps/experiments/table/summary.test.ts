import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { claimsOf } from '../../../../src/apps/experiments/table/claims'
import type { CellRecord } from '../../../../src/apps/experiments/table/record'
import { rowsOf } from '../../../../src/apps/experiments/table/summary'
import { formatTable } from '../../../../src/apps/experiments/table/formatTable'

type Values = { au: number; kl: number; mi: number; ll: number; cap?: number }

/** A record with these values; the rest is beside the point. */
function record(method: string, seed: number, { cap, ...values }: Values): CellRecord {
  const metrics = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      { value, standardError: 0.1, estimator: 'given', ...(name === 'mi' && cap && { cap }) },
    ]),
  )
  const about = { data: 'fashion-mnist', model: 'gmvae', size: 'quick', variable: 'w' as const }
  const run = { verdict: [], epochs: 1, updates: 200, seconds: 10 * seed, memory: 1, engine: 'wasm' }
  const origin = {
    versions: {},
    machine: {},
    dataChecksum: 'none',
    commit: 'none',
    command: 'none',
    curve: [],
  }
  return { ...about, method, seed, metrics, ...run, ...origin }
}

const plain = [1, 2, 3].map((seed) => record('plain', seed, { au: 0, kl: 0.01, mi: 0.01, ll: -245 - seed }))

describe('rows of the table', () => {
  it('are means and deviations over seeds, in the order of the table', () => {
    const rows = rowsOf([record('lid', 1, { au: 1, kl: 1.5, mi: 1.4, ll: -243 }), ...plain])
    assert.deepEqual(
      rows.map(({ method }) => method),
      ['plain', 'lid'],
    )
    const { metrics, seeds, seconds, paper } = rows[0]
    assert.deepEqual(seeds, [1, 2, 3])
    assert.equal(seconds, 20)
    assert.equal(metrics.ll.mean, -247)
    assert.equal(metrics.ll.deviation, 1)
    assert.equal(paper?.ll, -258.8)
    assert.equal(rows[1].metrics.ll.deviation, undefined)
  })

  it('lie to a side of plain only beyond twice the error over seeds', () => {
    const found = (ll: number) => rowsOf([...plain, record('lid', 1, { au: 1, kl: 1.5, mi: 1.4, ll })])[1]
    // The mean of three with deviation 1 has the error 0.58.
    assert.deepEqual(found(-246).directions?.ll, { paper: '+', here: '=' })
    assert.deepEqual(found(-245.5).directions?.ll, { paper: '+', here: '+' })
    assert.deepEqual(found(-248.5).directions?.ll, { paper: '+', here: '−' })
    assert.deepEqual(found(-246).directions?.au, { paper: '+', here: '+' })
  })

  it('say where information is at its cap, and where they are as in the paper', () => {
    const lid = record('lid', 1, { au: 1, kl: 2.2, mi: 2.2, ll: -250, cap: Math.log(10) })
    const text = formatTable(rowsOf([...plain, lid]))
    assert.match(text, /LID † +1 +1\.00 +2\.20 +≥ 2\.20 +-250\.0 .*✓ ✓ ✓ ✗\n/)
    assert.match(text, /plain † +3 +0\.00 ± 0\.00 .*-247\.0 ± 1\.0 .*· · · ·\n/)
    assert.match(text, /AU, KL, MI about w/)
    assert.equal(formatTable([]), 'no records yet')
    const both = rowsOf(['plain', 'lid'].map((method) => ({ ...lid, method })))
    assert.equal(both[1].directions?.mi, undefined, 'two lower bounds are not compared')
  })
})

describe('records that do not belong in one table', () => {
  const lid = record('lid', 1, { au: 1, kl: 1.5, mi: 1.4, ll: -243 })
  const other = (change: Partial<CellRecord>) => [...plain, { ...plain[0], seed: 4, ...change }]
  const measured = (name: string, estimator: string): Partial<CellRecord> => ({
    metrics: { ...plain[0].metrics, [name]: { ...plain[0].metrics[name], estimator } },
  })

  it('are refused by name, and by what is not alike', () => {
    assert.throws(
      () => rowsOf(other({ updates: 201 })),
      /quick\/fashion-mnist\/plain\/seed-4 and .*seed-1 do not belong in one table: their updates differ, 201 and 200\. Delete/,
    )
    assert.throws(
      () => rowsOf(other({ model: 'vae' })),
      /their model differ, vae, about w and gmvae, about w/,
    )
    assert.throws(
      () => rowsOf(other(measured('kl', 'one draw'))),
      /kl's estimator differ, one draw and given/,
    )
    assert.throws(
      () => rowsOf([...plain, { ...lid, dataChecksum: 'sample' }]),
      /their data \(dataChecksum\) differ/,
    )
    assert.throws(
      () => rowsOf([...plain, { ...lid, ...measured('ll', '10 draws') }]),
      /lid\/seed-1 .*log-likelihood's estimator differ, 10 draws and given/,
    )
  })

  it('are not those of methods that update or estimate otherwise, nor of other sizes', () => {
    assert.equal(rowsOf([...plain, { ...lid, updates: 10, model: 'lidmvae' }]).length, 2)
    assert.equal(rowsOf([...plain, { ...lid, ...measured('kl', 'one draw') }]).length, 2)
    assert.equal(rowsOf([...plain, { ...lid, size: 'local', dataChecksum: 'all' }]).length, 2)
  })
})

describe('claims of the table', () => {
  /** Five seeds about a mean, 0.02 of each step apart. */
  const seeds = (method: string, { au, mi, ll, cap }: Omit<Values, 'kl'>, spread = 0.02) =>
    [-2, -1, 0, 1, 2].map((step, i) =>
      record(method, i + 1, {
        au,
        kl: mi,
        mi: mi + spread * step * (i % 2 ? 1 : -1),
        ll: ll + spread * step,
        cap,
      }),
    )
  const five = seeds('plain', { au: 0, mi: 0.1, ll: -247 }, 0.015)
  const decided = (...records: CellRecord[]) => claimsOf(rowsOf(records)).map(({ holds }) => holds)
  const lid = (au: number, mi: number, ll: number, cap?: number) => seeds('lid', { au, mi, ll, cap })
  const beta = (mi: number, ll: number, cap?: number) => seeds('beta-0.2', { au: 1, mi, ll, cap }, 0.01)

  it('are decided by active units, and by information among methods that fit alike', () => {
    assert.deepEqual(decided(...five, ...lid(1, 1.5, -244), ...beta(1, -244)), [true, true])
    assert.deepEqual(decided(...five, ...lid(0.8, 1.5, -244), ...beta(1.8, -244)), [false, false])
    // 2 % of 244 is 4.9: β says more, and fits too badly to count.
    assert.deepEqual(decided(...five, ...lid(1, 1.5, -244), ...beta(2, -249)), [true, true])
    assert.deepEqual(decided(...five, ...lid(1, 1.5, -251), ...beta(1, -244)), [true, false])
    // Alone with its fit it wins nothing.
    assert.deepEqual(decided(...five, ...lid(1, 1.5, -230), ...beta(1, -236)), [true, undefined])
    assert.deepEqual(decided(record('plain-wide-means', 1, { au: 1, kl: 1, mi: 1, ll: -240 })), [])
    assert.deepEqual(decided(...five), [undefined, undefined])
  })

  it('are not decided where the seeds do not tell, or there is one', () => {
    assert.deepEqual(decided(...five, ...lid(1, 1.5, -244), ...beta(1.49, -244)), [true, undefined])
    const one = [five[0], lid(1, 1.5, -244)[0], beta(1, -244)[0]]
    assert.deepEqual(decided(...one), [undefined, undefined])
  })

  it('are corrected for their number, and have an effect', () => {
    const some = [...five, ...lid(1, 1.5, -244), ...beta(1.4, -244)]
    const claims = claimsOf(rowsOf(some))
    const again = claimsOf(rowsOf([...some, ...some.map((each) => ({ ...each, size: 'local' }))]))
    assert.equal(again.length, 4)
    assert.ok(again[1].p! > claims[1].p!)
    assert.ok(claims[1].effect! > 1)
    assert.match(claims[1].because, /; β-VAE, β 0\.2 1\.40 ± 0\.02: \+0\.10, effect \d/)
  })

  it('are not decided by a tie at the cap', () => {
    const cap = Math.log(10)
    assert.deepEqual(decided(...five, ...lid(1, 2.2, -244, cap), ...beta(2.25, -244, cap)), [true, undefined])
  })

  it('compare records of one rule, and say which', () => {
    const present = five.map((each) => ({ ...each, rule: 2, converged: true }))
    const [, claim] = claimsOf(rowsOf([...present, ...lid(1, 1.5, -244)]))
    assert.equal(claim.holds, undefined)
    const [au] = claimsOf(rowsOf([...five, ...lid(1, 1.5, -244)]))
    assert.match(au.because, /5 seeds; by the earlier rule$/)
  })
})
