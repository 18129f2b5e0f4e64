import type { TextSet } from '../../data/text/textSet'
import { requireEngine } from '../../compute/engine'
import { normals } from '../../compute/philox'
import { evaluateOnce } from '../../compute/step'
import { streamKey } from '../../compute/streams'
import { ArgumentError, NumericalError, requireInteger, requirePositive } from '../../base/errors'
import { resolveOptions } from '../../base/options'
import { withConsoleSummary } from '../../base/consoleSummary'
import type { Model } from '../../models/model'
import type { EvaluatedKind } from '../evaluation'
import { hasContext } from '../../models/context'
import { requireModel } from '../../models/requireModel'
import { sample } from '../../models/use'
import { Work } from '../../platform/cancellation'
import { ballRadius } from './ball'
import { PAIR_KINDS, startingPairs, type PriorNumbers, type StandardPair } from './candidates'
import { componentPairs, type ComponentPair } from './componentPairs'
import { inUnitsOfGamma } from './offsets'
import { pairDivergence } from './pairDivergence'
import { CHUNK, distance, PairSearch, type MeasuredPair } from './search'
import { formatWitness } from './summary'

/** Options of `witness`. */
export interface WitnessOptions {
  /** Number of starting pairs of codes, a multiple of 256; 1024 by default. The best 64 are refined. */
  candidates?: number
  /** Optimisation steps for these 64 pairs; 400 by default. */
  steps?: number
  /** Two codes with a symmetric KL of at most this many nats count as the same; 1e-3 by default. */
  threshold?: number
  /** The same for two components of the prior; 0.02 by default. */
  componentThreshold?: number
  /**
   * Texts along which a text model is evaluated: eight, drawn at random, or fewer if the vocabulary is large.
   * Required for text models only.
   */
  texts?: TextSet
  /** Seed of the starting pairs; 0 by default. */
  seed?: number
  /** Aborts the search with an error between two steps. */
  signal?: AbortSignal
}

/** Two codes and the divergence between their likelihoods. */
export interface CodePair {
  /** z, `[latent]`. */
  readonly z: Float32Array
  /** z′, `[latent]`. */
  readonly other: Float32Array
  /** ‖z − z′‖, in units of z. */
  readonly distance: number
  /**
   * KL(p(·|z), p(·|z′)) + KL(p(·|z′), p(·|z)), nats; for texts the sum over the tokens, averaged over the
   * texts used.
   */
  readonly divergence: number
  /** (z′ − z)/‖z′ − z‖, `[latent]`. */
  readonly direction: Float32Array
  /** The unit along whose axis the two differ (cosine ≥ 0.95); undefined if they differ in several. */
  readonly unit?: number
  /** The components in whose balls z and z′ lie, from 0. */
  readonly components: readonly [number, number]
}

/** Result of the search for non-identifiability. */
export interface Witness {
  /** Kind of model: the name of its builder. */
  readonly model: EvaluatedKind
  /** True if two codes or two components that should differ are the same within the thresholds. */
  readonly found: boolean
  /**
   * Pairs of codes within the threshold, closest likelihoods first, each in a different direction from the
   * pairs before it; at most ten.
   */
  readonly pairs: readonly CodePair[]
  /** The pair with the smallest divergence, whether or not it is within the threshold. */
  readonly closest: CodePair
  /**
   * Fraction of 128 draws of the prior from which a step along `closest.direction` stays within the
   * threshold: 1 for a dead direction.
   */
  readonly everywhere: number
  /**
   * The median divergence of these steps, nats: far above that of `closest` if that pair is a local
   * exception.
   */
  readonly typical: number
  /** Units for which all steps along the axis stayed within the threshold. */
  readonly deadUnits: readonly number[]
  /** Pairs of components within their threshold, nearest first. */
  readonly componentPairs: readonly ComponentPair[]
  /** The two nearest components, whether or not within the threshold; undefined without w. */
  readonly closestComponents?: ComponentPair
  /** Number of texts used; only for text models. */
  readonly texts?: number
  /** Number of rows drawn from the model and used; only for a model of rows with a context. */
  readonly rows?: number
  /** Number of codes decoded; depends only on the options. */
  readonly evaluations: number
  /** Duration, seconds. */
  readonly seconds: number
  /** What was found, and what it does not prove, as text. */
  readonly summary: string
}

const MOST_PAIRS = 10
/** Draws along which a model with a context is evaluated. */
const ROWS = 4
const PROBES = 2 * CHUNK
/** Initial step of each unit of a code, in units of γ. */
const RATE = 0.1

