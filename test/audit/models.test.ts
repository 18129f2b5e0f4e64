import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { audit } from '../../src/audit/audit'
import { from } from '../../src/data/own/from'
import type { AuditModel } from '../../src/audit/onnx/audit'
import type { Audit } from '../../src/audit/result'
import type { VerdictKind } from '../../src/metrics/verdict'
import { FIXTURES, skip } from './runtime'

interface Figure {
  value: number
  standardError: number
}

/** What PyTorch measured of its own models. */
const figures = JSON.parse(readFileSync(path.join(FIXTURES, 'figures.json'), 'utf8')) as Record<
  string,
  { kl: Figure; mutualInformation: Figure; logLikelihood: Figure; activeUnits: number }
>

const modelOf = (name: string, data = 'rows', more: Partial<AuditModel> = {}): AuditModel => ({
  encoder: path.join(FIXTURES, `${name}.enc.onnx`),
  decoder: path.join(FIXTURES, `${name}.dec.onnx`),
  data: path.join(FIXTURES, `${data}.npy`),
  likelihood: 'bernoulli',
  ...more,
})

const expected: Record<string, { kind: VerdictKind; collapsed: boolean; dead?: number; model: AuditModel }> =
  {
    healthy: { kind: 'healthy', collapsed: false, model: modelOf('healthy') },
    beta20: { kind: 'non-identifiable model', collapsed: true, model: modelOf('beta20') },
    dead: { kind: 'dead units', collapsed: false, dead: 4, model: modelOf('dead') },
    crippled: { kind: 'failed inference', collapsed: true, model: modelOf('crippled') },
    conv: { kind: 'healthy', collapsed: false, model: modelOf('conv', 'images') },
    text: {
      kind: 'dead units',
      collapsed: false,
      dead: 1,
      model: modelOf('text', 'texts', { likelihood: 'categorical', pad: 0 }),
    },
  }

const found = new Map<string, Audit>()
const auditOf = async (name: string): Promise<Audit> => {
  const known = found.get(name) ?? (await audit(expected[name].model))
  found.set(name, known)
  return known
}

describe('an audit of models that PyTorch trained', { skip }, () => {
  for (const [name, { kind, collapsed, dead = 0 }] of Object.entries(expected))
    it(`has the verdict on ${name}, and PyTorch's own figures within two standard errors`, async () => {
      const { verdict, metrics, deadUnits, collapsed: isCollapsed, cannotTell } = await auditOf(name)
      const own = figures[name]
      assert.equal(verdict[0].kind, kind, verdict[0].summary)
      assert.equal(isCollapsed, collapsed)
      assert.equal(deadUnits.length, dead)
      assert.deepEqual(cannotTell, [])
      assert.equal(metrics.activeUnits.value, own.activeUnits)
      for (const metric of ['kl', 'mutualInformation', 'logLikelihood'] as const) {
        const [a, b] = [metrics[metric]!, own[metric]]
        const most = 2 * (a.standardError + b.standardError) + 1e-5
        assert.ok(
          Math.abs(a.value - b.value) <= most,
          `${metric}: ${a.value}, PyTorch ${b.value}, at most ${most} apart`,
        )
      }
      // KL is of the same numbers, but for rounding.
      assert.ok(Math.abs(metrics.kl!.value - own.kl.value) <= 1e-4 * Math.max(1, own.kl.value))
    })

  it('finds codes with the same likelihood where the decoder is flat, and counts what it decoded', async () => {
    const flat = await auditOf('beta20')
    assert.ok(flat.witness!.found)
    assert.ok(flat.witness!.closest.divergence < 1e-3)
    const { witness, decodings, size } = await auditOf('healthy')
    assert.equal(witness!.found, false)
    assert.ok(witness!.evaluations > 1000 && witness!.evaluations <= decodings - size * 70)
    assert.match(witness!.summary, new RegExp(`${witness!.evaluations} codes decoded`))
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
    const { model } = expected.text
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
