import { streamKey } from '../compute/streams'
import { ballRadius } from '../metrics/witness/ball'
import {
  PAIR_KINDS,
  startingPairs,
  type PriorNumbers,
  type StandardPair,
} from '../metrics/witness/candidates'
import { componentPairs } from '../metrics/witness/componentPairs'
import { distance, type MeasuredPair } from '../metrics/witness/search'
import { formatWitness } from '../metrics/witness/summary'
import { codePair, deadUnits, distinct, stepsFromPrior, type Witness } from '../metrics/witness/witness'
import { sampledRows } from '../data/sampled'
import type { DecoderRun } from './onnx/evaluate'

/** As in `witness`: two codes that differ by at most so many nats count as the same. */
const [THRESHOLD, COMPONENT_THRESHOLD] = [1e-3, 0.02]
const [CANDIDATES, REFINED, STEPS, TEXTS] = [256, 8, 30, 4]
const [RATE, DIFFERENCE, ROUNDS] = [0.15, 1e-2, 4]

/**
 * The search of `witness` for a decoder that has no gradient: the divergence of candidates along each axis and among
 * draws of the prior, then the best of each kind are moved by Adam with forward differences in z, one batch per step.
 */
export async function auditWitness(run: DecoderRun, seed: number): Promise<Witness> {
  const began = performance.now()
  const { decoder, prior } = run
  const before = decoder.decodings
  const { latent } = prior
  const numbers: PriorNumbers = { latent, ...prior.balls }
  const radius = ballRadius(latent)
  const least = Math.min(1, 1.5 * radius * Math.max(...numbers.sd))
  const bounds = { radius, least }
  const { measure, texts } = divergences(run)
  const measured = async (pairs: StandardPair[]): Promise<MeasuredPair[]> => {
    const moved = pairs.map((pair) => settled(pair, numbers, bounds))
    const found = await measure(moved.map((pair) => codesOf(pair, numbers)))
    return moved
      .map((pair, i): MeasuredPair => ({
        pair,
        codes: codesOf(pair, numbers),
        divergence: Math.max(0, found[i]),
      }))
      .filter(
        ({ codes: [a, b], divergence }) => distance(a, b) >= least * 0.999 && Number.isFinite(divergence),
      )
      .sort((a, b) => a.divergence - b.divergence)
  }
  const first = await measured(startingPairs(numbers, CANDIDATES, least, seed))
  const best = PAIR_KINDS.flatMap((kind) =>
    first.filter(({ pair }) => pair.kind === kind).slice(0, REFINED / PAIR_KINDS.length),
  )
  const last = await measured(
    await descend(
      best.map(({ pair }) => pair),
      numbers,
      bounds,
      measure,
    ),
  )
  const all = [...first, ...last].sort((a, b) => a.divergence - b.divergence).map(codePair)
  const [closest] = all
  const within = await measured(stepsFromPrior(numbers, closest, least, seed))
  const ofComponents = componentPairs(numbers, numbers.components, latent)
  const found = {
    model: 'audited model' as const,
    pairs: distinct(all.filter(({ divergence }) => divergence <= THRESHOLD)),
    closest,
    everywhere:
      within.filter(({ divergence }) => divergence <= THRESHOLD).length / Math.max(1, within.length),
    typical: within.at(Math.floor(within.length / 2))?.divergence ?? NaN,
    deadUnits: deadUnits(first, latent, THRESHOLD),
    componentPairs: ofComponents.filter(({ divergence }) => divergence <= COMPONENT_THRESHOLD),
    closestComponents: ofComponents.at(0),
    ...(texts && { texts }),
    evaluations: decoder.decodings - before,
    seconds: (performance.now() - began) / 1000,
  }
  return {
    ...found,
    found: found.pairs.length > 0 || found.componentPairs.length > 0,
    summary: formatWitness(found, { threshold: THRESHOLD, componentThreshold: COMPONENT_THRESHOLD, least }),
  }
}

type Codes = [Float32Array, Float32Array]

