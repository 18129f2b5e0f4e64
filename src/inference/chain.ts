import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import { ArgumentError, unquoted } from '../base/errors'
import { DualAveraging } from './dualAveraging'
import type { RandomDoubles } from '../compute/streams'
import type { Target } from './target'
import { identity, leapfrog, placeAt, reasonableStep, type Factor, type Place } from './trajectory'

/** Maximum number of leapfrog steps, and a smaller maximum until the target's scales are known. */
const MOST_STEPS = 64
const MOST_FIRST_STEPS = 10
/**
 * Ends of the phases of warm-up, as fractions: step size only; draws for the metric, twice; step size again.
 */
const WINDOWS = [0.15, 0.45, 0.9]

/** One chain and its adaptation to the target. */
export class Chain {
  place: Place
  factor: Factor
  adaptation: DualAveraging
  gradients = 0
  private most = MOST_FIRST_STEPS

  constructor(
    private readonly target: Target,
    private readonly random: RandomDoubles,
    private readonly accept: number,
    private readonly path: number,
  ) {
    this.place = this.start()
    this.factor = identity(target.dim)
    this.adaptation = this.fresh(1)
  }

  /** One trajectory from the current position; with `fixed` false it also adapts the step size. */
  step(fixed = true): { acceptance: number; diverged: boolean } {
    const { target, random } = this
    const size = fixed ? this.adaptation.found : this.adaptation.stepSize
    const length = this.path * (0.5 + random.uniform())
    const steps = Math.max(1, Math.min(this.most, Math.round(length / size)))
    const momentum = Float64Array.from({ length: target.dim }, () => random.normal())
    const proposal = leapfrog(target, this.place, momentum, this.factor, size, steps)
    this.gradients += steps
    if (random.uniform() < proposal.acceptance) this.place = proposal.place
    if (!fixed) this.adaptation.learn(proposal.acceptance)
    return proposal
  }

  warmUp(count: number): void {
    let kept: Float64Array[] = []
    const ends = WINDOWS.map((end) => Math.round(end * count))
    for (let s = 1; s <= count; s++) {
      this.step(false)
      if (s > ends[0]) kept.push(this.place.u)
      if (s === ends[1] || s === ends[2]) {
        this.factor = covarianceFactor(kept)
        this.most = MOST_STEPS
        this.adaptation = this.fresh(this.adaptation.found)
        kept = []
      }
    }
  }

  private fresh(guess: number): DualAveraging {
    const size = reasonableStep(this.target, this.place, this.factor, () => this.random.normal(), guess)
    return new DualAveraging(size, this.accept)
  }

  /** A random position near the target's start at which the density is finite. */
  private start(): Place {
    for (let tries = 0; tries < 100; tries++) {
      const place = placeAt(
        this.target,
        Float64Array.from(
          { length: this.target.dim },
          (_, i) => (this.target.start?.[i] ?? 0) + this.random.normal(),
        ),
      )
      if (Number.isFinite(place.logDensity) && place.gradient.every(Number.isFinite)) return place
    }
    throw new ArgumentError(
      'target',
      unquoted(`log density ${this.target.logDensity(new Float64Array(this.target.dim))}`),
      'one with a finite log density and gradient where chains start',
      'Check the data and the definition of the target.',
    )
  }
}

/** The Cholesky factor of the draws' covariance, slightly shrunk towards its diagonal. */
function covarianceFactor(draws: readonly Float64Array[]): Factor {
  const dim = draws[0].length
  const n = draws.length
  const mean = Array.from({ length: dim }, (_, i) => draws.reduce((sum, u) => sum + u[i], 0) / n)
  const covariance = Matrix.zeros(dim, dim)
  for (let i = 0; i < dim; i++)
    for (let j = 0; j <= i; j++) {
      const sum = draws.reduce((total, u) => total + (u[i] - mean[i]) * (u[j] - mean[j]), 0)
      const shrunk = (i === j ? sum / n : (sum / n) * (n / (n + 5 + dim))) + (i === j ? 1e-12 : 0)
      covariance.set(i, j, shrunk)
      covariance.set(j, i, shrunk)
    }
  const factor = new CholeskyDecomposition(covariance).lowerTriangularMatrix
  return Float64Array.from(factor.to1DArray())
}
