// Run in a separate process by measureThreads: prints the median milliseconds of a training step with the
// environment's thread settings.
import { bernoulli } from '../distributions/bernoulli'
import { lidvae } from '../models/builders'
import { elboLoss } from '../training/elbo'
import { DataSet } from '../data/dataset'
import { startEngine } from '../compute/engine'
import { adam } from '../compute/optimizers'
import { uniforms } from '../compute/philox'
import { TrainingStep } from '../compute/step'

const BATCH = 100
const DIM = 784

async function main(): Promise<void> {
  await startEngine({ engine: 'native', quiet: true })
  const model = lidvae({ likelihood: bernoulli(DIM), latent: 16 })
  const x = uniforms(1, 0, BATCH * DIM)
  const data = new DataSet({ name: 'noise', x, shape: [DIM], values: 'intensity', source: 'noise' })
  const step = new TrainingStep({
    variables: model.parameters.variables,
    loss: elboLoss(model, data),
    optimizer: adam(),
  })
  const times: number[] = []
  for (let i = 1; i <= 40; i++) {
    const began = performance.now()
    const binarisation = { values: Int32Array.of(1, i), shape: [2] }
    step.run(
      { x: { values: x, shape: [BATCH, DIM] }, klWeight: 1, binarisation },
      { key: [1, i], rate: 1e-3, step: i },
    )
    if (i > 10) times.push(performance.now() - began)
  }
  process.stdout.write(String(times.sort((a, b) => a - b)[times.length >> 1]))
}

void main()
