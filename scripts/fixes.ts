// Every earlier fix on the plain sequential VAE and synthetic text, beside the plain and the identifiable
// model, a record each under results/fixes/. Runs that are on record are not repeated.
//
//   npx tsx scripts/fixes.ts [--seeds "1;2"] [--fixes "betaVae;lagging"]
import { EVALUATION_VERSION } from '../src/metrics/evaluation'
import { execSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as lid from '../src'

const option = (name: string, otherwise: string): string[] => {
  const at = process.argv.indexOf(`--${name}`)
  return (at < 0 ? otherwise : process.argv[at + 1]).split(';')
}

/** What differs from the fixes' own settings: these sentences are short, and their likelihood is not steep. */
const settings: Partial<Record<lid.fixes.FixName, Record<string, number>>> = {
  semiAmortized: { steps: 5, rate: 0.2 },
  inverseLipschitz: { bound: 1, width: 32, hiddenLatent: 32 },
}

interface Found {
  fix: string
  metrics: Record<'kl' | 'mi' | 'au' | 'll' | 'elbo', lid.Estimate>
  cpuSeconds: number
}

async function main(): Promise<void> {
  // Asked before the first run: the working tree may move on while they last.
  const commit = execSync('git rev-parse --short HEAD').toString().trim()
  const engine = await lid.ready()
  const { train, validation, test, vocabulary, source } = lid.data.syntheticText({
    tokens: 200,
    train: 4000,
    validation: 500,
    test: 1000,
  })
  const folder = path.join('results', 'fixes', 'synthetic')
  mkdirSync(folder, { recursive: true })
  for (const seed of option('seeds', '1').map(Number)) {
    const found: Found[] = []
    for (const fix of option('fixes', ['plain', 'identifiable', ...Object.keys(lid.fixes)].join(';'))) {
      const file = path.join(folder, `${fix}-seed-${seed}.json`)
      if (existsSync(file)) {
        found.push(JSON.parse(readFileSync(file, 'utf8')) as Found)
        continue
      }
      const known = fix in lid.fixes ? lid.fixes[fix as lid.fixes.FixName] : undefined
      if (known?.about.refusal('svae')) continue
      const applied = known?.on('svae', settings[fix as lid.fixes.FixName])
      const common = { vocabulary, latent: 3, hidden: 24, embedding: 24, dropout: 0.2, seed }
      const model =
        fix === 'identifiable'
          ? lid.lidsvae({
              ...common,
              head: lid.parts.injectiveHead({ width: 32, hidden: 32, hiddenLatent: 32 }),
            })
          : lid.svae({ ...common, ...applied?.model })
      const before = process.cpuUsage()
      const history = await lid.fit(model, train, {
        epochs: 15,
        batchSize: 32,
        clipNorm: 5,
        seed,
        optimizer: lid.optimizers.adam({ rate: lid.optimizers.stepDecay(5e-3, { factor: 0.25, at: 0.6 }) }),
        validation,
        verbose: false,
        ...applied?.fit,
      })
      const used = process.cpuUsage(before)
      const { z, logLikelihood, elbo } = await lid.diagnose(applied?.inEvaluation(model) ?? model, test)
      const record = {
        data: 'synthetic',
        model: model.kind,
        fix,
        settings: { ...known?.about.settings, ...settings[fix as lid.fixes.FixName] },
        size: 'quick',
        seed,
        metrics: {
          kl: z.kl,
          mi: z.mutualInformation,
          au: z.activeUnits,
          ll: logLikelihood,
          elbo,
          flatness: z.flatness,
        },
        verdict: z.verdict.summary,
        seconds: history.seconds,
        stepMs: history.stepMs,
        // Other programs beside a run lengthen its seconds, not its processor's.
        cpuSeconds: (used.user + used.system) / 1e6,
        memory: process.memoryUsage().rss,
        engine: engine.engine,
        threads: engine.threads,
        versions: { node: process.versions.node, engine: engine.version },
        evaluation: EVALUATION_VERSION,
        source,
        commit,
        command: `npx tsx scripts/fixes.ts --seeds ${seed} --fixes "${fix}"`,
      }
      model.dispose()
      writeFileSync(file, JSON.stringify(record, undefined, 2) + '\n')
      found.push(record)
      say(record, found[0])
    }
    console.log(`\nseed ${seed}`)
    for (const one of found) say(one, found[0])
  }
}

function say({ fix, metrics, cpuSeconds }: Found, plain: Found): void {
  const { kl, mi, au, ll } = metrics
  const figures = [kl.value, mi.value, au.value, ll.value].map((value) => value.toFixed(2).padStart(7))
  const cost = (cpuSeconds / plain.cpuSeconds).toFixed(1).padStart(5)
  console.log(
    `${fix.padEnd(20)} KL ${figures[0]}  MI ${figures[1]}  AU ${figures[2]}  LL ${figures[3]}  training ×${cost}`,
  )
}

void main()
