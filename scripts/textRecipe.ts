// The pair of text models, their other wirings and ablations, a record each under results/text/. Runs that
// are on record are not repeated, runs that were cut off go on.
//
//   npm run text-recipe -- [--data "synthetic;yelp;yahoo"] [--seeds "1;2;3"] [--methods "plain;lid"]
import { EVALUATION_VERSION } from '../src/metrics/evaluation'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { version } from '../package.json'
import * as lid from '../src'
import {
  textMethods,
  textSettings,
  type TextExperiment,
  type TextMethod,
  type TextSetting,
} from '../src/apps/experiments/textPair'

const option = (name: string, otherwise: string): string[] => {
  const at = process.argv.indexOf(`--${name}`)
  return (at < 0 ? otherwise : process.argv[at + 1]).split(';')
}

/** A point of the curves that a record keeps. */
interface CurvePoint {
  epoch: number
  step: number
  loss: number
  kl: number
  activeUnits: number
}

const fileOf = (method: string, seed: number): string =>
  `${method.replace(/μ/g, 'mu').replace(/[ ,']+/g, '-')}-seed-${seed}.json`

/** Share of units whose posterior mean moves over the texts, as `activeUnits` counts. */
async function activeUnits(model: lid.Model, texts: lid.TextSet): Promise<number> {
  const { mean } = await lid.encode(model, texts)
  const variance = (u: number) => {
    const values = Float64Array.from({ length: texts.size }, (_, i) => mean[i * model.latent + u])
    const centre = values.reduce((a, b) => a + b, 0) / texts.size
    return values.reduce((sum, v) => sum + (v - centre) ** 2, 0) / (texts.size - 1)
  }
  return (
    Array.from({ length: model.latent }, (_, u) => variance(u)).filter((v) => v > 0.01).length / model.latent
  )
}

async function main(): Promise<void> {
  const engine = await lid.ready()
  for (const data of option('data', 'synthetic') as TextExperiment[]) {
    const setting: TextSetting = textSettings[data]
    const { train, test } = await setting.data()
    const folder = path.join('results', 'text', data)
    mkdirSync(folder, { recursive: true })
    for (const seed of option('seeds', '1;2;3').map(Number))
      for (const method of option('methods', 'plain;lid') as TextMethod[]) {
        const file = path.join(folder, fileOf(method, seed))
        if (existsSync(file)) continue
        const run = path.join('out', 'text', data, fileOf(method, seed).replace('.json', ''))
        const curveFile = path.join(run, 'curve.json')
        const model = textMethods[method](
          { ...setting.options, vocabulary: train.vocabulary, seed },
          setting.head,
        )
        const looked = test.take(500)
        const curve: CurvePoint[] = existsSync(curveFile)
          ? (JSON.parse(readFileSync(curveFile, 'utf8')) as CurvePoint[])
          : []
        const history = await lid.fit(model, train, {
          epochs: setting.epochs,
          batchSize: 32,
          optimizer: lid.optimizers.adam({
            rate: lid.optimizers.stepDecay(setting.rate, { factor: 0.25, at: 0.6 }),
          }),
          clipNorm: 5,
          seed,
          run,
          verbose: false,
          onEpoch: async ({ epoch, step, loss, klZ }) => {
            curve[epoch - 1] = { epoch, step, loss, kl: klZ, activeUnits: await activeUnits(model, looked) }
            writeFileSync(curveFile, JSON.stringify(curve))
            console.log(
              `${data}  ${method}  seed ${seed}  epoch ${epoch}  loss ${loss.toFixed(2)}  KL ${klZ.toFixed(3)}`,
            )
          },
        })
        const began = performance.now()
        const found = await lid.diagnose(model, test, { samples: setting.samples, size: setting.size })
        const { z } = found
        const probe = train.labels && (await lid.probes.linear(model, train.take(5000), test.take(1000)))
        const record = {
          data,
          model: model.kind,
          method,
          size: 'local',
          seed,
          metrics: {
            ll: found.logLikelihood,
            elbo: found.elbo,
            perplexity: lid.perplexity(found.evaluation),
            au: z.activeUnits,
            kl: z.kl,
            mi: z.mutualInformation,
            flatness: z.flatness,
            inferenceGap: z.inferenceGap,
            ...(probe && { probe }),
            verdict: z.verdict.summary,
          },
          curve,
          certificate: lid.certify(model),
          epochs: setting.epochs,
          seconds: Math.round(history.seconds),
          evaluationSeconds: Math.round((performance.now() - began) / 1000),
          stepMs: history.stepMs,
          memory: process.memoryUsage().rss,
          engine: engine.engine,
          threads: engine.threads,
          versions: { lidvae: version, node: process.versions.node, engine: engine.version },
          evaluation: EVALUATION_VERSION,
          texts: {
            train: train.size,
            test: test.size,
            vocabulary: train.vocabulary.size,
            source: train.source,
          },
          command: `npm run text-recipe -- --data ${data} --seeds ${seed} --methods "${method}"`,
        }
        model.dispose()
        writeFileSync(file, JSON.stringify(record, undefined, 2) + '\n')
        rmSync(run, { recursive: true })
        console.log(
          `${data}  ${method}  seed ${seed}  LL ${found.logLikelihood.value.toFixed(2)}  PPL ${record.metrics.perplexity.value.toFixed(1)}  AU ${z.activeUnits.value.toFixed(2)} KL ${z.kl.value.toFixed(3)} ` +
            `MI ${z.mutualInformation.value.toFixed(3)} F ${z.flatness.value.toFixed(3)}  ${history.seconds.toFixed(0)} s, ${history.stepMs.toFixed(1)} ms a step`,
        )
      }
  }
}

void main()
