// The mixture pair and its ablations on Fashion-MNIST at the recipe's size, a record each under
// results/recipe/. Runs that are on record are not repeated.
//
//   npm run recipe -- [--seeds "1;2;3"] [--methods "plain;lid"]
import { EVALUATION_VERSION } from '../src/metrics/evaluation'
import { execSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as lid from '../src'
import { mixtureMethods, recipe, type MixtureMethod } from '../src/apps/experiments/mixturePair'

const option = (name: string, otherwise: string): string[] => {
  const at = process.argv.indexOf(`--${name}`)
  return (at < 0 ? otherwise : process.argv[at + 1]).split(';')
}

async function main(): Promise<void> {
  // Asked before the first run: the working tree may move on while they last.
  const commit = execSync('git rev-parse --short HEAD').toString().trim()
  const engine = await lid.ready()
  const { train, test, checksum } = await lid.data.fashionMnist({ train: recipe.train })
  const folder = path.join('results', 'recipe', 'fashion-mnist')
  mkdirSync(folder, { recursive: true })
  for (const seed of option('seeds', '1;2;3').map(Number))
    for (const method of option('methods', Object.keys(mixtureMethods).join(';')) as MixtureMethod[]) {
      const file = path.join(folder, `${method.replace(/[ ,]+/g, '-')}-seed-${seed}.json`)
      if (existsSync(file)) continue
      const model = mixtureMethods[method](recipe.options(seed))
      const history = await lid.fit(model, train, { epochs: recipe.epochs, seed, verbose: false })
      const found = await lid.diagnose(model, test)
      const variables = Object.fromEntries(
        found.variables.map((v) => [
          v.variable,
          {
            au: v.activeUnits,
            kl: v.kl,
            mi: v.mutualInformation,
            flatness: v.flatness,
            inferenceGap: v.inferenceGap,
            verdict: v.verdict.summary,
          },
        ]),
      )
      const record = {
        data: 'fashion-mnist',
        model: model.kind,
        method,
        size: 'recipe',
        seed,
        metrics: {
          ll: found.logLikelihood,
          elbo: found.elbo,
          clusterAccuracy: found.clusterAccuracy,
          ...variables,
        },
        certificate: lid.certify(model),
        seconds: Math.round(history.seconds),
        stepMs: history.stepMs,
        memory: process.memoryUsage().rss,
        engine: engine.engine,
        threads: engine.threads,
        versions: { node: process.versions.node, engine: engine.version },
        evaluation: EVALUATION_VERSION,
        dataChecksum: checksum,
        commit,
        command: `npm run recipe -- --seeds ${seed} --methods "${method}"`,
      }
      model.dispose()
      writeFileSync(file, JSON.stringify(record, undefined, 2) + '\n')
      const show = (v?: lid.VariableDiagnosis) =>
        v &&
        `${v.variable}: AU ${v.activeUnits.value.toFixed(2)} KL ${v.kl.value.toFixed(2)} MI ${v.mutualInformation.value.toFixed(2)} F ${v.flatness.value.toFixed(2)}`
      console.log(
        `${method}  seed ${seed}  LL ${found.logLikelihood.value.toFixed(1)}  ${found.variables.map(show).join('  ')}  ${history.seconds.toFixed(0)} s`,
      )
    }
}

void main()
