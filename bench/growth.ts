import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { writeReferences, type Setting } from './compare'
import { startLidvae, startPytorch, type Engine } from './engine'
import { stepFlops } from './flops'
import { interleave, warmUp } from './measure'
import type { Variant } from './protocol'
import { specOf, type Spec } from './spec'

/** A step's cost where one thing differs from the authors' size. */
export interface GrowthPoint {
  model: Spec['model']
  vary: 'batch' | 'hidden' | 'components'
  value: number
  oursMs: number
  /** PyTorch, closed form, eager. */
  peerMs?: number
  flops: number
}

/** The step of an identifiable model beside that of a plain one of equal hidden width and layers. */
export interface Price {
  size: 'authors' | 'recipe'
  lidvaeMs: number
  vaeMs: number
  ratio: number
  /** The ratio of the floating-point operations of their matrix products. */
  flopsRatio: number
}

const SWEEPS: { model: 'lidvae' | 'lidmvae'; vary: GrowthPoint['vary']; values: number[] }[] = [
  { model: 'lidvae', vary: 'batch', values: [50, 100, 200, 400] },
  { model: 'lidvae', vary: 'hidden', values: [128, 256, 512, 1024] },
  { model: 'lidmvae', vary: 'components', values: [5, 10, 20, 50] },
]

const varied = (model: 'lidvae' | 'lidmvae', vary: GrowthPoint['vary'], value: number): Spec => ({
  ...specOf(`${model}-step`, 'authors'),
  [vary]: value,
  ...(vary === 'hidden' && { hiddenLatent: value }),
})

/** How the cost of a step grows with batch, width and components. */
export async function measureGrowth(setting: Setting): Promise<GrowthPoint[]> {
  const { pytorch, cores, pace, native, quick } = setting
  const variant: Variant = { brenier: 'closed form', compiled: false, threads: Math.min(2, cores) }
  const start = [
    () => startLidvae(native ? 'native' : 'wasm'),
    ...(pytorch ? [() => startPytorch(pytorch.python, pytorch.cache)] : []),
  ]
  const points: GrowthPoint[] = []
  for (const { model, vary, values } of SWEEPS)
    for (const value of quick ? [values[0], values[2]] : values) {
      const spec = varied(model, vary, value)
      const times = await together(
        start.map((engine) => ({ spec, engine, variant })),
        { ...pace, rounds: Math.ceil(pace.rounds / 2) },
      )
      points.push({ model, vary, value, oursMs: times[0], peerMs: times[1], flops: stepFlops(spec) })
      setting.say(
        `  ${model}, ${vary} ${value}: ${times.map((ms) => ms.toFixed(2)).join(' ms, PyTorch ')} ms`,
      )
    }
  return points
}

/** What an identifiable model costs beside a plain one, on our best engine. */
export async function measurePrice(setting: Setting): Promise<Price[]> {
  const engine = () => startLidvae(setting.native ? 'native' : 'wasm')
  const prices: Price[] = []
  for (const size of ['authors', 'recipe'] as const) {
    const [lidvae, vae] = [specOf('lidvae-step', size), specOf('vae-step', size)]
    const [lidvaeMs, vaeMs] = await together(
      [
        { spec: lidvae, engine },
        { spec: vae, engine },
      ],
      setting.pace,
    )
    const flopsRatio = stepFlops(lidvae) / stepFlops(vae)
    prices.push({ size, lidvaeMs, vaeMs, ratio: lidvaeMs / vaeMs, flopsRatio })
  }
  return prices
}

/** Medians of several works side by side, each in a process of its own. */
async function together(
  works: { spec: Spec; engine: () => Engine; variant?: Variant }[],
  pace: Setting['pace'],
): Promise<number[]> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'lidvae-bench-'))
  const engines: Engine[] = []
  try {
    const folders = works.map((_, i) => path.join(scratch, String(i)))
    await writeReferences(works.map(({ spec }, i) => ({ spec, folder: folders[i], check: false })))
    const runners = []
    for (const [i, { spec, engine, variant }] of works.entries()) {
      const child = engine()
      engines.push(child)
      await child.ask<'build'>({ do: 'build', spec, folder: folders[i], variant })
      runners.push(await warmUp(child, pace))
    }
    return (await interleave(runners, pace)).map(({ median }) => median)
  } finally {
    for (const engine of engines) engine.end()
    rmSync(scratch, { recursive: true, force: true })
  }
}
