import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DataSet } from '../../src/data/dataset'
import type { OnnxFile } from '../../src/export/onnx/proto'
import { nearNumber } from '../support/near'
import { auditFiles, data, DIM, given, goodDecoder, goodEncoder, LATENT, linear, refused } from './files'
import { skip } from './runtime'

/** The decoder with an operation at its end. */
const ending = (op: string, name: string): OnnxFile => ({
  ...goodDecoder,
  nodes: [
    { op: 'MatMul', inputs: ['z', 'w logits'], outputs: ['h'] },
    { op, inputs: ['h'], outputs: [name] },
  ],
  outputs: [{ name, shape: ['batch', DIM] }],
})

describe('what an audited file means', { skip }, () => {
  it('is seen from its numbers where its name is wrong: probabilities called logits', async () => {
    await refused(
      auditFiles(goodEncoder, ending('Sigmoid', 'logits')),
      /output logits lies between 0 and 1: are these probabilities, not logits\? Export without the sigmoid, or say `output: 'mean'` \(on the command line `--output mean`\), or `output: 'natural'`/,
    )
    const [logits, means] = [
      await auditFiles(goodEncoder),
      await auditFiles(goodEncoder, ending('Sigmoid', 'logits'), { output: 'mean' }),
    ]
    nearNumber(means.metrics.logLikelihood!.value, logits.metrics.logLikelihood!.value, 1e-4)
    const asked = await auditFiles(goodEncoder, ending('Sigmoid', 'logits'), { output: 'natural' })
    assert.ok(asked.metrics.logLikelihood!.value < logits.metrics.logLikelihood!.value)
  })

  it('is asked of rates that may be their logarithms', async () => {
    const poisson = { likelihood: 'poisson' as const }
    for (const name of ['mean', 'y'])
      await refused(
        auditFiles(goodEncoder, ending('Exp', name), poisson),
        /output \w+ is nowhere negative: are these rates, or their logarithms\? Say `output: 'mean'` \(on the command line `--output mean`\) for rates/,
      )
    const logs = await auditFiles(goodEncoder, linear('z', LATENT, DIM, ['log_rate']), poisson)
    const rates = await auditFiles(goodEncoder, ending('Exp', 'rate'), poisson)
    assert.ok(rates.metrics.logLikelihood!.value > -20 && logs.metrics.logLikelihood!.value > -20)
  })

  it('is said where only the order of two outputs tells', async () => {
    const { notes } = await auditFiles(linear('x', DIM, LATENT, ['17', '18']))
    assert.deepEqual(notes, ['enc.onnx: 17 was taken for the mean and 18 for its spread, by their order.'])
  })

  it('is no draw: an encoder or decoder with noise inside is refused', async () => {
    const noisy = (file: OnnxFile): OnnxFile => ({
      ...file,
      nodes: [
        { ...file.nodes[0], outputs: ['h'] },
        { op: 'RandomNormalLike', inputs: ['h'], outputs: ['noise'] },
        { op: 'Add', inputs: ['h', 'noise'], outputs: file.nodes[0].outputs },
        ...file.nodes.slice(1),
      ],
    })
    await refused(
      auditFiles(noisy(goodEncoder)),
      /enc\.onnx: output mean is another each time, \S+ and then \S+: noise or dropout is inside\. Export it in evaluation mode/,
    )
    await refused(
      auditFiles(goodEncoder, noisy(goodDecoder)),
      /dec\.onnx: output logits is another each time/,
    )
  })

  it('is not that of other numbers: integers for codes, or data outside of 0 to 1', async () => {
    const whole: OnnxFile = {
      ...goodDecoder,
      inputs: [{ name: 'z', shape: ['batch', LATENT], type: 'int64' }],
      nodes: [
        { op: 'Cast', inputs: ['z'], outputs: ['real'], attributes: { to: 1 } },
        { ...goodDecoder.nodes[0], inputs: ['real', 'w logits'] },
      ],
    }
    await refused(
      auditFiles(goodEncoder, whole),
      /input z is of type int64, but codes are real\. Export it as float32\./,
    )
    const signed = new DataSet({ ...given, values: 'real', x: data.x.map((value) => 2 * value - 1) })
    await refused(
      auditFiles(goodEncoder, goodDecoder, { data: signed }),
      /got values 'real'\. Bring them to numbers from 0 to 1, as the model was trained, or name its likelihood/,
    )
  })
})
