import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { audit } from '../../src/audit/audit'
import type { AuditArrays } from '../../src/audit/arrays'
import { formatAudit } from '../../src/audit/result'
import { encodeSafetensors, type NamedTensor } from '../../src/storage/safetensors'
import { inFolder } from '../data/temporary'
import { nearNumber } from '../support/near'
import { linearArrays } from './linear'

const { arrays, logEvidence, kl } = linearArrays()
const { mean } = arrays
const sd = arrays.sd!
const rejects = (given: unknown, expected: RegExp) => assert.rejects(audit(given as AuditArrays), expected)

describe('an audit of arrays', () => {
  it('tells of the moments of q what the closed forms say, and what they do not tell', async () => {
    const found = await audit({ mean, sd })
    nearNumber(found.metrics.kl!.value, kl, 1e-4)
    assert.equal(found.metrics.activeUnits.value, 2 / 3)
    assert.equal(found.verdict[0].kind, 'dead units')
    assert.deepEqual(found.deadUnits, [2])
    assert.equal(found.collapsed, false)
    // Codes of data are draws of the prior where the model is true.
    for (const value of found.aggregate.sd) nearNumber(value, 1, 0.1)
    assert.ok(found.aggregate.divergence!.value < 0.2)
    assert.equal(found.metrics.logLikelihood, undefined)
    assert.ok(found.cannotTell.some((line) => /^Flatness/.test(line)))
    assert.ok(found.cannotTell.some((line) => /^log p\(x\)/.test(line)))
  })

  it('tells with log p(x|z) everything, as the exact posterior has it', async () => {
    const { metrics, verdict, diagnosis, units } = await audit(arrays)
    nearNumber(metrics.logLikelihood!.value, logEvidence, 1e-3)
    nearNumber(metrics.inferenceGap!.value, 0, 0.1)
    assert.equal(verdict[0].kind, 'dead units')
    assert.match(verdict[0].summary, /number 2, counted from 0/)
    assert.equal(diagnosis!.z.verdict.summary, verdict[0].summary)
    assert.ok(units[0].flatness!.value > 0.5 && units[2].flatness!.value < 0.05)
  })

  it('tells a failed inference by log p(x|z), and only a collapse without it', async () => {
    const { arrays: poor } = linearArrays(0)
    const whole = await audit(poor)
    assert.equal(whole.verdict[0].kind, 'failed inference')
    const part = await audit({ mean: poor.mean, sd: poor.sd })
    assert.equal(part.verdict[0].kind, 'cannot tell')
    assert.equal(part.collapsed, true)
    assert.match(part.verdict[0].summary, /has collapsed.*cause/)
  })

  it('tells a q(z|x) that is the same for all data', async () => {
    const moved = { shape: mean.shape, values: mean.values.map(() => 2) }
    const { verdict, collapsed } = await audit({ mean: moved, sd })
    assert.equal(verdict[0].kind, 'same for all data')
    assert.equal(collapsed, true)
  })

  it('reads a file, log-variances and other names alike', () =>
    inFolder(async (folder) => {
      const file = path.join(folder, 'posterior.safetensors')
      const write = (tensors: Record<string, NamedTensor>) => writeFileSync(file, encodeSafetensors(tensors))
      write({
        z_mu: mean,
        z_log_var: { shape: sd.shape, values: sd.values.map((s) => 2 * Math.log(s)) },
        other: sd,
      })
      const found = await audit(file)
      nearNumber(found.metrics.kl!.value, kl, 1e-4)
      assert.match(found.files[0].sha256, /^[0-9a-f]{64}$/)
      assert.deepEqual(found.notes, ['posterior.safetensors: the array other was not used.'])
      assert.match(
        String(formatAudit(found)),
        /^Note: posterior\.safetensors: the array other was not used\.$/m,
      )
      const json = JSON.parse(JSON.stringify(found)) as {
        metrics: { kl: { value: number } }
        evaluation?: unknown
      }
      assert.equal(json.metrics.kl.value, found.metrics.kl!.value)
      assert.equal(json.evaluation, undefined)
      write({ other: sd })
      await rejects(file, /has no array of means, only other\. Call it mean/)
      write({ mean, mu: mean, sd })
      await rejects(file, /has two arrays of mean\. Leave out one of mean, mu, sd/)
    }))

  it('refuses a name that is nearly one of those that it knows, not one that says nothing new', () =>
    inFolder(async (folder) => {
      const file = path.join(folder, 'posterior.safetensors')
      const write = (tensors: Record<string, NamedTensor>) => writeFileSync(file, encodeSafetensors(tensors))
      const [size] = mean.shape
      const each = { shape: [size, 2], values: new Float32Array(2 * size) }
      for (const [name, meant] of [
        ['log_likelihod', 'log_likelihood'],
        ['val/log_px_z', 'log_likelihood'],
        ['prior_loglikelihoods', 'prior_log_likelihood'],
        ['priorMeans', 'prior_mean'],
        ['wLogit', 'w_logits'],
        ['log_priors', 'log_prior'],
      ]) {
        write({ mean, sd, [name]: each })
        await rejects(
          file,
          new RegExp(
            `has the array ${name}, which is not known\\. Call it ${meant} if that is meant, or leave`,
          ),
        )
      }
      // What they nearly mean is there already, or they are nothing of the kind.
      for (const name of [
        'x_logvar',
        'mean_2',
        'x_mean',
        'log_qz',
        'new_logits',
        'true_labels',
        'x',
        'n_samples',
      ]) {
        write({ mean, sd, [name]: each })
        const found = await audit(file)
        assert.deepEqual(found.notes, [`posterior.safetensors: the array ${name} was not used.`])
      }
      write({ mean, sd, logvar: { shape: sd.shape, values: sd.values.map((s) => 2 * Math.log(s)) } })
      assert.deepEqual((await audit(file)).notes, ['sd was not used, since logvar was given.'])
      await rejects(
        { mean, sd, logvar: sd },
        /must be one of mean, sd, .*, got logvar\. Did you mean logVariance\?/,
      )
    }))

  it('does not take weights of components for equal, whatever they are called', () =>
    inFolder(async (folder) => {
      const file = path.join(folder, 'posterior.safetensors')
      const latent = mean.shape[1]
      const prior_mean = { shape: [4, latent], values: new Float32Array(4 * latent) }
      const write = (name: string, ...values: number[]) =>
        writeFileSync(
          file,
          encodeSafetensors({
            mean,
            sd,
            prior_mean,
            [name]: { shape: [4], values: Float32Array.from(values) },
          }),
        )
      for (const name of ['omega', 'p_of_c', 'component_weights']) {
        write(name, 0.1, 0.2, 0.3, 0.4)
        await rejects(
          file,
          new RegExp(
            `${name} has a number for each of the 4 components, and they differ\\. If they are weights, export`,
          ),
        )
        write(name, 0.25, 0.25, 0.25, 0.25)
        assert.match((await audit(file)).notes[0], new RegExp(`the array ${name} was not used`))
      }
      write('pi', 0.1, 0.2, 0.3, 0.4)
      await rejects(file, /pi is 0\.1\d* for component 0 and 0\.2\d* for component 1; expected equal weights/)
    }))

  it('has KL of a mixture as prior from draws, and refuses what does not fit it', async () => {
    const [components, latent] = [2, 3]
    const same = { shape: [components, latent], values: new Float32Array(6) }
    const found = await audit({ mean, sd, priorMean: same })
    // Two components in one place are the standard normal.
    nearNumber(found.metrics.kl!.value, kl, 4 * found.metrics.kl!.standardError + 0.05)
    assert.match(found.prior, /mixture of 2 normals/)
    await rejects(
      { mean, sd, priorMean: { shape: [2, 2], values: new Float32Array(4) } },
      /`priorMean` must be of shape \[K, 3\], got \[2, 2\]/,
    )
  })

  it('says in one line what to change', async () => {
    const [size, latent] = mean.shape
    const negative = { shape: sd.shape, values: sd.values.map((s) => 2 * Math.log(s)) }
    const broken = { shape: mean.shape, values: mean.values.map((m, i) => (i === 7 ? NaN : m)) }
    const draws = arrays.z!
    await rejects(
      { mean, sd: negative },
      /sd has the negative value -\S+, so it looks like log-variances\. Call them logvar\.$/,
    )
    await rejects({ mean: broken, sd }, /mean has NaN in row 2, counted from 0/)
    await rejects({ mean }, /`sd` must be given beside the means/)
    await rejects(
      { mean, sd: { shape: [size * latent], values: sd.values } },
      /`sd` must be of shape \[300, 3\], got \[900\]/,
    )
    await rejects({ ...arrays, z: undefined }, /`z` must be given beside log p\(x\|z\)/)
    await rejects(
      { ...arrays, z: { shape: [20, 300, 3], values: draws.values } },
      /first two axes are exchanged/,
    )
    await rejects('enc.onnx', /must be a file of arrays/)
    await rejects(3, /must be a path or an object of arrays/)
  })
})
