import assert from 'node:assert/strict'
import { it } from 'node:test'
import { DataSet } from '../../src/data/dataset'
import { bernoulli } from '../../src/distributions/bernoulli'
import { gaussian, type GaussianOptions } from '../../src/distributions/gaussian'
import { lidvae, vae } from '../../src/models/builders'
import type { Model } from '../../src/models/model'
import { fit } from '../../src/training/fit'
import type { FitOptions } from '../../src/training/options'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { DIM, HIDDEN, LATENT, tinyImages } from '../support/models'
import { Random } from '../support/random'

/** Rows with the standard deviation `spread` about a mean far from 0. */
function spreadBy(spread: number, size = 2000): DataSet {
  const random = new Random(3)
  const x = Float32Array.from({ length: size * DIM }, () => 5 + spread * random.normal())
  return new DataSet({ name: 'own', x, shape: [DIM], values: 'real', source: 'made by a test' })
}

const common = { latent: LATENT, hidden: HIDDEN, seed: 1 }
const withNoise = (options: GaussianOptions) => vae({ ...common, likelihood: gaussian(DIM, options) })

/** The warnings of a short training. */
async function warnings(
  model: Model<DataSet>,
  train: DataSet,
  options: Partial<FitOptions<DataSet>> = {},
): Promise<string[]> {
  const lines: string[] = []
  const { warn, log } = console
  console.warn = (line: string) => void lines.push(line)
  console.log = () => undefined
  try {
    await fit(model, train, { epochs: 2, batchSize: 500, live: false, ...options })
  } finally {
    Object.assign(console, { warn, log })
    model.dispose()
  }
  return lines
}

onEachEngine('noise above the spread of the data', () => {
  it('is said once, in the unit of the data, with a remedy that keeps the model', () =>
    expectNoLeaks(async () => {
      for (const make of [vae, lidvae]) {
        const lines = await warnings(make({ ...common, likelihood: gaussian(DIM) }), spreadBy(0.3))
        assert.equal(lines.length, 1)
        assert.match(
          lines[0],
          /σ is 1, but the data themselves spread by 0\.(29|3|30)\d* \(standard deviation/,
        )
        assert.match(lines[0], /sigma: 'learned' with a floor .*a smaller σ, or standardise the data/)
        assert.doesNotMatch(lines[0], /\n|lidvae\b(?!:)|identifiable/)
      }
    }))

  it('is said of the floor of a learned σ', async () => {
    const lines = await warnings(withNoise({ sigma: 'learned', floor: 0.5 }), spreadBy(0.3))
    assert.equal(lines.length, 1)
    assert.match(
      lines[0],
      /σ has the floor 0\.5, but the data themselves spread by 0\.\d+ .*floor well below that/,
    )
    assert.doesNotMatch(lines[0], /'learned'/)
  })

  it('is not said of a σ that can come below the spread, of other likelihoods, or where nothing is printed', async () => {
    assert.deepEqual(await warnings(withNoise({ sigma: 0.2 }), spreadBy(0.3)), [])
    assert.deepEqual(await warnings(withNoise({ sigma: 1 }), spreadBy(1)), [], 'standardised data')
    assert.deepEqual(await warnings(withNoise({ sigma: 'learned' }), spreadBy(0.3)), [], 'σ starts at 1')
    const images = vae({ ...common, likelihood: bernoulli(DIM) })
    assert.deepEqual(await warnings(images, tinyImages(20, DIM)), [])
    assert.deepEqual(await warnings(withNoise({}), spreadBy(0.3), { verbose: false }), [])
  })

  it('is not said of rows that are all the same: there the noise is not the fault', async () => {
    const [line, ...more] = await warnings(withNoise({}), spreadBy(0))
    assert.match(line, /All rows of the data are the same/)
    assert.doesNotMatch(line, /σ/)
    assert.deepEqual(more, [])
  })
})
