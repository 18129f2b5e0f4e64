import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { audit } from '../../src/audit/audit'
import { encodeOnnx, type OnnxFile } from '../../src/export/onnx/proto'
import { encodeSafetensors } from '../../src/storage/safetensors'
import { inFolder } from '../data/temporary'
import { nearNumber } from '../support/near'
import { Random } from '../support/random'
import { FIXTURES, skip } from './runtime'

const model = {
  encoder: path.join(FIXTURES, 'healthy.enc.onnx'),
  decoder: path.join(FIXTURES, 'healthy.dec.onnx'),
  data: path.join(FIXTURES, 'rows.npy'),
  likelihood: 'bernoulli' as const,
}
const LATENT = 3
const options = { samples: 20, size: 200, witness: false }

/** z → log N(z; 0, 1), as a flow would be exported. */
const density: OnnxFile = {
  nodes: [
    { op: 'Mul', inputs: ['z', 'z'], outputs: ['square'] },
    { op: 'ReduceSum', inputs: ['square', 'axes'], outputs: ['sum'], attributes: { keepdims: 0 } },
    { op: 'Mul', inputs: ['sum', 'half'], outputs: ['scaled'] },
    { op: 'Sub', inputs: ['scaled', 'constant'], outputs: ['log_prob'] },
  ],
  initializers: [
    { name: 'axes', dims: [1], data: BigInt64Array.from([1n]) },
    { name: 'half', dims: [], data: Float32Array.of(-0.5) },
    { name: 'constant', dims: [], data: Float32Array.of((LATENT * Math.log(2 * Math.PI)) / 2) },
  ],
  inputs: [{ name: 'z', shape: ['batch', LATENT] }],
  outputs: [{ name: 'log_prob', shape: ['batch'] }],
}

describe('the prior of an audit', { skip }, () => {
  it('may be a density of its own, with draws or without', () =>
    inFolder(async (folder) => {
      const [prior, priorDraws] = ['prior.onnx', 'draws.safetensors'].map((name) => path.join(folder, name))
      writeFileSync(prior, encodeOnnx(density))
      const random = new Random(1)
      const values = Float32Array.from({ length: 4000 * LATENT }, () => random.normal())
      writeFileSync(priorDraws, encodeSafetensors({ draws: { shape: [4000, LATENT], values } }))
      const plain = await audit(model, options)
      const drawn = await audit({ ...model, prior, priorDraws }, options)
      for (const metric of ['kl', 'logLikelihood', 'flatness'] as const) {
        const [a, b] = [plain.metrics[metric]!, drawn.metrics[metric]!]
        nearNumber(b.value, a.value, 2 * (a.standardError + b.standardError))
      }
      assert.equal(drawn.verdict[0].kind, 'healthy')
      assert.equal(drawn.units[0].kl, undefined)
      assert.ok(drawn.cannotTell.some((line) => /KL of single units/.test(line)))
      const without = await audit({ ...model, prior }, options)
      nearNumber(without.metrics.logLikelihood!.value, drawn.metrics.logLikelihood!.value, 1e-3)
      assert.equal(without.metrics.flatness, undefined)
      assert.ok(without.cannotTell.some((line) => /^Flatness/.test(line)))
      await assert.rejects(audit({ ...model, priorDraws }, options), /`prior` must be given with its draws/)
    }))

  it('may be moments from arrays', () =>
    inFolder(async (folder) => {
      const prior = path.join(folder, 'prior.safetensors')
      const of = (value: number) => ({ shape: [1, LATENT], values: new Float32Array(LATENT).fill(value) })
      writeFileSync(prior, encodeSafetensors({ mean: of(0), sd: of(1) }))
      const [plain, same] = [await audit(model, options), await audit({ ...model, prior }, options)]
      assert.deepEqual(same.metrics, plain.metrics)
      writeFileSync(prior, encodeSafetensors({ mean: of(1), sd: of(2) }))
      const other = await audit({ ...model, prior }, options)
      assert.ok(other.metrics.kl!.value > plain.metrics.kl!.value + 0.5)
      assert.match(other.prior, /given moments/)
    }))

  it('has components of equal weights; others are refused, not taken for equal', () =>
    inFolder(async (folder) => {
      const prior = path.join(folder, 'prior.safetensors')
      const write = (weights: number[]): void => {
        const moments = Float32Array.from({ length: 2 * LATENT }, (_, i) => (i < LATENT ? -1 : 1))
        const shape = [2, LATENT]
        writeFileSync(
          prior,
          encodeSafetensors({
            mean: { shape, values: moments },
            sd: { shape, values: new Float32Array(2 * LATENT).fill(1) },
            weights: { shape: [2], values: Float32Array.from(weights) },
          }),
        )
      }
      write([0.5, 0.5])
      assert.match((await audit({ ...model, prior }, { ...options, size: 20 })).prior, /mixture of 2/)
      write([0.75, 0.25])
      await assert.rejects(
        audit({ ...model, prior }, options),
        /weights is 0\.75 for component 0 and 0\.25 for component 1; expected equal weights\. Export/,
      )
    }))
})
