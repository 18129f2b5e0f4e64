import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, it } from 'node:test'
import { audit } from '../../src/audit/audit'
import { from } from '../../src/data/own/from'
import { thousands } from '../../src/base/thousands'
import type { Audit } from '../../src/audit/result'
import { agrees, auditedIn, EXPECTED, modelIn } from './fixtures'
import { FIXTURES, skip } from './runtime'

const modelOf = (name: string) => modelIn(FIXTURES, name)

const found = new Map<string, Audit>()
const auditOf = async (name: string): Promise<Audit> => {
  const known = found.get(name) ?? (await audit(auditedIn(FIXTURES, name)))
  found.set(name, known)
  return known
}

describe('an audit of models that PyTorch trained', { skip }, () => {
  for (const name of Object.keys(EXPECTED))
    it(`has the verdict on ${name}, and PyTorch's own figures within two standard errors`, async () =>
      agrees(FIXTURES, name, await auditOf(name)))

  it('finds codes with the same likelihood where the decoder is flat, and counts what it decoded', async () => {
    const flat = await auditOf('beta20')
    assert.ok(flat.witness!.found)
    assert.ok(flat.witness!.closest.divergence < 1e-3)
    const { witness, decodings, size } = await auditOf('healthy')
    assert.equal(witness!.found, false)
    assert.ok(witness!.evaluations > 1000 && witness!.evaluations <= decodings - size * 70)
    assert.match(witness!.summary, new RegExp(`${thousands(witness!.evaluations)} codes decoded`))
    const dead = (await auditOf('dead')).witness!
    assert.ok(dead.found && dead.pairs[0].distance >= 0.999)
  })

  it('tells from the encoder alone what it can', async () => {
    const { decoder: _, likelihood: _l, ...encoder } = modelOf('dead')
    const { verdict, metrics, witness, cannotTell, decodings } = await audit(encoder)
    assert.equal(verdict[0].kind, 'dead units')
    assert.equal(metrics.logLikelihood, undefined)
    assert.equal(witness, undefined)
    assert.equal(decodings, 0)
    assert.ok(cannotTell.some((line) => /--decoder/.test(line)))
  })

  it('reads weights that lie in a file beside the model', async () => {
    const external = await audit(
      { ...modelOf('healthy'), encoder: path.join(FIXTURES, 'external.enc.onnx') },
      { witness: false },
    )
    const one = await auditOf('healthy')
    assert.ok(Math.abs(external.metrics.kl!.value - one.metrics.kl!.value) < 1e-5)
    assert.equal(external.files.find(({ role }) => role === 'data')!.bytes, 9728)
    assert.match(external.cannotTell[0], /were not asked for/)
  })

  it('reads tokens from a data set as from a file', async () => {
    const model = auditedIn(FIXTURES, 'text')
    const tokens = await from(model.data as string, { onNote: () => undefined })
    const small = { size: 60, samples: 5, witness: false }
    const [file, set] = [await audit(model, small), await audit({ ...model, data: tokens }, small)]
    assert.deepEqual(set.metrics, file.metrics)
  })

  it('draws the same from the same seed, and some of the data where fewer are asked for', async () => {
    const small = { size: 50, samples: 10, witness: false, seed: 5 }
    const [a, b] = [await audit(modelOf('healthy'), small), await audit(modelOf('healthy'), small)]
    assert.deepEqual(a.metrics, b.metrics)
    assert.equal(a.size, 50)
    assert.deepEqual(a.settings, {
      likelihood: 'bernoulli',
      size: 50,
      samples: 10,
      priorSamples: 20,
      binarize: true,
      witness: false,
      seed: 5,
    })
    const controller = new AbortController()
    controller.abort(new Error('enough'))
    await assert.rejects(audit(modelOf('healthy'), { signal: controller.signal }), /enough/)
  })
})
