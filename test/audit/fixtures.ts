import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { AuditModel } from '../../src/audit/onnx/audit'
import type { Audit } from '../../src/audit/result'
import type { VerdictKind } from '../../src/metrics/verdict'

interface Figure {
  value: number
  standardError: number
}

type Figures = Record<
  string,
  { kl: Figure; mutualInformation: Figure; logLikelihood: Figure; activeUnits: number }
>

/** A model that make.py trained, from a folder that it wrote. */
export const modelIn = (
  folder: string,
  name: string,
  data = 'rows',
  more: Partial<AuditModel> = {},
): AuditModel => ({
  encoder: path.join(folder, `${name}.enc.onnx`),
  decoder: path.join(folder, `${name}.dec.onnx`),
  data: path.join(folder, `${data}.npy`),
  likelihood: 'bernoulli',
  ...more,
})

interface Expected {
  kind: VerdictKind
  collapsed: boolean
  dead?: number
  data?: string
  more?: Partial<AuditModel>
}

/** What is to be found in each. */
export const EXPECTED: Readonly<Record<string, Expected>> = {
  healthy: { kind: 'healthy', collapsed: false },
  beta20: { kind: 'non-identifiable model', collapsed: true },
  dead: { kind: 'dead units', collapsed: false, dead: 4 },
  crippled: { kind: 'failed inference', collapsed: true },
  conv: { kind: 'healthy', collapsed: false, data: 'images' },
  text: {
    kind: 'dead units',
    collapsed: false,
    dead: 1,
    data: 'texts',
    more: { likelihood: 'categorical', pad: 0 },
  },
}

/** The model of that name, as it is audited. */
export const auditedIn = (folder: string, name: string): AuditModel =>
  modelIn(folder, name, EXPECTED[name].data, EXPECTED[name].more)

/**
 * Asserts the verdict, and that the figures are those of PyTorch, in the same folder, within two standard
 * errors of the difference.
 */
export function agrees(folder: string, name: string, found: Audit): void {
  const { verdict, metrics, deadUnits, collapsed, cannotTell } = found
  const expected = EXPECTED[name]
  const own = (JSON.parse(readFileSync(path.join(folder, 'figures.json'), 'utf8')) as Figures)[name]
  assert.equal(verdict[0].kind, expected.kind, verdict[0].summary)
  assert.equal(collapsed, expected.collapsed)
  assert.equal(deadUnits.length, expected.dead ?? 0)
  assert.deepEqual(cannotTell, [])
  assert.equal(metrics.activeUnits.value, own.activeUnits)
  for (const metric of ['kl', 'mutualInformation', 'logLikelihood'] as const) {
    const [a, b] = [metrics[metric]!, own[metric]]
    // Rounding of float32 beside it: KL of a collapsed model has a standard error of a billionth.
    const most = 2 * Math.hypot(a.standardError, b.standardError) + 1e-5
    assert.ok(
      Math.abs(a.value - b.value) <= most,
      `${metric}: ${a.value} ± ${a.standardError}, PyTorch ${b.value} ± ${b.standardError}, at most ${most} apart`,
    )
  }
  // KL is of the same numbers, but for rounding.
  assert.ok(Math.abs(metrics.kl!.value - own.kl.value) <= 1e-4 * Math.max(1, own.kl.value))
}