/**
 * Looks for a witness of non-identifiability: z and z′ inside the prior's 99 % ball (in a mixture, the ball
 * about a component's mean, in units of γ; with full covariance by the Mahalanobis distance), ‖z − z′‖ ≥ 1,
 * with KL(p(·|z), p(·|z′)) + KL(p(·|z′), p(·|z)) ≤ 1e-3 nat; and pairs of components whose symmetric KL of
 * p(z|w), p(z|w′) is ≤ 0.02 nat, which is an upper bound for p(x|w). It uses only the decoder, no
 * certificate, and decodes the same number of codes for every model: candidates along each axis and among
 * draws of the prior, then Adam on the best of each kind with the weights fixed. Finding no witness proves
 * nothing. A witness may be a local exception, for example because of saturated logits: `everywhere` and
 * `typical` show the effect of the same step elsewhere.
 *
 * For texts the divergence is summed over the tokens along given texts, by the chain rule: Σ_t KL(p(x_t|z,
 * x_<t), p(x_t|z′, x_<t)) both ways, averaged over the texts.
 *
 * For rows of a model with a context it is summed over the features in the same way, along four draws of the
 * model.
 *
 * The minimum distance is 1, or ¾ of the diameter of the widest component's ball where that is less.
 *
 * @param model a model, trained or not.
 * @param options
 *   `{ candidates = 1024, steps = 400, threshold = 1e-3, componentThreshold = 0.02, texts, seed = 0, signal }`,
 *   thresholds in nats.
 * @returns what was found, the smallest divergences reached, how many codes were decoded, and a summary as
 *   text.
 * @throws ArgumentError for an invalid option, or a text model without texts; NumericalError if the
 *   likelihood is finite for no pair; the signal's reason if it is aborted; StoppedError at Stop or Ctrl-C.
 * @example
 * const { found, closest, summary } = await lid.witness(model)
 * console.log(summary)
 * @see Wang, Blei, Cunningham 2021, theorem 1: collapse iff the likelihood is constant in z.
 */
export async function witness(model: Model, options: WitnessOptions = {}): Promise<Witness> {
  const { candidates, steps, threshold, componentThreshold, texts, seed, signal } = resolveOptions(
    'witness',
    options,
    {
      candidates: 1024,
      steps: 400,
      threshold: 1e-3,
      componentThreshold: 0.02,
      texts: undefined,
      seed: 0,
      signal: undefined,
    },
  )
  requireEngine('witness')
  requireModel(model)
  requireInteger('candidates', candidates)
  if (candidates % (CHUNK * PAIR_KINDS.length))
    throw new ArgumentError(
      'candidates',
      candidates,
      `a multiple of ${CHUNK * PAIR_KINDS.length}`,
      'For example 1024.',
    )
  requireInteger('steps', steps)
  requirePositive('threshold', threshold)
  requirePositive('componentThreshold', componentThreshold)
  requireInteger('seed', seed, 0)
  const drawn = hasContext(model.conditional) ? (await sample(model, { count: ROWS, seed })).x : undefined
  const divergence = pairDivergence(model, 2 * CHUNK, texts, drawn)
  const began = performance.now()
  const { latent, components } = model
  const moments = evaluateOnce(() => model.prior.moments(), {}, [0, 0])
  const factor = model.prior.factor && evaluateOnce(() => ({ L: model.prior.factor!() })).L.values
  const prior: PriorNumbers = {
    components,
    latent,
    mean: moments.mean.values,
    sd: moments.sd.values,
    ...(factor && { factor }),
  }
  const radius = ballRadius(latent)
  const least = Math.min(1, 1.5 * radius * Math.max(...prior.sd))
  const search = new PairSearch(divergence, prior, { radius, least })
  const work = new Work('witness', signal)
  try {
    const first = await measureAll(search, startingPairs(prior, candidates, least, seed), work)
    const best = PAIR_KINDS.flatMap((kind) =>
      first.filter(({ pair }) => pair.kind === kind).slice(0, CHUNK / PAIR_KINDS.length),
    )
    if (best.length === 0)
      throw new NumericalError(
        'witness: the likelihood is NaN or infinite for every pair of codes tried. Check the weights for NaN, or train the model again.',
      )
    // The same number as for every model, even if some pairs were left out.
    const start = Array.from({ length: CHUNK }, (_, i) => best[i % best.length].pair)
    const last = await measureAll(search, await search.descend(start, steps, RATE, work), work)
    const all = [...first, ...last].sort((a, b) => a.divergence - b.divergence).map(codePair)
    const [closest] = all
    const within = await measureAll(search, stepsFromPrior(prior, closest, least, seed), work)
    const ofComponents = componentPairs(prior, components, latent)
    const found = {
      model: model.kind,
      pairs: distinct(all.filter((pair) => pair.divergence <= threshold)),
      closest,
      everywhere:
        within.filter(({ divergence }) => divergence <= threshold).length / Math.max(1, within.length),
      // Sorted by divergence.
      typical: within.at(Math.floor(within.length / 2))?.divergence ?? NaN,
      deadUnits: deadUnits(first, latent, threshold),
      componentPairs: ofComponents.filter(({ divergence }) => divergence <= componentThreshold),
      closestComponents: ofComponents.at(0),
      ...(divergence.texts && { texts: divergence.texts }),
      ...(divergence.rows && { rows: divergence.rows }),
      evaluations: search.evaluations,
      seconds: (performance.now() - began) / 1000,
    }
    const witness: Witness = {
      ...found,
      found: found.pairs.length > 0 || found.componentPairs.length > 0,
      summary: formatWitness(found, { threshold, componentThreshold, least }),
    }
    return withConsoleSummary(
      witness,
      (it) =>
        `${it.found ? 'Witness found' : 'No witness'}: ${it.model}, ${it.seconds.toFixed(1)} s\n  ${it.summary}`,
    )
  } finally {
    search.dispose()
    work.end()
  }
}

