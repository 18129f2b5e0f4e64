import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import {
  auditLikelihood,
  type AuditLikelihoodName,
  type LikelihoodSettings,
} from '../../src/audit/likelihood'
import { ArgumentError } from '../../src/base/errors'
import { Parameters } from '../../src/compute/parameters'
import { negativeBinomial } from '../../src/distributions/negativeBinomial'
import type { Likelihood } from '../../src/distributions/likelihood'
import { onEachEngine } from '../support/engines'
import { dataFor, DIM, likelihoods } from '../support/models'
import { nearNumber } from '../support/near'
import { Random } from '../support/random'

const cases: [AuditLikelihoodName, LikelihoodSettings, string, () => Likelihood][] = [
  ['bernoulli', {}, 'bernoulli', likelihoods.bernoulli],
  ['gaussian', { sigma: 0.7 }, 'gaussian, σ fixed', likelihoods['gaussian, σ fixed']],
  ['poisson', {}, 'poisson', likelihoods.poisson],
  ['negativeBinomial', { dispersion: 0.5 }, 'poisson', () => negativeBinomial(DIM, { dispersion: 0.5 })],
]

onEachEngine('likelihoods of audits', () => {
  for (const [name, settings, data, own] of cases)
    it(`${name} is that of the models`, () => {
      const audited = auditLikelihood(name, settings)
      const bound = own().bind(Parameters.from(1))
      const { x } = dataFor(data, 3)
      const random = new Random(2)
      const eta = Float32Array.from({ length: 3 * DIM }, () => random.normal())
      const [logs, apart] = tf.tidy(() => {
        const [rows, etas] = [x, eta].map((values) => tf.tensor2d(values, [3, DIM]))
        return [bound.logProb(rows, etas), bound.divergence(etas, tf.reverse(etas, 0))].map((t) =>
          t.dataSync(),
        )
      })
      for (let i = 0; i < 3; i++) {
        const of = { eta, width: DIM }
        nearNumber(audited.logProb(x, i * DIM, of, i * DIM), logs[i], 1e-4)
        nearNumber(audited.divergence(of, i * DIM, (2 - i) * DIM), apart[i], 1e-4)
      }
    })
})

describe('likelihoods of audits', () => {
  it('have a σ for each feature', () => {
    const gaussian = auditLikelihood('gaussian', {})
    const of = { eta: Float32Array.of(0, 1, 2, 1), sd: Float32Array.of(1, 2, 0.5, 3), width: 2 }
    const log = (x: number, m: number, s: number) =>
      -((x - m) ** 2) / (2 * s * s) - Math.log(s * Math.sqrt(2 * Math.PI))
    nearNumber(gaussian.logProb([1, 1], 0, of, 0), log(1, 0, 1) + log(1, 1, 2), 1e-9)
    const kl = (m: number, s: number, n: number, t: number) =>
      Math.log(t / s) + (s * s + (m - n) ** 2) / (2 * t * t) - 0.5
    nearNumber(
      gaussian.divergence(of, 0, 2),
      kl(0, 1, 2, 0.5) + kl(2, 0.5, 0, 1) + kl(1, 2, 1, 3) + kl(1, 3, 1, 2),
      1e-9,
    )
  })

  it('sum over the tokens of a text, without the filling', () => {
    const [words, tokens] = [3, 4]
    const text = auditLikelihood('categorical', { pad: 0 })
    const eta = Float32Array.from({ length: 2 * tokens * words }, (_, i) => Math.sin(i))
    const softmax = (step: number) => {
      const e = [0, 1, 2].map((w) => Math.exp(eta[step * words + w]))
      return e.map((one) => one / (e[0] + e[1] + e[2]))
    }
    const of = { eta, width: tokens * words, words, tokens }
    const x = [1, 2, 1, 0]
    nearNumber(text.logProb(x, 0, of, 0), Math.log(softmax(0)[2]) + Math.log(softmax(1)[1]), 1e-6)
    assert.throws(
      () => text.logProb([1, 2, 3, 0], 0, of, 0),
      /the token 3, but the decoder gives logits of 3 words\. Name the token that fills texts up by `pad` \(on the command line `--pad`\)/,
    )
    const both = [0, 1].map((step) =>
      softmax(step).reduce((sum, p, w) => {
        const q = softmax(tokens + step)[w]
        return sum + (p - q) * Math.log(p / q)
      }, 0),
    )
    nearNumber(text.divergence(of, 0, tokens * words, x, 0), both[0] + both[1], 1e-6)
  })

  it('refuse settings that they do not have, or lack', () => {
    assert.throws(() => auditLikelihood('normal', {}), ArgumentError)
    assert.throws(() => auditLikelihood('bernoulli', { sigma: 1 }), /`sigma` must be omitted/)
    assert.throws(() => auditLikelihood('negativeBinomial', {}), /`dispersion` must be given/)
    assert.throws(() => auditLikelihood('gaussian', { sigma: -1 }), /`sigma` must be a number > 0/)
  })
})
