// Trains a model whose products are wide enough for TensorFlow to put its stack on the heap, and says when
// steps run as a graph.
//
//   node --require ./scripts/testing/compiled.cjs test/training/signalledChild.ts
import { createHash } from 'node:crypto'
import { startEngine } from '../../src/compute/engine'
import { bernoulli } from '../../src/distributions/bernoulli'
import { vae } from '../../src/models/builders'
import { readWeights } from '../../src/models/weights'
import { fit } from '../../src/training/fit'
import { tinyImages } from '../support/models'

async function main(): Promise<void> {
  await startEngine({ engine: 'native', quiet: true })
  let heard = 0
  process.on('SIGWINCH', () => heard++)
  const model = vae({ likelihood: bernoulli(300), latent: 8, hidden: 200, seed: 1 })
  await fit(model, tinyImages(1000, 300), {
    epochs: 60,
    batchSize: 100,
    seed: 3,
    verbose: false,
    // The first steps record the graph, operation by operation.
    onStep: (step) => step === 3 && process.stdout.write('recorded\n'),
  })
  const hash = createHash('sha256')
  for (const values of Object.values(readWeights(model)))
    hash.update(Buffer.from(values.buffer, values.byteOffset, values.byteLength))
  process.stdout.write(`${JSON.stringify({ weights: hash.digest('hex'), heard: heard > 0 })}\n`)
}

void main()
