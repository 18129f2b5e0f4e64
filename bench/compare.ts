import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startLidvae, startPytorch, startTfjs, type Engine } from './engine'
import { stepFlops } from './flops'
import { readLayout } from './layout'
import { interleave, warmUp, type Pace, type Runner, type Times } from './measure'
import type { Check, Variant } from './protocol'
import { requireSameWork } from './same'
import { authorsSpec, specOf, type Inference, type SizeName, type Spec, type WorkName } from './spec'

export type OurEngine = 'native' | 'wasm'
export type Peer = 'pytorch' | 'tfjs-node' | 'tfjs-wasm'
export type Formulation = 'best' | 'authors'

/** One engine of ours against one peer on one work; times in ms, medians. */
export interface Row {
  work: WorkName
  size: SizeName
  engine: OurEngine
  peer: Peer
  formulation: Formulation
  oursMs: number
  peerMs: number
  /** oursMs / peerMs. */
  ratio: number
  model: Spec['model']
  /** How a mixture infers: the authors go through the decoder once for each component. */
  inference: { ours: Inference; peer: Inference }
  /** Trained numbers, the same in both. */
  parameters: number
  images: number
  /** The loss at the same weights, data and noise. */
  loss: { ours: number; peer: number }
  times: { ours: Times; peer: Times }
  /** What PyTorch was fastest with. */
  variant?: Variant
  /** Peak resident memory of each process, MB. */
  memory: { oursMb: number; peerMb: number; ratio: number }
  /**
   * Floating-point operations of the matrix products of our step, and their share of the machine's best matrix product.
   */
  flops?: number
  shareOfPeak?: number
}

/** What there is to compare with. */
export interface Setting {
  pace: Pace
  quick: boolean
  peers: Peer[]
  /** The Python that has PyTorch, and whether torch.compile works there. */
  pytorch?: { python: string; cache: string; compiles: boolean }
  native: boolean
  cores: number
  say: (line: string) => void
  /** Told what failed; the benchmark goes on. */
  problem: (line: string) => void
}

interface Contestant {
  peer?: Peer
  formulation: Formulation
  spec: Spec
  folder: string
  start: () => Engine
  variant?: Variant
}

type Built = { parameters: number } & Partial<Check>

/** Starts an engine, builds the work, and makes sure that it is the same work. */
async function build(one: Contestant): Promise<{ engine: Engine; built: Built }> {
  const engine = one.start()
  try {
    const built = await engine.ask<'build'>({
      do: 'build',
      spec: one.spec,
      folder: one.folder,
      variant: one.variant,
    })
    const { check, weights } = readLayout(one.folder)
    const size = (kinds: string[]) =>
      weights
        .filter(({ kind }) => kinds.includes(kind))
        .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
    if (check) requireSameWork(engine.name, built, { ...check, parameters: size(['trained', 'anchored']) })
    return { engine, built }
  } catch (error) {
    engine.end()
    throw error
  }
}

/**
 * The ways of PyTorch that are fastest in a short run of each, at most two: all that it computes eagerly on
 * one, two and all threads, then the fastest of them compiled.
 */
async function fastest(setting: Setting, base: Omit<Contestant, 'start' | 'variant'>): Promise<Contestant[]> {
  const { pytorch, cores, quick } = setting
  if (!pytorch) return []
  const authors = base.formulation === 'authors'
  const both = hasBrenier(base.spec) && !quick
  const ways: Variant['brenier'][] = authors
    ? ['authors']
    : both
      ? ['closed form', 'hand-written']
      : ['closed form']
  const threads = [...new Set([1, 2, cores])].filter((count) => count <= cores)
  const tried: { ms: number; one: Contestant }[] = []
  const attempt = async (variant: Variant): Promise<void> => {
    const one = { ...base, variant, start: () => startPytorch(pytorch.python, pytorch.cache) }
    try {
      const ms = await shortRun(one, setting.pace)
      setting.say(`    PyTorch, ${sayVariant(variant)}: ${ms.toFixed(2)} ms`)
      tried.push({ ms, one })
      tried.sort((a, b) => a.ms - b.ms)
    } catch (error) {
      setting.problem(`PyTorch, ${sayVariant(variant)}: ${(error as Error).message}`)
    }
  }
  for (const brenier of ways)
    for (const count of threads) await attempt({ brenier, compiled: false, threads: count })
  // PyTorch cannot compile a gradient that is itself differentiated.
  const [best] = tried
  // An LSTM is a single call to it, which compiling leaves as it is.
  if (best?.one.variant && pytorch.compiles && !authors && !base.spec.text)
    await attempt({ ...best.one.variant, compiled: true })
  return tried.slice(0, 2).map(({ one }) => one)
}

/** Milliseconds of a piece of the work. */
async function shortRun(one: Contestant, pace: Pace): Promise<number> {
  const { engine } = await build({ ...one, spec: shortened(one.spec) })
  try {
    const runner = await warmUp(engine, { ...pace, warmUp: pace.warmUp / 2 })
    return (await interleave([runner], { ...pace, rounds: 2 }))[0].median
  } finally {
    engine.end()
  }
}

/** A piece of the work that tells how fast the whole would be: a step of an epoch, an evaluation of fewer images. */
const shortened = (spec: Spec): Spec =>
  spec.task === 'epoch'
    ? { ...spec, task: 'step' }
    : { ...spec, images: Math.min(spec.images, spec.task === 'likelihood' ? 100 : Infinity) }

const hasBrenier = (spec: Spec): boolean => spec.model === 'lidvae' || spec.model === 'lidmvae'

