import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { audit } from '../../src/audit/audit'
import type { AuditModel } from '../../src/audit/onnx/audit'
import { LidvaeError } from '../../src/base/errors'
import { DataSet } from '../../src/data/dataset'
import { encodeOnnx, type OnnxFile, type OnnxNode } from '../../src/export/onnx/proto'
import { inFolder } from '../data/temporary'

export const [DIM, LATENT] = [4, 2]
export const given = {
  name: 'corners',
  x: Float32Array.from({ length: 40 * DIM }, (_, i) => Number((Math.imul(i, 2654435761) >>> 8) % 3 === 0)),
  shape: [DIM],
  values: 'binary',
  source: 'made by a test',
} as const
export const data = new DataSet(given)

const matrix = (rows: number, columns: number, scale = 0.5): Float32Array =>
  Float32Array.from({ length: rows * columns }, (_, i) => scale * Math.sin(i + 1))

/** x W for each output. */
export const linear = (
  input: string,
  from: number,
  to: number,
  outputs: string[],
  more: Partial<OnnxFile> = {},
): OnnxFile => ({
  nodes: outputs.map((name): OnnxNode => ({ op: 'MatMul', inputs: [input, `w ${name}`], outputs: [name] })),
  initializers: outputs.map((name) => ({ name: `w ${name}`, dims: [from, to], data: matrix(from, to) })),
  inputs: [{ name: input, shape: ['batch', from] }],
  outputs: outputs.map((name) => ({ name, shape: ['batch', to] })),
  ...more,
})
export const goodEncoder = linear('x', DIM, LATENT, ['mean', 'logvar'])
export const goodDecoder = linear('z', LATENT, DIM, ['logits'])

/** Audits files written for the purpose. */
export const auditFiles = (
  encoder: OnnxFile | Buffer,
  decoder: OnnxFile | Buffer = goodDecoder,
  more: Partial<AuditModel> = {},
) =>
  inFolder((folder) => {
    const write = (name: string, file: OnnxFile | Buffer): string => {
      const place = path.join(folder, name)
      writeFileSync(place, Buffer.isBuffer(file) ? file : encodeOnnx(file))
      return place
    }
    return audit(
      {
        encoder: write('enc.onnx', encoder),
        decoder: write('dec.onnx', decoder),
        data,
        likelihood: 'bernoulli',
        ...more,
      },
      { samples: 5, priorSamples: 5, witness: false },
    )
  })

/** It is refused in one line, which says what to change. */
export const refused = (found: Promise<unknown>, expected: RegExp) =>
  assert.rejects(found, (error) => {
    assert.ok(error instanceof LidvaeError, String(error))
    assert.match(error.message, expected)
    assert.doesNotMatch(error.message, /\n/)
    assert.match(error.message, /[.?]( [A-Z].*[.?])?$/)
    return true
  })
