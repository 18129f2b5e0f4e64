// Masked autoregressive decoders on binarised images: where z is ignored, and where it cannot be. A record
// each under results/strong-decoders/. Runs that are on record are not repeated.
//
//   npm run strong-decoders -- [--data "fashion-mnist;omniglot"] [--seeds "1;2;3"] [--methods "plain;lid"]
import { EVALUATION_VERSION } from '../src/metrics/evaluation'
import { execSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as lid from '../src'
import { recipe, strongMethods, type StrongMethod } from '../src/apps/experiments/strongDecoders'

const option = (name: string, otherwise: string): string[] => {
  const at = process.argv.indexOf(`--${name}`)
  return (at < 0 ? otherwise : process.argv[at + 1]).split(';')
}

async function main(): Promise<void> {
  // Asked before the first run: the working tree may move on while they last.
  const commit = execSync('git rev-parse --short HEAD').toString().trim()
  const engine = await lid.ready()
  const names = option('data', 'fashion-mnist;omniglot') as (keyof typeof recipe.data)[]
  for (const seed of option('seeds', '1;2;3').map(Number))
    for (const name of names) {
      const { epochs, load } = recipe.data[name]
      const { train, test, checksum } = await load()
      const folder = path.join('results', 'strong-decoders', name)
      mkdirSync(folder, { recursive: true })
      for (const method of option('methods', recipe.methods.join(';')) as StrongMethod[]) {
        const file = path.join(folder, `${method.replace(/[^\p{L}\d]+/gu, '-')}-seed-${seed}.json`)
        if (existsSync(file)) continue
        const { model, fit } = strongMethods[method](seed)
        const history = await lid.fit(model, train, { epochs, seed, verbose: false, ...fit })
        const e = await lid.evaluate(model, test, recipe.evaluation)
        const found = lid.diagnoseEvaluation(e)
        const z = found.variables[0]
        const metrics = {
          ll: found.logLikelihood,
          elbo: found.elbo,
          kl: z.kl,
          mi: z.mutualInformation,
          au: z.activeUnits,
          flatness: z.flatness,
          klUnits: lid.kl(e).units.map(({ value }) => value),
        }
        const record = {
          data: name,
          model: model.kind,
          method,
          size: `${train.size} images, ${epochs} epochs`,
          seed,
          metrics,
          verdict: z.verdict.summary,
          klByEpoch: history.rows.map(({ klZ }) => klZ),
          certificate: lid.certify(model).constant,
          seconds: Math.round(history.seconds),
          stepMs: history.stepMs,
          engine: engine.engine,
          threads: engine.threads,
          versions: { node: process.versions.node, engine: engine.version },
          evaluation: EVALUATION_VERSION,
          dataChecksum: checksum,
          commit,
          command: `npm run strong-decoders -- --data ${name} --seeds ${seed} --methods "${method}"`,
        }
        model.dispose()
        writeFileSync(file, JSON.stringify(record, undefined, 2) + '\n')
        const { ll, kl, mi, au } = metrics
        console.log(
          `${name}  ${method}  seed ${seed}  LL ${ll.value.toFixed(2)}  KL ${kl.value.toFixed(3)}  MI ${mi.value.toFixed(2)}  AU ${au.value.toFixed(2)}  ${history.seconds.toFixed(0)} s`,
        )
      }
    }
}

void main()
