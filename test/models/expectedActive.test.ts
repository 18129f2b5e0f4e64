import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { ArgumentError } from '../../src/base/errors'
import { DataSet } from '../../src/data/dataset'
import { gaussian } from '../../src/distributions/gaussian'
import { vae } from '../../src/models/builders'
import { expectedActive, mostSpread } from '../../src/models/expectedActive'
import { fitPpca } from '../../src/models/ppcaFit'
import { fit } from '../../src/training/fit'
import { onEachEngine } from '../support/engines'
import { near, nearNumber } from '../support/near'
import { Random } from '../support/random'

const [SIZE, DIM] = [400, 4]
const random = new Random(5)
/** Standard deviations 2, 1, 0.5 and 0.1 along turned axes. */
const spreads = [2, 1, 0.5, 0.1]
const turn = (v: number[]): number[] => {
  const [a, b, c, d] = v
  return [(a + b + c + d) / 2, (a + b - c - d) / 2, (a - b + c - d) / 2, (a - b - c + d) / 2]
}
const x = Float32Array.from({ length: SIZE }, () => 0).reduce<number[]>(
  (all) => [...all, ...turn(spreads.map((s) => s * random.normal())).map((v) => v + 3)],
  [],
)
const data = new DataSet({
  name: 'turned',
  x: Float32Array.from(x),
  shape: [DIM],
  values: 'real',
  source: 'a test',
})

describe('expectedActive', () => {
  it('counts the eigenvalues above σ², whose KL is ½ log(λ/σ²)', () => {
    const { active, eigenvalues, collapsesFrom, kl } = expectedActive(data, { sigma: 0.7 })
    assert.equal(active, 2)
    near(eigenvalues.map(Math.sqrt), spreads, 0.15)
    nearNumber(collapsesFrom ** 2, eigenvalues[0], 1e-12)
    near(
      kl,
      eigenvalues.slice(0, 2).map((value) => Math.log(Math.sqrt(value) / 0.7)),
      1e-9,
    )
    assert.equal(expectedActive(data, { sigma: 0.7, latent: 1 }).active, 1)
    assert.equal(expectedActive(data, { sigma: collapsesFrom * 1.001 }).active, 0)
    assert.equal(expectedActive(data, { sigma: collapsesFrom * 0.999 }).active, 1)
  })

  it('agrees with probabilistic PCA in closed form', () => {
    const [{ model }] = fitPpca(data, { latent: 2 })
    const { eigenvalues } = expectedActive(data, { sigma: model.sigma })
    nearNumber(model.sigma ** 2, (eigenvalues[2] + eigenvalues[3]) / 2, 1e-6)
  })

  it('is of fewer rows than dimensions the same', () => {
    const rows = data.take(3)
    const few = expectedActive(rows, { sigma: 0.1 }).eigenvalues
    // The trace is the total variance.
    const total = [0, 1, 2, 3].reduce((sum, d) => {
      const column = [0, 1, 2].map((i) => rows.x[i * DIM + d])
      const mean = (column[0] + column[1] + column[2]) / 3
      return sum + column.reduce((s, v) => s + (v - mean) ** 2, 0) / 3
    }, 0)
    nearNumber(
      few.reduce((a, b) => a + b, 0),
      total,
      1e-6,
    )
    assert.equal(few.length, DIM)
  })

  it('takes rows in arrays of their own', () =>
    assert.deepEqual(
      expectedActive([x.slice(0, 4), x.slice(4, 8)], { sigma: 1 }),
      expectedActive(x.slice(0, 8), { sigma: 1, dim: 4 }),
    ))

  it('refuses what is no σ, and no data', () => {
    for (const sigma of [0, -1, NaN, 'learned'])
      assert.throws(() => expectedActive(data, { sigma: sigma as number }), ArgumentError)
    assert.throws(() => expectedActive([1, NaN], { sigma: 1, dim: 1 }), ArgumentError)
    assert.throws(() => expectedActive(data, { sigma: 1, latent: 0 }), ArgumentError)
  })

  it('has the largest by power iteration too', () =>
    nearNumber(mostSpread(data), expectedActive(data, { sigma: 1 }).collapsesFrom, 1e-6))
})

onEachEngine('fit with a fixed σ', () => {
  it('says in one line where collapse is certain, and only there', async () => {
    const said = async (sigma: number): Promise<string> => {
      const warn = mock.method(console, 'warn', () => undefined)
      const log = mock.method(console, 'log', () => undefined)
      const model = vae({ likelihood: gaussian(DIM, { sigma }), latent: 2, hidden: 4, seed: 1 })
      try {
        await fit(model, data, { epochs: 1 })
        return warn.mock.calls.map((call) => String(call.arguments[0])).join('\n')
      } finally {
        warn.mock.restore()
        log.mock.restore()
        model.dispose()
      }
    }
    assert.match(
      await said(3),
      /^lidvae: [^\n]*a linear decoder then collapses wholly \(lid\.expectedActive\)\.$/,
    )
    // Above the spread of single features, not along the main direction.
    assert.match(await said(1.5), /^lidvae: (?!.*wholly)/)
    assert.equal(await said(0.5), '')
  })
})
