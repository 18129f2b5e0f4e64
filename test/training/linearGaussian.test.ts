import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { DataSet } from '../../src/data/dataset'
import { gaussian } from '../../src/distributions/gaussian'
import { adam } from '../../src/compute/optimizers'
import { constantInit } from '../../src/compute/parameters'
import { dense } from '../../src/layers/dense'
import { vae, type VaeOptions } from '../../src/models/builders'
import type { Model } from '../../src/models/model'
import { fit } from '../../src/training/fit'
import { softplus } from '../support/convexReference'
import { denseRow } from '../support/denseReference'
import { onEachEngine } from '../support/engines'
import { Random } from '../support/random'
import { readWeights, rowsOf } from '../support/tables'

const [size, dim, latent] = [200, 4, 2]

/** Two strong directions and noise of standard deviation 0.3 about (1, −1, 0, 2). */
function linearData(): DataSet {
  const random = new Random(1)
  const x = new Float32Array(size * dim)
  for (let i = 0; i < size; i++) {
    const [a, b] = [2 * random.normal(), random.normal()]
    ;[1 + a, -1 + a + b, -b, 2 + 0.5 * a].forEach(
      (mean, j) => (x[i * dim + j] = mean + 0.3 * random.normal()),
    )
  }
  return new DataSet({ name: 'linear', x, shape: [dim], values: 'real', source: 'made by a test' })
}

/**
 * The greatest mean log-likelihood a linear-Gaussian model can have (Tipping & Bishop 1999, eq. 3 and 8),
 * which the ELBO reaches.
 */
function optimum(data: DataSet): { logLikelihood: number; sigma: number } {
  const rows = new Matrix(rowsOf(data.x, dim))
  const centred = rows.subRowVector(rows.mean('column'))
  const covariance = centred.transpose().mmul(centred).div(size)
  const values = new EigenvalueDecomposition(covariance, { assumeSymmetric: true }).realEigenvalues.sort(
    (a, b) => b - a,
  )
  const rest = values.slice(latent)
  const noise = rest.reduce((s, v) => s + v, 0) / rest.length
  const logs = values.slice(0, latent).reduce((s, v) => s + Math.log(v), 0)
  return {
    logLikelihood: -0.5 * (dim * Math.log(2 * Math.PI) + logs + (dim - latent) * Math.log(noise) + dim),
    sigma: Math.sqrt(noise),
  }
}

/**
 * A linear decoder and an encoder whose mean is linear and whose standard deviation is the same everywhere:
 * the exact posterior's form.
 */
const options: VaeOptions = {
  likelihood: gaussian(dim, { sigma: 'learned' }),
  latent,
  seed: 3,
  decoder: (parameters, from, to) => dense(parameters, 'decoder', from, to),
  encoder: (parameters, from, to) => {
    const mean = dense(parameters, 'mean', from, to / 2)
    const free = parameters.variable('free', [1, to / 2], constantInit(0))
    return {
      from,
      to,
      apply: (x) => tf.concat([mean.apply(x), tf.mul(tf.ones([x.shape[0], 1]), free)], 1),
    }
  },
}

/** The mean ELBO in closed form, in doubles, from the weights: E_q |x − Wz − b|² = |x − Wm − b|² + Σ_u s_u² |W_u|². */
function exactElbo(model: Model, data: DataSet): number {
  const weights = readWeights(model.parameters)
  const sigma = softplus(weights.sigma[0]) + 0.05
  const sd = weights['encoder/free'].map((v) => softplus(v) + 1e-3)
  const W = rowsOf(weights['decoder/W'], dim)
  const spread = W.reduce((sum, row, u) => sum + sd[u] ** 2 * row.reduce((s, w) => s + w * w, 0), 0)
  const each = rowsOf(data.x, dim).map((x) => {
    const m = denseRow(weights, 'encoder/mean', x)
    const error = denseRow(weights, 'decoder', m).reduce((s, v, j) => s + (x[j] - v) ** 2, 0)
    const kl = m.reduce((s, v, u) => s + (sd[u] ** 2 + v * v) / 2 - Math.log(sd[u]) - 0.5, 0)
    return (
      -(error + spread) / (2 * sigma ** 2) - dim * Math.log(sigma) - (dim / 2) * Math.log(2 * Math.PI) - kl
    )
  })
  return each.reduce((s, v) => s + v, 0) / size
}

onEachEngine('fit on a linear-Gaussian problem', () => {
  it('reaches the known optimum, and not more', async () => {
    const data = linearData()
    const best = optimum(data)
    const model = vae(options)
    const start = exactElbo(model, data)
    const history = await fit(model, data, {
      epochs: 150,
      batchSize: 50,
      optimizer: adam({ rate: (progress) => 0.05 * (1 - progress) ** 2 }),
      verbose: false,
    })
    const end = exactElbo(model, data)
    assert.ok(start < best.logLikelihood - 5, `start ${start}`)
    assert.ok(end <= best.logLikelihood + 1e-4, `${end} above the greatest likelihood ${best.logLikelihood}`)
    assert.ok(end > best.logLikelihood - 0.02, `${end}, optimum ${best.logLikelihood}`)
    const sigma = softplus(readWeights(model.parameters).sigma[0]) + 0.05
    assert.ok(Math.abs(sigma / best.sigma - 1) < 0.03, `σ ${sigma}, optimum ${best.sigma}`)
    // The reported loss is the same number up to the noise of one draw a data point.
    const last = history.rows.slice(-50)
    const reported = -last.reduce((s, row) => s + row.loss, 0) / last.length
    assert.ok(Math.abs(reported - end) < 0.1, `reported ${reported}, exact ${end}`)
    model.dispose()
  })
})