export const sayVariant = ({ brenier, compiled, threads }: Variant): string =>
  `${brenier}, ${compiled ? 'compiled' : 'eager'}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`

/** Everything wanted about one work at one size. */
export async function compareWork(work: WorkName, size: SizeName, setting: Setting): Promise<Row[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-bench-'))
  try {
    const rows: Row[] = []
    const { peers, quick } = setting
    const wantsNative = setting.native && peers.some((peer) => peer !== 'tfjs-wasm')
    // tfjs as it comes has no LSTM to compare with but an unrolled one of one's own.
    const comparesTfjs = specOf(work, size).text === undefined
    const amount = quick ? 'small' : 'full'
    if (wantsNative)
      rows.push(...(await compareEngine('native', work, size, specOf(work, size, amount), folder, setting)))
    if ((comparesTfjs && peers.includes('tfjs-wasm')) || (!setting.native && peers.includes('pytorch')))
      rows.push(...(await compareEngine('wasm', work, size, specOf(work, size, 'small'), folder, setting)))
    return rows
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** One engine of ours against its peers. */
export async function compareEngine(
  engine: OurEngine,
  work: WorkName,
  size: SizeName,
  spec: Spec,
  scratch: string,
  setting: Setting,
): Promise<Row[]> {
  const theirs = authorsSpec(spec)
  const [folder, authorsFolder] = [path.join(scratch, engine), path.join(scratch, `${engine}-authors`)]
  const actual = await writeReferences([
    { spec, folder },
    { spec: theirs, folder: authorsFolder },
  ])
  const done = { ...spec, images: actual }
  const base = { spec: done, folder, formulation: 'best' as const }
  const contestants: Contestant[] = [{ ...base, start: () => startLidvae(engine) }]
  const { peers, native } = setting
  if (peers.includes('pytorch') && (engine === 'native' || !native)) {
    contestants.push(...(await fastest(setting, { ...base, peer: 'pytorch' })))
    if (hasBrenier(spec) || spec.components > 1)
      contestants.push(
        ...(await fastest(setting, {
          peer: 'pytorch',
          formulation: 'authors',
          spec: { ...theirs, images: actual },
          folder: authorsFolder,
        })),
      )
  }
  if (engine === 'native' && !spec.text && peers.includes('tfjs-node'))
    contestants.push({ ...base, peer: 'tfjs-node', start: () => startTfjs('tensorflow') })
  if (engine === 'wasm' && !spec.text && peers.includes('tfjs-wasm'))
    contestants.push({ ...base, peer: 'tfjs-wasm', start: () => startTfjs('wasm') })
  return contest(engine, work, size, contestants, setting)
}

/** An engine with the work built, verified and warm. */
async function prepare(
  one: Contestant,
  pace: Pace,
): Promise<{ one: Contestant; built: Built; runner: Runner }> {
  const { engine, built } = await build(one)
  try {
    return { one, built, runner: await warmUp(engine, pace) }
  } catch (error) {
    engine.end()
    throw error
  }
}

async function contest(
  engine: OurEngine,
  work: WorkName,
  size: SizeName,
  contestants: Contestant[],
  setting: Setting,
): Promise<Row[]> {
  const running: Awaited<ReturnType<typeof prepare>>[] = []
  try {
    for (const one of contestants)
      try {
        running.push(await prepare(one, setting.pace))
      } catch (error) {
        setting.problem(`${work}, ${size}: ${(error as Error).message}`)
        if (one.peer === undefined) return []
      }
    if (running.length < 2) return []
    const times = await interleave(
      running.map(({ runner }) => runner),
      setting.pace,
    )
    const memory = await Promise.all(
      running.map(async ({ runner }) => (await runner.engine.ask<'memory'>({ do: 'memory' })).mb),
    )
    const ours = running[0]
    const rows = running.slice(1).map(({ one, built }, i): Row => ({
      work,
      size,
      engine,
      peer: one.peer!,
      formulation: one.formulation,
      oursMs: times[0].median,
      peerMs: times[i + 1].median,
      ratio: times[0].median / times[i + 1].median,
      model: one.spec.model,
      inference: { ours: ours.one.spec.inference, peer: one.spec.inference },
      parameters: built.parameters,
      images: one.spec.images,
      loss: { ours: ours.built.value ?? NaN, peer: built.value ?? NaN },
      times: { ours: times[0], peer: times[i + 1] },
      ...(one.variant && { variant: one.variant }),
      memory: { oursMb: memory[0], peerMb: memory[i + 1], ratio: memory[0] / memory[i + 1] },
      ...(one.spec.task === 'step' && { flops: stepFlops(ours.one.spec) }),
    }))
    return fastestOfEach(rows)
  } finally {
    for (const { runner } of running) runner.engine.end()
  }
}

/** Of several ways of one peer in one formulation only the one that was fastest side by side. */
export const fastestOfEach = (rows: Row[]): Row[] =>
  rows.filter(
    (row) =>
      !rows.some(
        (other) =>
          other.peer === row.peer && other.formulation === row.formulation && other.peerMs < row.peerMs,
      ),
  )

/** Writes references by a process of their own; it ends before anything is timed. @returns how many images there are */
export async function writeReferences(
  wanted: { spec: Spec; folder: string; check?: boolean }[],
): Promise<number> {
  const writer = startLidvae('wasm')
  try {
    let images = 0
    for (const { spec, folder, check = true } of wanted)
      ({ images } = await writer.ask<'reference'>({ do: 'reference', spec, folder, check }))
    return images
  } finally {
    writer.end()
  }
}
