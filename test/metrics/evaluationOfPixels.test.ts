import assert from 'node:assert/strict'
import { it } from 'node:test'
import { evaluate } from '../../src/metrics/evaluate'
import { flatness, inferenceGap } from '../../src/metrics/flatness'
import { logLikelihoodGivenW, pointLogLikelihoods } from '../../src/metrics/importance'
import { onEachEngine } from '../support/engines'
import { near, nearNumber } from '../support/near'
import { average, logMeanExp } from './known'
import {
  allImages,
  imageData,
  logLikelihoodAt,
  mixedPixels,
  onePixelModel,
  pixelModel,
  type Pixels,
} from './pixels'
import { expectedLog, logGivenW } from './quadrature'

onEachEngine('evaluate of Bernoulli pixels', () => {
  const grid = { points: 161, halfWidth: 7 }
  const quadrature = (pixels: Pixels) =>
    allImages.map((x) => {
      const log = (z: number[]): number => logLikelihoodAt(pixels, x, z)
      const givenW = logGivenW(log, pixels.means, pixels.sds, grid)
      const logX = logMeanExp(givenW)
      return { givenW, logX, flatnessZ: logX - expectedLog(log, pixels.means, pixels.sds, grid) }
    })
  const wide = { mean: [0.1, -0.1], sd: [1.3, 1.3] }
  const models = {
    'latent 1': { pixels: onePixelModel, answer: { qw: [1], q: [{ mean: [0.1], sd: [1.2] }] } },
    'mixture, q(w|x) q(z|x)': { pixels: mixedPixels, answer: { qw: [0.5, 0.3, 0.2], q: [wide] } },
    'mixture, q(w|x) q(z|x,w)': {
      pixels: mixedPixels,
      answer: {
        qw: [0.5, 0.3, 0.2],
        q: mixedPixels.means.map((mean, w) => ({ mean, sd: mixedPixels.sds[w].map((s) => 1.1 * s) })),
      },
    },
  }
  for (const [title, { pixels, answer }] of Object.entries(models))
    it(`agrees with quadrature over z, and Σ p(x) over all images is 1: ${title}`, async () => {
      const truth = quadrature(pixels)
      nearNumber(
        truth.reduce((sum, t) => sum + Math.exp(t.logX), 0),
        1,
        1e-6,
        'Σ p(x) by quadrature',
      )
      const model = pixelModel(pixels, answer)
      const e = await evaluate(model, imageData, { samples: 6000, priorSamples: 6000 })
      const logX = pointLogLikelihoods(e)
      near(
        logX,
        truth.map((t) => t.logX),
        0.03,
        'log p(x)',
      )
      nearNumber(
        Array.from(logX).reduce((sum, log) => sum + Math.exp(log), 0),
        1,
        0.02,
        'Σ p(x)',
      )
      near(
        logLikelihoodGivenW(e),
        truth.flatMap((t) => t.givenW),
        0.04,
        'log p(x|w)',
      )
      near(
        flatness(e).pointsZ,
        truth.map((t) => t.flatnessZ),
        0.05,
        'F_z',
      )
      if (pixels.means.length > 1) {
        near(
          flatness(e).pointsW,
          truth.map((t) => t.logX - average(t.givenW)),
          0.02,
          'F_w',
        )
        const gap = truth.map((t) =>
          answer.qw.reduce((sum, q, k) => sum + q * (Math.log(3 * q) - t.givenW[k] + t.logX), 0),
        )
        nearNumber(inferenceGap(e).w.value, average(gap), 0.02, 'gap of w')
        assert.ok(average(truth.map((t) => t.logX - average(t.givenW))) > 0.05)
      }
      model.dispose()
    })
})
