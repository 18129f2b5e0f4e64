// Trains a small model, slowly and with no checkpoint but that of a stop, as a script would; writes down
// every step in STEPS, and what follows the training in OUT.
//
//   node --import tsx test/training/endedChild.ts ENGINE FOLDER OUT STEPS [listens | measures]
import { appendFileSync, writeFileSync } from 'node:fs'
import { startEngine } from '../../src/compute/engine'
import { bernoulli } from '../../src/distributions/bernoulli'
import { diagnose } from '../../src/metrics/diagnose'
import { lidmvae } from '../../src/models/builders'
import { readWeights } from '../../src/models/weights'
import { fit } from '../../src/training/fit'
import { tinyImages } from '../support/models'

async function main(): Promise<void> {
  const [engine, folder, out, steps, how] = process.argv.slice(2)
  await startEngine({ engine: engine as 'native', quiet: true })
  const heard: string[] = []
  if (how === 'listens') for (const one of ['SIGTERM', 'SIGHUP']) process.on(one, () => heard.push(one))
  const train = tinyImages(47, 12)
  const model = lidmvae({ likelihood: bernoulli(12), latent: 3, components: 3, hidden: 16, seed: 1 })
  const history = await fit(model, train, {
    epochs: 6,
    batchSize: 10,
    seed: 3,
    run: folder === '-' ? undefined : folder,
    checkpointEvery: 1e6,
    verbose: false,
    onStep: (step) => {
      appendFileSync(steps, `${step}\n`)
      process.stdout.write(`${step}\n`)
      // Long enough for a signal to come between two steps.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30)
    },
    onEpoch: async () => {
      if (how !== 'measures') return
      process.stdout.write('measuring\n')
      for (;;) await diagnose(model, train, { size: 40 })
    },
  })
  const weights = Object.fromEntries(
    Object.entries(readWeights(model)).map(([name, values]) => [name, [...values]]),
  )
  writeFileSync(out, JSON.stringify({ weights, steps: model.steps, stopped: history.stopped, heard }))
  if (heard.length > 0) process.exit(7)
}

void main()
