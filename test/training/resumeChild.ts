// Trains a small model in a run folder, a checkpoint at every step, and writes its weights and history when it is done.
//
//   node --import tsx test/training/resumeChild.ts ENGINE FOLDER OUT [WHERE TO DIE]
import { writeFileSync } from 'node:fs'
import { startEngine } from '../../src/compute/engine'
import { lidmvae } from '../../src/models/builders'
import { bernoulli } from '../../src/distributions/bernoulli'
import { readWeights } from '../../src/models/weights'
import { fit } from '../../src/training/fit'
import { tinyImages } from '../support/models'
import { dieIn } from './dying'

async function main(): Promise<void> {
  const [engine, folder, out, where] = process.argv.slice(2)
  await startEngine({ engine: engine as 'native', quiet: true })
  if (where !== undefined) dieIn(where, folder)
  const train = tinyImages(47, 12)
  const model = lidmvae({ likelihood: bernoulli(12), latent: 3, components: 3, hidden: 16, seed: 1 })
  const history = await fit(model, train, {
    epochs: 6,
    batchSize: 10,
    seed: 3,
    validation: tinyImages(20, 12),
    keepBest: true,
    klWeight: (progress) => 0.2 + progress,
    run: folder === '-' ? undefined : folder,
    checkpointEvery: 0,
    verbose: false,
    onStep: (step) => process.stdout.write(`${step}\n`),
  })
  const rows = history.rows.map(({ seconds, ...row }) => ({ ...row, seconds: seconds > 0 }))
  const weights = Object.fromEntries(
    Object.entries(readWeights(model)).map(([name, values]) => [name, [...values]]),
  )
  writeFileSync(
    out,
    JSON.stringify({ rows, weights, steps: model.steps, epochs: model.epochs, best: history.best }),
  )
}

void main()
