/**
 * `npm run bench:lengths`: time per token and memory of text models, by the length of the texts. Each length
 * and engine has a process of its own, which trains on the same number of tokens in all (at least one batch),
 * and evaluates some of the texts.
 */
import { spawnSync } from 'node:child_process'
import { loadavg } from 'node:os'
import { Command } from 'commander'
import * as lid from '../src'
import { writeWhole } from '../src/platform/files'
import { fromStart } from '../src/platform/places'
import { ownVersions, thisMachine } from './machine'
import { peakMemory } from './protocol'

const LENGTHS = [10, 50, 200, 1000, 3000, 5000]
const TOKENS = 20_000
const BATCH = 4
/** How many texts are evaluated, and with how many draws. */
const EVALUATED = 2
const DRAWS = 5

interface Measured {
  length: number
  engine: string
  texts: number
  /** Milliseconds per token: the first epoch, which builds its graphs, a later one, and an evaluation. */
  first: number
  later: number
  evaluation: number
  /** Peak memory of the process in MB: before training, after it, and after the evaluation. */
  memory: { before: number; training: number; evaluation: number }
}

/** Texts over 200 words, one token after another by a rule. */
function textsOf(length: number): Promise<lid.TextSet> {
  const count = Math.max(BATCH, Math.ceil(TOKENS / length))
  const texts = Array.from({ length: count }, (_, i) =>
    Array.from({ length }, (_token, t) => `w${(i * 7919 + t * t * 31 + t) % 200}`).join(' '),
  )
  return lid.data.text(texts, { onNote: () => undefined })
}

async function measure(length: number, engine: 'native' | 'wasm'): Promise<Measured> {
  await lid.ready({ engine })
  const texts = await textsOf(length)
  const model = lid.lidsvae({ vocabulary: texts.vocabulary, latent: 4, hidden: 50, embedding: 50, seed: 1 })
  const before = peakMemory()
  const tokens = texts.size * length
  const epoch = async (): Promise<number> => {
    const began = performance.now()
    await lid.fit(model, texts, { epochs: 1, batchSize: BATCH, verbose: false })
    return (performance.now() - began) / tokens
  }
  const first = await epoch()
  const later = await epoch()
  const training = peakMemory()
  const began = performance.now()
  await lid.evaluate(model, texts, { size: EVALUATED, samples: DRAWS, priorSamples: DRAWS })
  const evaluation = (performance.now() - began) / (EVALUATED * length)
  const memory = { before, training, evaluation: peakMemory() }
  return { length, engine, texts: texts.size, first, later, evaluation, memory }
}

const { json, one, engine } = new Command('npm run bench:lengths --')
  .description('time per token and memory of text models, by the length of the texts')
  .option('--json <file>', 'write the results there', fromStart)
  .option('--one <length>', 'one length only, in this process; prints JSON')
  .option('--engine <engine>', 'native or wasm; both without it')
  .allowExcessArguments(false)
  .parse()
  .opts<{ json?: string; one?: string; engine?: 'native' | 'wasm' }>()

function all(): void {
  const { matmulGflops: _, ...machine } = thisMachine()
  const results: Measured[] = []
  for (const which of engine ? [engine] : ['native', 'wasm'])
    for (const length of LENGTHS) {
      const args = ['--import', 'tsx', __filename, '--one', String(length), '--engine', which]
      const { stdout, status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      if (status !== 0) throw new Error(`texts of ${length} tokens on ${which} ended with ${status}`)
      const found = JSON.parse(String(stdout).trim().split('\n').at(-1)!) as Measured
      results.push(found)
      const { memory } = found
      console.log(
        `${which}  ${length} tokens × ${found.texts}  ms per token: first epoch ${found.first.toFixed(2)}, later ${found.later.toFixed(3)}, evaluation ${found.evaluation.toFixed(2)}; ` +
          `peak MB ${memory.before.toFixed(0)}, ${memory.training.toFixed(0)}, ${memory.evaluation.toFixed(0)}`,
      )
    }
  machine.load.push(loadavg()[0])
  if (json)
    console.log(
      `written: ${writeWhole(json, `${JSON.stringify({ machine, versions: ownVersions(), results }, null, 2)}\n`)}`,
    )
}

if (one === undefined) all()
else
  void measure(Number(one), engine ?? 'native').then((found) => {
    console.log(JSON.stringify(found))
  })
