// The latent reconstruction loss on the pinwheel, judged by the witness: a record each under
// results/fixes/latent-reconstruction/. Runs that are on record are not repeated.
//
//   npx tsx scripts/latentReconstruction.ts [--seeds "1;2;3"]
import { execSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { EVALUATION_VERSION } from '../src/metrics/evaluation'
import * as lid from '../src'

async function main(): Promise<void> {
  const commit = execSync('git rev-parse --short HEAD').toString().trim()
  const { engine, threads, version } = await lid.ready()
  const at = process.argv.indexOf('--seeds')
  const folder = path.join('results', 'fixes', 'latent-reconstruction')
  mkdirSync(folder, { recursive: true })
  const { train } = lid.data.pinwheel({ train: 400, seed: 1 })
  for (const seed of (at < 0 ? '1;2;3' : process.argv[at + 1]).split(';').map(Number))
    for (const sigma of [1, 4])
      for (const weight of [0, 1, 10, 100]) {
        const file = path.join(folder, `sigma-${sigma}-weight-${weight}-seed-${seed}.json`)
        if (existsSync(file)) continue
        const likelihood = lid.gaussian(2, { sigma })
        const model = lid.vae({ likelihood, latent: 2, hidden: 32, seed })
        const objective = lid.fixes.latentReconstruction({ weight })
        const fit = { epochs: 40, batchSize: 50, seed, verbose: false, objective }
        const { rows } = await lid.fit(model, train, fit)
        const last = rows[rows.length - 1] as lid.EpochRow & { latentError: number }
        const { found, closest, typical } = await lid.witness(model)
        model.dispose()
        const record = {
          data: 'pinwheel, 400 points',
          model: 'vae',
          sigma,
          weight,
          seed,
          kl: last.klZ,
          latentError: last.latentError,
          witness: { found, closest: closest.divergence, typical },
          engine,
          threads,
          versions: { node: process.versions.node, engine: version },
          evaluation: EVALUATION_VERSION,
          commit,
          command: `npx tsx scripts/latentReconstruction.ts --seeds ${seed}`,
        }
        writeFileSync(file, JSON.stringify(record, undefined, 2) + '\n')
        console.log(`σ ${sigma}  λ ${weight}  seed ${seed}  KL ${last.klZ.toFixed(2)}  witness ${found}`)
      }
}

void main()