/** All measured pairs with a finite likelihood, smallest divergence first. */
async function measureAll(search: PairSearch, pairs: StandardPair[], work: Work): Promise<MeasuredPair[]> {
  const measured: MeasuredPair[] = []
  for (let start = 0; start < pairs.length; start += CHUNK) {
    await work.pause()
    measured.push(...search.measure(pairs.slice(start, start + CHUNK)))
  }
  return measured
    .filter(({ divergence }) => Number.isFinite(divergence))
    .sort((a, b) => a.divergence - b.divergence)
}

/** A measured pair with its distance and direction. */
export function codePair({ pair, codes: [z, other], divergence }: MeasuredPair): CodePair {
  const far = distance(z, other)
  const direction = z.map((value, u) => (other[u] - value) / far)
  const unit = direction.findIndex((cosine) => Math.abs(cosine) >= 0.95)
  return {
    z,
    other,
    distance: far,
    divergence,
    direction,
    ...(unit >= 0 ? { unit } : {}),
    components: pair.components,
  }
}

/** The first pair of each direction: its cosine with the pairs before it is below 0.9. */
export function distinct(pairs: readonly CodePair[]): CodePair[] {
  const kept: CodePair[] = []
  for (const pair of pairs) {
    const cosine = (other: CodePair) =>
      Math.abs(pair.direction.reduce((sum, x, u) => sum + x * other.direction[u], 0))
    if (kept.every((other) => cosine(other) < 0.9)) kept.push(pair)
    if (kept.length === MOST_PAIRS) break
  }
  return kept
}

/** Steps along a pair's direction from draws of the prior, towards the mean of their component. */
export function stepsFromPrior(
  prior: PriorNumbers,
  { direction }: CodePair,
  least: number,
  seed: number,
): StandardPair[] {
  const { components, latent } = prior
  const key = streamKey(seed, 'sampling', 'witness probes')
  return Array.from({ length: PROBES }, (_, i): StandardPair => {
    const k = i % components
    const draw = normals(key, i, latent)
    // A step of that length along the direction, in units of γ; towards the mean, so that it stays in the
    // ball.
    const step = Float32Array.from(
      inUnitsOfGamma(
        prior,
        k,
        Array.from(direction, (x) => least * x),
      ),
    )
    const sign = draw.reduce((sum, v, u) => sum + v * step[u], 0) > 0 ? -1 : 1
    return { kind: 'near', components: [k, k], offsets: [draw, draw.map((v, u) => v + sign * step[u])] }
  })
}

/**
 * Units all of whose axis pairs are within the threshold; pairs that the ball's edge turned off their axis do
 * not count.
 */
export function deadUnits(measured: readonly MeasuredPair[], latent: number, threshold: number): number[] {
  const most = new Map<number, number>()
  for (const one of measured) {
    const { unit } = one.pair
    if (unit !== undefined && Math.abs(codePair(one).direction[unit]) > 0.999)
      most.set(unit, Math.max(one.divergence, most.get(unit) ?? 0))
  }
  return Array.from({ length: latent }, (_, u) => u).filter((u) => (most.get(u) ?? Infinity) <= threshold)
}
