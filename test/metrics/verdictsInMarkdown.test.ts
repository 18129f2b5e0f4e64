import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Diagnosis } from '../../src/metrics/diagnose'
import { verdictsInMarkdown } from '../../src/metrics/verdictsInMarkdown'

const withVerdict = (...verdict: string[]) => ({ verdict }) as unknown as Diagnosis

describe('verdictsInMarkdown', () => {
  it('has an item for each model and variable, in their order', () =>
    assert.equal(
      verdictsInMarkdown({
        plain: withVerdict('z: healthy. Yes.', 'w: non-identifiable model. q(w|x) is p(w).'),
        identifiable: withVerdict('z: healthy. No.'),
      }),
      [
        '- **plain**, z: healthy. Yes.',
        '- **plain**, w: non-identifiable model. q(w|x) is p(w).',
        '- **identifiable**, z: healthy. No.',
      ].join('\n'),
    ))

  it('shows a name as it is', () =>
    assert.equal(
      verdictsInMarkdown({ 'μ_1 * [2]\n<b>': withVerdict('z: healthy.') }),
      '- **μ\\_1 \\* \\[2\\] \\<b\\>**, z: healthy.',
    ))

  it('refuses anything but diagnoses by name', () => {
    for (const wrong of [
      undefined,
      null,
      {},
      'plain',
      withVerdict('z: healthy.'),
      { plain: null },
      { plain: 3 },
    ])
      assert.throws(() => verdictsInMarkdown(wrong as never), {
        name: 'ArgumentError',
        message: /^`diagnoses` must be diagnoses by model name, got .*\. For example \{ model: await/,
      })
  })
})
