import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AuditArrays } from '../../src/audit/arrays'
import { audit } from '../../src/audit/audit'
import { nearNumber } from '../support/near'
import { Random } from '../support/random'

const [N, S, P, SIGMA] = [200, 10, 200, 0.5]
const logNormal = (x: number, mean: number, variance: number): number =>
  -((x - mean) ** 2 / variance + Math.log(2 * Math.PI * variance)) / 2
const average = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length

/**
 * w of two components, z given w ~ N(±apart, 1), x = z + σ ε: q(w|x) and q(z|x, w) are the exact posterior.
 *
 * @param apart half the distance of the components; 0 for components that are the same.
 */
function twoComponents(apart: number) {
  const random = new Random(2)
  const centres = [-apart, apart]
  const variance = 1 / (1 + 1 / SIGMA ** 2)
  const one = { mean: [] as number[], z: [] as number[], fit: [] as number[], prior: [] as number[] }
  const logits: number[] = []
  const exact = { evidence: [] as number[], flatness: [] as number[], klW: [] as number[] }
  for (let i = 0; i < N; i++) {
    const x = centres[i % 2] + random.normal() + SIGMA * random.normal()
    const log = centres.map((centre) => logNormal(x, centre, 1 + SIGMA ** 2))
    const evidence = Math.log(average(log.map(Math.exp)))
    exact.evidence.push(evidence)
    exact.flatness.push(evidence - average(log))
    const p = log.map((value) => Math.exp(value - evidence) / 2)
    exact.klW.push(p.reduce((sum, q) => sum + q * Math.log(2 * q), 0))
    // Logits need not sum to one.
    logits.push(...log.map((value) => value + 3))
    const means = centres.map((centre) => variance * (centre + x / SIGMA ** 2))
    one.mean.push(...means)
    for (let s = 0; s < S; s++)
      for (const mean of means) {
        const z = mean + Math.sqrt(variance) * random.normal()
        one.z.push(z)
        one.fit.push(logNormal(x, z, SIGMA ** 2))
      }
    for (let s = 0; s < P; s++) one.prior.push(logNormal(x, centres[s % 2] + random.normal(), SIGMA ** 2))
  }
  const of = (values: number[], ...shape: number[]) => ({ shape, values: Float32Array.from(values) })
  const arrays: AuditArrays = {
    mean: of(one.mean, N, 2, 1),
    sd: of(
      one.mean.map(() => Math.sqrt(variance)),
      N,
      2,
      1,
    ),
    logW: of(logits, N, 2),
    z: of(one.z, N, S, 2, 1),
    logLikelihood: of(one.fit, N, S, 2),
    priorLogLikelihood: of(one.prior, N, P),
    priorMean: of(centres, 2, 1),
  }
  return { arrays, exact }
}

describe('an audit of a mixture from arrays', () => {
  it('tells of w what the closed forms say where q(z|x, w) and log p(x|z) are given', async () => {
    const { arrays, exact } = twoComponents(2)
    const { metrics, verdict, usage, cannotTell, collapsed } = await audit(arrays)
    const w = metrics.w!
    nearNumber(metrics.logLikelihood!.value, average(exact.evidence), 1e-4)
    nearNumber(w.flatness!.value, average(exact.flatness), 1e-4)
    nearNumber(w.kl.value, average(exact.klW), 1e-4)
    nearNumber(w.inferenceGap!.value, 0, 1e-4)
    nearNumber(metrics.inferenceGap!.value, 0, 0.02)
    assert.equal(w.activeUnits.value, 1)
    nearNumber(usage![0] + usage![1], 1, 1e-5)
    assert.deepEqual(
      verdict.map(({ variable, kind }) => [variable, kind]),
      [
        ['z', 'healthy'],
        ['w', 'healthy'],
      ],
    )
    assert.equal(collapsed, false)
    assert.equal(
      cannotTell.some((line) => /of w/.test(line)),
      false,
    )
  })

  it('says that w is non-identifiable where its components are the same, and fails on it', async () => {
    const { arrays } = twoComponents(0)
    const { verdict, collapsed, metrics } = await audit(arrays)
    assert.deepEqual(
      verdict.map(({ kind }) => kind),
      ['healthy', 'non-identifiable model'],
    )
    assert.equal(collapsed, true)
    assert.equal(metrics.w!.activeUnits.value, 0)
  })

  it('leaves out what one normal for all components does not tell, and says so', async () => {
    const { arrays } = twoComponents(2)
    const first = <T extends { shape: readonly number[]; values: Float32Array }>({ shape, values }: T) => ({
      shape: [...shape.slice(0, -2), 1],
      values: values.filter((_, i) => i % 2 === 0),
    })
    const p = {
      shape: [N, 2],
      values: Float32Array.from(
        { length: 2 * N },
        (_, i) => (i % 4 < 2 ? 0.8 : 0.2) - (i % 2) * (i % 4 < 2 ? 0.6 : -0.6),
      ),
    }
    const one = { mean: first(arrays.mean), sd: first(arrays.sd!), w: p, priorMean: arrays.priorMean }
    const draws = {
      z: first(arrays.z!),
      logLikelihood: { shape: [N, S], values: arrays.logLikelihood!.values.filter((_, i) => i % 2 === 0) },
      priorLogLikelihood: arrays.priorLogLikelihood,
    }
    const { metrics, verdict, cannotTell } = await audit({ ...one, ...draws })
    assert.equal(metrics.w!.flatness, undefined)
    assert.ok(metrics.w!.mutualInformation.value > 0.1 && metrics.flatness)
    assert.equal(verdict[1].kind, 'cannot tell')
    assert.ok(cannotTell.some((line) => /^Flatness of w.*needs log p\(x\|w\)/.test(line)))
    const logPrior = { shape: [N, S], values: new Float32Array(N * S) }
    const { priorMean: _, ...moments } = one
    assert.match((await audit({ ...moments, z: draws.z, logPrior })).notes[0], /^KL of w .*equal weights/)
    const collapsed = { shape: [N, 2], values: new Float32Array(2 * N) }
    const part = await audit({ ...one, w: undefined, logW: collapsed })
    assert.match(part.verdict[1].summary, /^w: cannot tell\. The posterior of w has collapsed/)
    assert.equal(part.collapsed, true)
  })

  it('refuses what does not fit the components', async () => {
    const { arrays } = twoComponents(2)
    const { logW, priorMean, ...others } = arrays
    const rejects = (given: AuditArrays, expected: RegExp) => assert.rejects(audit(given), expected)
    await rejects(
      { ...others, priorMean },
      /`mean` must be of shape \[N, latent\] without q\(w\|x\), got \[200, 2, 1\]/,
    )
    await rejects(
      { ...others, logW },
      /`prior` must be the means and standard deviations of the 2 components .*got one normal/,
    )
    await rejects({ ...others, priorMean, w: logW }, /which is no probability|must sum to 1/)
    const short = { shape: [N, 1], values: new Float32Array(N) }
    await rejects({ ...others, priorMean, logW: short }, /`logW` must be of shape \[200, 2\], got \[200, 1\]/)
  })
})