/** Symmetric KL of pairs of codes; of texts along some of the data, averaged. */
function divergences({ decoder, likelihood, prior: { latent }, data, between }: DecoderRun) {
  const some = data.isText
    ? sampledRows(data.size, TEXTS, streamKey(0, 'sampling', 'witness texts') >>> 0)
    : undefined
  const measure = async (pairs: readonly Codes[]): Promise<Float64Array> => {
    const out = new Float64Array(pairs.length)
    const z = new Float32Array(2 * pairs.length * latent)
    pairs.forEach(([a, b], i) => {
      z.set(a, 2 * i * latent)
      z.set(b, (2 * i + 1) * latent)
    })
    for (const row of some ?? [0]) {
      const at = row * data.dim
      let texts: Float32Array | undefined
      if (some) {
        texts = new Float32Array(2 * pairs.length * data.dim)
        for (let i = 0; i < 2 * pairs.length; i++) texts.set(data.x.subarray(at, at + data.dim), i * data.dim)
      }
      // The first of a pair may be the last of a batch.
      let kept: Float32Array | undefined
      let keptSd: Float32Array | undefined
      await decoder.decode(
        z,
        latent,
        (of, start, count) => {
          const { width } = of
          for (let i = 0; i < count; i++) {
            const code = start + i
            if (code % 2 === 0) {
              if (i === count - 1) {
                kept = of.eta.slice(i * width, (i + 1) * width)
                keptSd = of.sd?.slice(i * width, (i + 1) * width)
              }
              continue
            }
            const pair = (code - 1) / 2
            if (i > 0) out[pair] += likelihood.divergence(of, (i - 1) * width, i * width, data.x, at)
            else {
              const two = (left: Float32Array, right: Float32Array) =>
                Float32Array.from([...left, ...right.subarray(0, width)])
              const both = { ...of, eta: two(kept!, of.eta), ...(of.sd && { sd: two(keptSd!, of.sd) }) }
              out[pair] += likelihood.divergence(both, 0, width, data.x, at)
            }
          }
        },
        texts,
        between,
      )
    }
    return some ? out.map((sum) => sum / some.length) : out
  }
  return { measure, texts: some?.length }
}

/** The two codes of a pair. */
const codesOf = ({ components, offsets }: StandardPair, { latent, mean, sd }: PriorNumbers): Codes =>
  offsets.map((v, side) =>
    v.map((value, u) => mean[components[side] * latent + u] + sd[components[side] * latent + u] * value),
  ) as Codes

interface Bounds {
  radius: number
  least: number
}

/** Offsets moved into their balls and, where the codes are too close, apart. */
function settled(pair: StandardPair, prior: PriorNumbers, { radius, least }: Bounds): StandardPair {
  const { latent, sd } = prior
  const inside = (v: Float32Array): Float32Array => {
    const length = Math.hypot(...v)
    return length > radius * 0.9999 ? v.map((value) => (value * radius * 0.9999) / length) : v
  }
  let offsets: Codes = [inside(pair.offsets[0]), inside(pair.offsets[1])]
  for (let round = 0; round < ROUNDS; round++) {
    const [a, b] = codesOf({ ...pair, offsets }, prior)
    const apart = b.map((value, u) => value - a[u])
    const length = Math.hypot(...apart) || 1e-6
    const push = Math.max(0, (least * 1.0001) / 2 / length - 0.5)
    const move = (v: Float32Array, side: 0 | 1) =>
      inside(
        v.map(
          (value, u) => value + ((side ? 1 : -1) * push * apart[u]) / sd[pair.components[side] * latent + u],
        ),
      )
    offsets = [move(offsets[0], 0), move(offsets[1], 1)]
  }
  return { ...pair, offsets }
}

/** Adam on the logarithm of each pair's divergence, by forward differences; each step decodes one batch. */
async function descend(
  pairs: readonly StandardPair[],
  prior: PriorNumbers,
  bounds: Bounds,
  measure: (pairs: readonly Codes[]) => Promise<Float64Array>,
): Promise<StandardPair[]> {
  const { latent } = prior
  let now = pairs.map((pair) => settled(pair, prior, bounds))
  const moments = now.map(() => [new Float64Array(2 * latent), new Float64Array(2 * latent)])
  const log = (divergence: number) => Math.log(Math.max(0, divergence) + 1e-6)
  for (let step = 1; step <= STEPS; step++) {
    const tried = now.flatMap((pair) => [
      codesOf(pair, prior),
      ...Array.from({ length: 2 * latent }, (_, i) => {
        const offsets = pair.offsets.map((v) => v.slice()) as Codes
        offsets[Math.floor(i / latent)][i % latent] += DIFFERENCE
        return codesOf({ ...pair, offsets }, prior)
      }),
    ])
    const found = await measure(tried)
    const rate = RATE * 0.05 ** (step / STEPS)
    now = now.map((pair, p) => {
      const start = p * (2 * latent + 1)
      const [mean, square] = moments[p]
      const offsets = pair.offsets.map((v) => v.slice()) as Codes
      for (let i = 0; i < 2 * latent; i++) {
        const slope = (log(found[start + 1 + i]) - log(found[start])) / DIFFERENCE
        mean[i] = 0.9 * mean[i] + 0.1 * slope
        square[i] = 0.99 * square[i] + 0.01 * slope ** 2
        const move = mean[i] / (1 - 0.9 ** step) / (Math.sqrt(square[i] / (1 - 0.99 ** step)) + 1e-8)
        offsets[Math.floor(i / latent)][i % latent] -= rate * move
      }
      return settled({ ...pair, offsets }, prior, bounds)
    })
  }
  return now
}
