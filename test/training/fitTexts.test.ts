import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { it } from 'node:test'
import { adam } from '../../src/compute/optimizers'
import { diagnose } from '../../src/metrics/diagnose'
import { evaluate } from '../../src/metrics/evaluate'
import { elbo } from '../../src/metrics/logLikelihood'
import { readWeights } from '../../src/models/weights'
import { TrainingStep } from '../../src/compute/step'
import { elboLoss } from '../../src/training/elbo'
import { fit } from '../../src/training/fit'
import type { FitOptions } from '../../src/training/options'
import { onEachEngine } from '../support/engines'
import { expectNoLeaks } from '../support/leaks'
import { textVariants, tinyTexts } from '../support/texts'

const train = tinyTexts(27, 5, 1, [1, 3])
const options: FitOptions = {
  epochs: 4,
  batchSize: 5,
  optimizer: adam({ rate: 0.01 }),
  clipNorm: 5,
  seed: 2,
  validation: tinyTexts(9, 5, 7, [1, 3]),
  verbose: false,
}

onEachEngine('fit on texts', () => {
  for (const { title, build } of textVariants(5))
    it(`lowers the loss, uses every text once per epoch, and leaks nothing: ${title}`, () =>
      expectNoLeaks(async () => {
        const model = build()
        const { rows } = await fit(model, train, options)
        assert.ok(rows[3].loss < rows[0].loss)
        assert.ok(rows[3].validationLoss! < rows[0].validationLoss!)
        // Fourteen texts of one word and thirteen of three, three batches of five each.
        assert.equal(rows[3].step, 4 * 6)
        model.dispose()
      }))

  it('does not count rows that only fill up a batch', async () => {
    const [{ build }] = textVariants(5)
    // Three texts of one length: the loss is the same whether the batch is full or filled up.
    const three = tinyTexts(3, 5, 3, [2])
    const losses: number[][] = []
    for (const batchSize of [3, 50]) {
      const model = build({ dropout: 0 })
      const { rows } = await fit(model, three, { ...options, validation: undefined, epochs: 1, batchSize })
      losses.push([rows[0].loss, rows[0].klZ])
      model.dispose()
    }
    assert.deepEqual(losses[0], losses[1])
    // Four texts in batches of three: the mean of the epoch is over four.
    const weights: number[] = []
    const model = build({ dropout: 0 })
    const { rows } = await fit(model, tinyTexts(4, 5, 3, [2]), {
      ...options,
      validation: undefined,
      epochs: 1,
      batchSize: 3,
      optimizer: adam({ rate: 0 }),
      onStep: (_, loss) => void weights.push(loss),
    })
    assert.ok(
      Math.abs(rows[0].loss - (3 * weights[0] + weights[1]) / 4) < 1e-5 ||
        Math.abs(rows[0].loss - (weights[0] + 3 * weights[1]) / 4) < 1e-5,
    )
    model.dispose()
  })

  it('resumes after a stop, from the history or the folder, as if it had not stopped', () =>
    expectNoLeaks(async () => {
      const { build } = textVariants(5)[1]
      const unbroken = build()
      const whole = await fit(unbroken, train, options)
      const expected = readWeights(unbroken)
      const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-run-'))
      for (const place of [{}, { run: folder }]) {
        const model = build()
        const stop = new AbortController()
        const onStep = (step: number): unknown => step === 9 && stop.abort()
        const first = await fit(model, train, { ...options, ...place, signal: stop.signal, onStep })
        assert.ok(first.stopped && first.checkpoint)
        const second = await fit(model, train, {
          ...options,
          ...place,
          ...('run' in place ? {} : { resume: first }),
        })
        assert.deepEqual(readWeights(model), expected)
        const numbers = (rows: typeof whole.rows) => rows.map(({ seconds, ...row }) => [seconds > 0, row])
        assert.deepEqual(numbers(second.rows), numbers(whole.rows))
        model.dispose()
      }
      const other = build()
      await assert.rejects(
        fit(other, tinyTexts(26, 5), { ...options, run: folder }),
        /^ArgumentError: `train` must be /,
      )
      other.dispose()
      unbroken.dispose()
      rmSync(folder, { recursive: true })
    }))

  it('resumes to the same bits with texts of many lengths, also with wide layers', () =>
    expectNoLeaks(async () => {
      // Each length is a recording of its own, and a stop changes which comes first.
      const many = tinyTexts(32, 40, 1, [1, 3, 5, 8])
      const settings = { ...options, validation: undefined, epochs: 2, batchSize: 4 }
      const make = () => textVariants(40)[0].build({ hidden: 96, embedding: 48, latent: 4 })
      const unbroken = make()
      await fit(unbroken, many, settings)
      const model = make()
      const stop = new AbortController()
      const onStep = (step: number): unknown => step === 5 && stop.abort()
      const first = await fit(model, many, { ...settings, signal: stop.signal, onStep })
      await fit(model, many, { ...settings, resume: first })
      assert.deepEqual(readWeights(model), readWeights(unbroken))
      unbroken.dispose()
      model.dispose()
    }))

  it('resumes to the same bits with a long text among short ones, before and after it', () =>
    expectNoLeaks(async () => {
      const mixed = tinyTexts(12, 5, 1, [2, 3, 2, 3, 2, 2, 3, 2, 3, 2, 3, 150])
      const settings = { ...options, validation: undefined, epochs: 2, batchSize: 5 }
      const unbroken = textVariants(5)[1].build()
      await fit(unbroken, mixed, settings)
      for (const at of [1, 3]) {
        const model = textVariants(5)[1].build()
        const stop = new AbortController()
        const onStep = (step: number): unknown => step === at && stop.abort()
        const first = await fit(model, mixed, { ...settings, signal: stop.signal, onStep })
        await fit(model, mixed, { ...settings, resume: first })
        assert.deepEqual(readWeights(model), readWeights(unbroken))
        model.dispose()
      }
      unbroken.dispose()
    }))

  it('computes the same bits for a length whichever lengths came before it', () =>
    expectNoLeaks(() => {
      const batches = [
        [0, 4, 1],
        [0, 3, 5, 7, 1],
      ].map((row) => ({
        x: { values: Int32Array.from([...row, ...row]), shape: [2, row.length] },
        weight: { values: Float32Array.of(1, 1), shape: [2] },
        klWeight: 1,
        binarisation: { values: Int32Array.of(0, 0), shape: [2] },
      }))
      const { build } = textVariants(5)[2]
      const seen = [
        [0, 1],
        [1, 0],
      ].map((order) => {
        const model = build()
        const { variables } = model.parameters
        const step = new TrainingStep({
          variables,
          loss: elboLoss(model, train),
          optimizer: adam(),
          clipNorm: 5,
        })
        const norms: number[][] = []
        for (const i of order)
          norms[i] = Array.from(
            { length: 20 },
            (_, draw) => step.run(batches[i], { key: [draw, i], rate: 0, step: 1 }).gradientNorm,
          )
        step.dispose()
        model.dispose()
        return norms
      })
      assert.deepEqual(seen[0], seen[1])
    }))

  it('is measured for each text, whatever their order and the lengths of the others', () =>
    expectNoLeaks(async () => {
      const { build } = textVariants(5)[3]
      const model = build()
      const test = tinyTexts(21, 5, 9, [1, 2, 4])
      const found = await evaluate(model, test, { samples: 4, priorSamples: 3, size: 21 })
      assert.deepEqual(
        Array.from(found.words!),
        test.documents.map(({ length }) => length + 1),
      )
      assert.deepEqual(found.labels, test.labels)
      // The closed parts do not depend on draws: the same for a text alone.
      for (const i of [0, 5, 20]) {
        const alone = await evaluate(model, test.select([i]), { samples: 4, priorSamples: 3 })
        for (let u = 0; u < model.latent; u++) {
          assert.ok(Math.abs(alone.mean[u] - found.mean[i * model.latent + u]) < 1e-5)
          assert.ok(Math.abs(alone.klZ[u] - found.klZ[i * model.latent + u]) < 1e-5)
        }
        assert.ok(Math.abs(alone.reconstruction[0] - found.reconstruction[i]) < 1)
      }
      const diagnosis = await diagnose(model, test, { samples: 4, priorSamples: 3 })
      assert.equal(diagnosis.variables.length, 1)
      assert.ok(elbo(found).value < 0)
      model.dispose()
    }))
})
