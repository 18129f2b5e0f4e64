import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it, mock } from 'node:test'
import { audit, type AuditCommand } from '../../../src/apps/cli/audit'
import { encodeSafetensors } from '../../../src/storage/safetensors'
import { FIXTURES, skip } from '../../audit/runtime'
import { linearArrays } from '../../audit/linear'
import { inFolder } from '../../data/temporary'

/** Exit code and what was printed. */
async function run(source: string | undefined, command: AuditCommand) {
  const log = mock.method(console, 'log', () => undefined)
  const error = mock.method(console, 'error', () => undefined)
  try {
    const code = await audit(source, command)
    return { code, text: log.mock.calls.map((call) => String(call.arguments[0])).join('\n') }
  } finally {
    log.mock.restore()
    error.mock.restore()
  }
}

const model = (name: string): AuditCommand => ({
  encoder: path.join(FIXTURES, `${name}.enc.onnx`),
  decoder: path.join(FIXTURES, `${name}.dec.onnx`),
  data: path.join(FIXTURES, 'rows.npy'),
  likelihood: 'bernoulli',
  samples: '10',
  witness: false,
})

describe('lidvae audit', () => {
  it('fails on what it was asked to fail on', { skip }, async () => {
    const code = async (name: string, failOn?: string) =>
      (await run(undefined, { ...model(name), failOn })).code
    assert.equal(await code('beta20'), 0)
    assert.equal(await code('beta20', 'collapse'), 1)
    assert.equal(await code('healthy', 'collapse'), 0)
    assert.equal(await code('healthy', 'doubt'), 0)
    assert.equal(await code('dead', 'collapse'), 0)
    assert.equal(await code('dead', 'dead-units'), 1)
    await assert.rejects(
      run(undefined, { ...model('healthy'), failOn: 'colapse' }),
      /--fail-on must be 'collapse', /,
    )
  })

  it('writes what it found as JSON, and prints the verdict first', () =>
    inFolder(async (folder) => {
      const [source, json] = [path.join(folder, 'q.safetensors'), path.join(folder, 'out.json')]
      const { mean, sd } = linearArrays().arrays
      writeFileSync(source, encodeSafetensors({ mean, sd: sd! }))
      const html = path.join(folder, 'report.html')
      const { code, text } = await run(source, { json, html, failOn: 'collapse' })
      const page = readFileSync(html, 'utf8')
      assert.match(page, /<h1>Verdict: dead units<\/h1>\n<p class="verdict">z: dead units\. /)
      for (const part of ['<svg', 'KL of each unit of z', 'Not measured', 'SHA-256', 'lidvae'])
        assert.ok(page.includes(part), part)
      await assert.rejects(run(source, { html: 'report.pdf' }), /`--html` must be a path ending in \.html/)
      assert.equal(code, 0)
      assert.match(text, /^z: dead units\. /)
      const written = JSON.parse(readFileSync(json, 'utf8')) as {
        verdict: { variable: string; kind: string; summary: string }[]
        metrics: { kl: { value: number } }
      }
      assert.deepEqual(Object.keys(written.verdict[0]), ['variable', 'kind', 'summary'])
      assert.ok(written.metrics.kl.value > 1)
    }))

  it('says which option is missing or wrong', async () => {
    await assert.rejects(run(undefined, {}), /npx lidvae audit posterior\.npz/)
    await assert.rejects(
      run(undefined, { decoder: 'dec.onnx' }),
      /`--encoder` must be an ONNX file, got nothing/,
    )
    await assert.rejects(run(undefined, { encoder: 'enc.onnx' }), /`--data` must be held-out data/)
    await assert.rejects(run('q.npz', { priorDraws: 'x.npy' }), /--prior-draws must be omitted/)
    await assert.rejects(
      run(undefined, { ...model('healthy'), sigma: 'much' }),
      /`--sigma` must be a number, got 'much'/,
    )
    await assert.rejects(
      run(undefined, { ...model('healthy'), samples: '1.5' }),
      /`--samples` must be an integer/,
    )
  })
})
