import { ArgumentError } from '../base/errors'
import { moments } from '../base/estimate'
import { normalQuantile } from './normalQuantile'

/**
 * R̂, which tells whether chains agree: √((n−1)/n + B/(nW)), where B and W are the variances between and
 * within half chains of normalised ranks. It is the larger of the R̂ of the values and that of their
 * distances from the median. It is 1 if the chains have mixed; above 1.01 they have not. It is 1 for values
 * that never change.
 *
 * @param chains draws of one quantity: one array per chain, all of the same length ≥ 4.
 * @returns R̂, about 1 or more.
 * @throws ArgumentError if there are no chains, or chains are too short, of unequal length or not finite.
 * @example
 * lid.inference.rHat(lid.inference.hmc(lid.ppca({ weights: [[1, 2]], sigma: 1 }).target([0.5, 1])).values.z1)
 * @see Vehtari et al. 2021, eqs. 1–4 and 14.
 */
export function rHat(chains: readonly ArrayLike<number>[]): number {
  const halves = split(requireChains(chains))
  const sorted = Float64Array.from(halves.flatMap((half) => Array.from(half))).sort()
  const middle = sorted.length / 2
  const median = (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2
  const folded = halves.map((half) => half.map((value) => Math.abs(value - median)))
  return Math.max(plainRHat(normalRanks(halves)), plainRHat(normalRanks(folded)))
}

/**
 * Effective sample size: N/τ with τ = 1 + 2 Σ_t ρ_t, where ρ_t is the autocorrelation at lag t over all half
 * chains, summed in pairs while these are positive and decreasing. The Monte-Carlo error of the mean is the
 * standard deviation divided by the square root of the effective sample size. It exceeds the number of draws
 * if the draws are anti-correlated.
 *
 * @param chains draws of one quantity: one array per chain, all of the same length ≥ 4.
 * @returns the number of independent draws that would give the mean with the same error.
 * @throws ArgumentError if there are no chains, or chains are too short, of unequal length or not finite.
 * @example
 * lid.inference.effectiveSampleSize(lid.inference.hmc(lid.ppca({ weights: [[1, 2]], sigma: 1 }).target([0.5, 1])).values.z1)
 * @see Geyer 1992; Vehtari et al. 2021, eqs. 10–13.
 */
export function effectiveSampleSize(chains: readonly ArrayLike<number>[]): number {
  const halves = split(requireChains(chains))
  const [m, n] = [halves.length, halves[0].length]
  const each = halves.map((half) => moments(half))
  const within = each.reduce((sum, { variance }) => sum + variance, 0) / m
  const between = moments(each.map(({ mean }) => mean)).variance
  const total = (within * (n - 1)) / n + between
  if (!(total > 0)) return m * n
  if (!Number.isFinite(total)) return effectiveSampleSize(chains.map((one) => scaled(one, chains)))
  const correlation = (lag: number): number => {
    let sum = 0
    halves.forEach((half, c) => {
      const { mean } = each[c]
      for (let i = 0; i + lag < n; i++) sum += (half[i] - mean) * (half[i + lag] - mean)
    })
    return 1 - (within - sum / (m * (n - 1))) / total
  }
  // For a reversible chain, Geyer's pairs ρ_2t + ρ_2t+1 are positive and decreasing; the rest is noise.
  let tau = -1
  let last = Infinity
  for (let t = 0; t + 1 < n; t += 2) {
    const pair = (t === 0 ? 1 : correlation(t)) + correlation(t + 1)
    if (pair <= 0) break
    last = Math.min(last, pair)
    tau += 2 * last
  }
  // Anti-correlated chains can be worth more than independent draws, but noise must not make that unbounded.
  return Math.min((m * n) / Math.max(tau, 1e-9), m * n * Math.log10(m * n))
}

/** A chain in units of the largest value of all: its squares are finite. */
function scaled(chain: ArrayLike<number>, chains: readonly ArrayLike<number>[]): Float64Array {
  let most = 0
  for (const one of chains) for (let i = 0; i < one.length; i++) most = Math.max(most, Math.abs(one[i]))
  return Float64Array.from(chain, (value) => value / most)
}

function requireChains(chains: readonly ArrayLike<number>[]): readonly ArrayLike<number>[] {
  const lengths = new Set(Array.from(chains ?? [], (chain) => chain?.length))
  if (lengths.size !== 1 || !(chains[0].length >= 4))
    throw new ArgumentError(
      'chains',
      chains,
      'one or more chains of the same length ≥ 4',
      'Give one array of draws per chain.',
    )
  // Sorting would place NaN arbitrarily, and the chains would look mixed.
  chains.forEach((chain, c) => {
    const wrong = Array.from(chain).findIndex((value) => !Number.isFinite(value))
    if (wrong >= 0)
      throw new ArgumentError(
        `chains[${c}][${wrong}]`,
        chain[wrong],
        'a finite number',
        'Check how the draws are computed.',
      )
  })
  return chains
}

/** Each chain's first and second half, so that a drift within a chain is detected too. */
function split(chains: readonly ArrayLike<number>[]): Float64Array[] {
  const n = Math.floor(chains[0].length / 2)
  return chains.flatMap((chain) => {
    const all = Float64Array.from(chain)
    return [all.subarray(0, n), all.subarray(all.length - n)]
  })
}

function plainRHat(chains: readonly Float64Array[]): number {
  const n = chains[0].length
  const each = chains.map((chain) => moments(chain))
  const within = each.reduce((sum, { variance }) => sum + variance, 0) / chains.length
  const between = moments(each.map(({ mean }) => mean)).variance
  if (!(within > 0)) return between > 0 ? Infinity : 1
  return Math.sqrt((n - 1) / n + between / within)
}

/** Φ⁻¹((rank − 3/8)/(S + 1/4)), where ties get their mean rank. */
function normalRanks(chains: readonly Float64Array[]): Float64Array[] {
  const n = chains[0].length
  const all = Float64Array.from(chains.flatMap((chain) => Array.from(chain)))
  const order = Uint32Array.from(all, (_, i) => i).sort((i, j) => all[i] - all[j])
  const scores = new Float64Array(all.length)
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && all[order[end]] === all[order[start]]) end++
    const rank = (start + 1 + end) / 2
    const score = normalQuantile((rank - 0.375) / (all.length + 0.25))
    for (let k = start; k < end; k++) scores[order[k]] = score
  }
  return chains.map((_, c) => scores.subarray(c * n, (c + 1) * n))
}
