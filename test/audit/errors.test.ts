import assert from 'node:assert/strict'
import { copyFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { audit } from '../../src/audit/audit'
import { DataSet } from '../../src/data/dataset'
import type { OnnxFile, OnnxNode } from '../../src/export/onnx/proto'
import { encodeSafetensors } from '../../src/storage/safetensors'
import { inFolder } from '../data/temporary'
import { nearNumber } from '../support/near'
import { auditFiles, data, DIM, given, goodDecoder, goodEncoder, LATENT, linear, refused } from './files'
import { FIXTURES, skip } from './runtime'

const withOutput = (
  file: OnnxFile,
  name: string,
  op: OnnxNode,
  shape: (number | string)[] = ['batch', LATENT],
): OnnxFile => ({
  ...file,
  nodes: [...file.nodes, op],
  outputs: [...file.outputs, { name, shape }],
})
const renamed = (file: OnnxFile, outputs: string[]): OnnxFile => ({
  ...file,
  nodes: file.nodes.map((node, i) => ({ ...node, outputs: [outputs[i]] })),
  outputs: file.outputs.map((output, i) => ({ ...output, name: outputs[i] })),
})

describe('an audit of ONNX files', { skip }, () => {
  it('takes any names where nothing else can be meant, and leaves out further outputs', async () => {
    const [plain, odd] = [
      await auditFiles(goodEncoder),
      await auditFiles(
        renamed(linear('images.1', DIM, LATENT, ['mean', 'logvar']), ['17', '18']),
        linear('input', LATENT, DIM, ['23']),
      ),
    ]
    assert.equal(plain.metrics.kl!.value > 0, true)
    // Weights are named by what they make: the same numbers.
    nearNumber(odd.metrics.kl!.value, plain.metrics.kl!.value, 1e-6)
    const extra = withOutput(goodEncoder, 'z', { op: 'Add', inputs: ['mean', 'logvar'], outputs: ['z'] })
    const more = await auditFiles(extra)
    nearNumber(more.metrics.kl!.value, plain.metrics.kl!.value, 1e-6)
    assert.deepEqual(more.notes, ['enc.onnx: the output z was not used.'])
    assert.deepEqual(plain.notes, [])
    const both = {
      ...goodEncoder,
      nodes: [
        ...goodEncoder.nodes,
        { op: 'Concat', inputs: ['mean', 'logvar'], outputs: ['out'], attributes: { axis: 1 } },
      ],
      outputs: [{ name: 'out', shape: ['batch', 2 * LATENT] }],
    }
    nearNumber((await auditFiles(both)).metrics.kl!.value, plain.metrics.kl!.value, 1e-6)
  })

  it('refuses names that may mean several', async () => {
    const three = withOutput(goodEncoder, 'h', { op: 'Add', inputs: ['mean', 'logvar'], outputs: ['h'] })
    await refused(
      auditFiles({
        ...three,
        nodes: three.nodes.map((node) => ({
          ...node,
          outputs: [node.outputs[0].replace('logvar', 'b').replace('mean', 'a')],
          inputs: node.inputs.map((input) => (input === 'mean' ? 'a' : input === 'logvar' ? 'b' : input)),
        })),
        outputs: ['a', 'b', 'h'].map((name) => ({ name, shape: ['batch', LATENT] })),
      }),
      /which outputs are mean and log-variance, of a \[batch, 2\], b \[batch, 2\], h .*output_names=\['mean', 'logvar'\]/,
    )
    await refused(
      auditFiles({
        ...goodEncoder,
        inputs: [...goodEncoder.inputs, { name: 'eps', shape: ['batch', LATENT] }],
        nodes: [...goodEncoder.nodes, { op: 'Identity', inputs: ['eps'], outputs: ['unused'] }],
      }),
      /enc\.onnx: needs also eps \[batch, 2\]\. Export the encoder alone/,
    )
  })

  it('refuses a fixed batch size, outside and inside', async () => {
    await refused(
      auditFiles({ ...goodEncoder, inputs: [{ name: 'x', shape: [1, DIM] }] }),
      /input x takes batches of exactly 1\. Export with dynamic_axes=\{'x': \{0: 'batch'\}\}/,
    )
    const inside: OnnxFile = {
      ...goodEncoder,
      nodes: [
        { op: 'Reshape', inputs: ['x', 'one'], outputs: ['row'] },
        ...goodEncoder.nodes.map((node) => ({ ...node, inputs: ['row', node.inputs[1]] })),
      ],
      initializers: [
        ...goodEncoder.initializers,
        { name: 'one', dims: [2], data: BigInt64Array.from([1n, BigInt(DIM)]) },
      ],
    }
    await refused(
      auditFiles(inside),
      /fails for a batch of 40 but not for one row .*a batch size is fixed inside it/,
    )
  })

  it('refuses a log-variance that is called sd, and asks where the names do not tell', async () => {
    await refused(
      auditFiles(renamed(goodEncoder, ['mean', 'sd'])),
      /output sd is taken for sd, but has the negative value -\S+, so it looks like the log-variance\. Say `scale: 'logVariance'` \(on the command line `--scale logVariance`\)/,
    )
    const positive = {
      ...goodEncoder,
      nodes: [
        goodEncoder.nodes[0],
        { op: 'MatMul', inputs: ['x', 'w logvar'], outputs: ['h'] },
        { op: 'Exp', inputs: ['h'], outputs: ['s'] },
      ],
      outputs: [goodEncoder.outputs[0], { name: 's', shape: ['batch', LATENT] }],
    }
    await refused(
      auditFiles(positive),
      /is nowhere negative: is it sd, the log-variance, or a variance\? Say `scale: 'sd'` or `scale: 'logVariance'` \(on the command line .* of a variance export the logarithm\./,
    )
    assert.ok((await auditFiles(positive, goodDecoder, { scale: 'sd' })).metrics.kl!.value > 0)
  })

  it('refuses weights that are missing, operations that are too new, and other files', async () => {
    await inFolder(async (folder) => {
      const encoder = path.join(folder, 'external.enc.onnx')
      copyFileSync(path.join(FIXTURES, 'external.enc.onnx'), encoder)
      await refused(
        audit({ encoder, data }),
        /its weights are in another file, external\.enc\.onnx\.data, which is not beside it\. Copy both/,
      )
    })
    await refused(
      auditFiles({ ...goodEncoder, opset: 99 }),
      /needs a newer ONNX Runtime than 1\..*opset_version=17\.$/,
    )
    await refused(auditFiles({ ...goodEncoder, irVersion: 99 }), /needs a newer ONNX Runtime/)
    await refused(
      auditFiles(Buffer.from('no model at all')),
      /is not an ONNX model\. Export it with torch\.onnx\.export\.$/,
    )
  })

  it('refuses inputs whose numbers or axes are others', async () => {
    const grey = new DataSet({ ...given, values: 'intensity', x: data.x.map((value) => 0.3 + value / 2) })
    const bytes: OnnxFile = {
      ...goodEncoder,
      inputs: [{ name: 'x', shape: ['batch', DIM], type: 'uint8' }],
      nodes: [
        { op: 'Cast', inputs: ['x'], outputs: ['real'], attributes: { to: 1 } },
        ...goodEncoder.nodes.map((node) => ({ ...node, inputs: ['real', node.inputs[1]] })),
      ],
    }
    await refused(
      auditFiles(bytes, goodDecoder, { data: grey, likelihood: 'gaussian', sigma: 1 }),
      /input x is of type uint8, but the data have 0\.\d+: pixels are given as numbers from 0 to 1\. Export a float32 input/,
    )
    assert.ok((await auditFiles(bytes)).metrics.kl!.value > 0)
    const images = new DataSet({ ...given, x: new Float32Array(40 * 12), shape: [2, 2, 3] })
    const reshaped = (shape: (number | string)[]): OnnxFile => ({
      ...linear('flat', 12, LATENT, ['mean', 'logvar']),
      nodes: [
        { op: 'Flatten', inputs: ['x'], outputs: ['flat'] },
        ...linear('flat', 12, LATENT, ['mean', 'logvar']).nodes,
      ],
      inputs: [{ name: 'x', shape: ['batch', ...shape] }],
    })
    const large = linear('z', LATENT, 12, ['logits'])
    await refused(
      auditFiles(reshaped([3, 2, 2]), large, { data: images }),
      /input x has rows of \[3, 2, 2\], the data of \[2, 2, 3\]\. Save the data in that order of axes: .*transpose\(0, 3, 1, 2\)/,
    )
    await refused(
      auditFiles(reshaped(['h', 'w']), large, { data: images }),
      /input x \[batch, h, w\] has 2 axes beside the batch, the data have rows of \[2, 2, 3\]\. Save the data in that shape/,
    )
    const swapped: OnnxFile = {
      ...large,
      nodes: [
        { op: 'MatMul', inputs: ['z', 'w logits'], outputs: ['flat'] },
        { op: 'Reshape', inputs: ['flat', 'shape'], outputs: ['logits'] },
      ],
      initializers: [
        ...large.initializers,
        { name: 'shape', dims: [4], data: BigInt64Array.from([-1n, 3n, 2n, 2n]) },
      ],
      outputs: [{ name: 'logits', shape: ['batch', 3, 2, 2] }],
    }
    await refused(
      auditFiles(reshaped([2, 2, 3]), swapped, { data: images }),
      /dec\.onnx: output logits has rows of \[3, 2, 2\], the data of \[2, 2, 3\]/,
    )
  })

  it('refuses outputs that are one number, and standard deviations that are none', async () => {
    const scalar: OnnxFile = {
      ...goodEncoder,
      nodes: [
        { op: 'MatMul', inputs: ['x', 'w mean'], outputs: ['h'] },
        { op: 'ReduceMean', inputs: ['h'], outputs: ['mean'], attributes: { keepdims: 0 } },
        goodEncoder.nodes[1],
      ],
    }
    await refused(
      auditFiles(scalar),
      /output mean is a single number for a batch of 40\. Export it with a row for each/,
    )
    const withScale = (name: string, op: string, factor = 1): OnnxFile => ({
      ...goodEncoder,
      nodes: [
        goodEncoder.nodes[0],
        { op: 'MatMul', inputs: ['x', 'w logvar'], outputs: ['h'] },
        { op: 'Mul', inputs: ['h', 'factor'], outputs: ['g'] },
        { op, inputs: ['g'], outputs: [name] },
      ],
      initializers: [
        ...goodEncoder.initializers,
        { name: 'factor', dims: [], data: Float32Array.of(factor) },
      ],
      outputs: [goodEncoder.outputs[0], { name, shape: ['batch', LATENT] }],
    })
    await refused(
      auditFiles(withScale('sd', 'Relu')),
      /output sd has the value 0: a standard deviation must be > 0\. Add/,
    )
    await refused(
      auditFiles(withScale('s', 'Relu')),
      /output s is nowhere negative: is it sd, the log-variance, or a variance\?/,
    )
    await refused(
      auditFiles(withScale('logvar', 'Identity', 1e4)),
      /output logvar has the log-variance -?\S+, whose standard deviation is (0|Infinity) in float32\. Clamp it/,
    )
  })

  it('refuses latents that are two, or of another number', async () => {
    const two: OnnxFile = {
      ...goodDecoder,
      inputs: ['a', 'b'].map((name) => ({ name, shape: ['batch', 1] })),
      nodes: [
        { op: 'Concat', inputs: ['a', 'b'], outputs: ['z'], attributes: { axis: 1 } },
        ...goodDecoder.nodes,
      ],
    }
    await refused(
      auditFiles(goodEncoder, two),
      /which input is z, of a .*b .*all of its units in one input \(torch\.cat\)/,
    )
    const wide = linear('z', 3, DIM, ['logits'])
    await refused(
      auditFiles(goodEncoder, { ...wide, inputs: [{ name: 'z', shape: ['batch', 'units'] }] }),
      /dec\.onnx: does not run for z \[batch, 2\] \(.*\)\. Give the encoder, the decoder and the data of one model/,
    )
  })

  it('refuses files and data that are not there', () =>
    inFolder(async (folder) => {
      await refused(
        audit({ encoder: path.join(folder, 'none.onnx'), data }),
        /none\.onnx: does not exist\. Check the path/,
      )
      await refused(audit({ encoder: folder, data }), /: is a folder\. Name the \.onnx file\./)
      await refused(auditFiles(goodEncoder, goodDecoder, { data: path.join(folder, 'x.npy') }), /x\.npy/)
      for (const [name, shape, likelihood] of [
        ['rows', [0, DIM], 'bernoulli'],
        ['tokens', [0, 9], 'categorical'],
      ] as const) {
        const empty = path.join(folder, `${name}.safetensors`)
        writeFileSync(empty, encodeSafetensors({ x: { shape, values: new Float32Array(0) } }))
        await refused(
          auditFiles(goodEncoder, goodDecoder, { data: empty, likelihood }),
          /\b0\b|no rows|empty/,
        )
      }
    }))

  it('refuses NaN, with its row', async () => {
    const broken: OnnxFile = {
      ...goodEncoder,
      nodes: [
        { op: 'MatMul', inputs: ['x', 'w mean'], outputs: ['h'] },
        { op: 'Log', inputs: ['h'], outputs: ['mean'] },
        goodEncoder.nodes[1],
      ],
    }
    await refused(
      auditFiles(broken),
      /enc\.onnx: output mean has (NaN|-Infinity) in row \d+, counted from 0\. Look for NaN/,
    )
    const decoder: OnnxFile = {
      ...goodDecoder,
      nodes: [
        { op: 'MatMul', inputs: ['z', 'w logits'], outputs: ['h'] },
        { op: 'Log', inputs: ['h'], outputs: ['logits'] },
      ],
    }
    await refused(auditFiles(goodEncoder, decoder), /dec\.onnx: output logits has NaN/)
  })

  it('refuses parts that do not fit each other or the data', async () => {
    await refused(
      auditFiles(goodEncoder, linear('z', 3, DIM, ['logits'])),
      /input z takes 3 units, the encoder gives 2\. Give the two of one model\./,
    )
    await refused(
      auditFiles(goodEncoder, linear('z', LATENT, 5, ['logits'])),
      /has 5 numbers a row, the data 4/,
    )
    await refused(
      auditFiles(linear('x', 6, LATENT, ['mean', 'logvar'])),
      /takes rows of \[6\], the data have rows of \[4\]/,
    )
    await refused(
      auditFiles(goodEncoder, goodDecoder, { likelihood: 'gaussian' }),
      /has no output of σ, only logits .*`sigma: 0\.1` \(on the command line `--sigma 0\.1`\)/,
    )
    await refused(
      auditFiles(goodEncoder, goodDecoder, { likelihood: 'bernouli' as never }),
      /`likelihood` must be 'bernoulli', /,
    )
  })

  it('takes probabilities where they are said to be some, and asks otherwise', async () => {
    const sigmoid = (name: string): OnnxFile => ({
      ...goodDecoder,
      nodes: [
        { op: 'MatMul', inputs: ['z', 'w logits'], outputs: ['h'] },
        { op: 'Sigmoid', inputs: ['h'], outputs: [name] },
      ],
      outputs: [{ name, shape: ['batch', DIM] }],
    })
    const logits = await auditFiles(goodEncoder)
    for (const found of [
      await auditFiles(goodEncoder, sigmoid('probs')),
      await auditFiles(goodEncoder, sigmoid('y'), { output: 'mean' }),
    ])
      nearNumber(found.metrics.logLikelihood!.value, logits.metrics.logLikelihood!.value, 1e-4)
    await refused(
      auditFiles(goodEncoder, sigmoid('y')),
      /output y lies between 0 and 1: are these probabilities, not logits\? Export without the sigmoid, or say `output: 'mean'`/,
    )
  })

  it('refuses options that it does not know', async () => {
    await refused(
      auditFiles(goodEncoder, goodDecoder, { decodr: 'x' } as never),
      /an option of audit of a model must be one of .*, got decodr\. Did you mean decoder\?/,
    )
    await assert.rejects(audit({ encoder: 'enc.onnx' } as never), /`data` must be held-out data/)
    await assert.rejects(
      audit({ encoder: 'enc.onnx', decoder: 'dec.onnx', data }),
      /`likelihood` must be .*, got nothing/,
    )
  })
})
